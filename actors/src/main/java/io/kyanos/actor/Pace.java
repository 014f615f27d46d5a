package io.kyanos.actor;

import io.kyanos.event.EventBatch;
import java.util.OptionalLong;

/** How a capture gets from one batch to the next. Used by its {@link Delivery} alone. */
public interface Pace {

    /** Whether all routers are to be done with a batch before any of them gets the next. */
    boolean isInSteps();

    /**
     * A batch is about to be delivered.
     *
     * @return the time of the events' clock to tell all connections before it, if they need to know
     */
    OptionalLong begins(EventBatch batch);

    /** The batch has been delivered: routers are at work on it. */
    default void delivered() {}

    /**
     * Whether the next batch may come; in steps, asked only when the routers are done with the one before. If not, {@link
     * Delivery#lookAgain} is called when it is worth asking again; so for {@link #mayEnd}.
     */
    boolean goesOn();

    /** After the last batch: as what {@link #begins} returns. */
    OptionalLong finishes();

    /** After the last router has ended: whether all is done. */
    boolean mayEnd();
}
