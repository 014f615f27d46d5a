package io.kyanos.actor;

import io.kyanos.event.EventBatch;
import java.util.OptionalLong;

/** How the router goes from one batch to the next. Used by the router's thread alone. */
public interface Pace {

    /**
     * A batch is about to be told to its connections.
     *
     * @param watermark of the batch before it
     * @return the moment up to which all connections shall be told that the events' clock has come, if they need it
     */
    OptionalLong begins(EventBatch batch, long watermark);

    /** The whole batch has been told. */
    void told();

    /**
     * Whether the next batch may come. If not, the router is told {@link ConnectionRouter.CreditLow} when it is worth
     * asking again; so for the two below.
     */
    boolean goesOn();

    /** After the last batch: whether the connections may be told that no more will come. */
    boolean mayFinish();

    /** After the last batch, of this watermark: as what {@link #begins} returns. */
    OptionalLong finishes(long watermark);

    /** After the last connection: whether all is done. */
    boolean mayEnd();
}
