package io.kyanos.actor;

import io.kyanos.event.EventBatch;
import java.util.OptionalLong;

/** How the router gets from one batch to the next. Used only on the router's thread. */
public interface Pace {

    /**
     * A batch is about to be delivered to its connections.
     *
     * @param watermark of the batch before it
     * @return the time of the events' clock to tell all connections, if they need to know
     */
    OptionalLong begins(EventBatch batch, long watermark);

    /**
     * Whether the next batch may come. If not, the router gets {@link ConnectionRouter.CreditLow} when it is worth
     * asking again; so for the two below.
     */
    boolean goesOn();

    /** After the last batch: whether the connections may finish. */
    boolean mayFinish();

    /** After the last batch, of this watermark: as what {@link #begins} returns. */
    OptionalLong finishes(long watermark);

    /** After the last connection: whether all is done. */
    boolean mayEnd();
}
