package io.kyanos.capture;

import io.kyanos.event.EventDecoder;
import java.util.function.Consumer;

/** The processes that ran when the kernel side was asked. Immutable. */
public final class ProcessList {

    private final byte[] events;

    /** Events of kind {@link EventDecoder#KIND_RUNNING}, one after the other; not copied. */
    public ProcessList(byte[] events) {
        this.events = events;
    }

    /** Gives each process. The event is valid until the consumer returns; its time is that of the asking. */
    public void forEach(Consumer<EventDecoder> consumer) {
        EventDecoder decoder = new EventDecoder();
        for (int at = 0; at < events.length; at += EventDecoder.PROCESS_SIZE) {
            if (decoder.wrap(events, at, EventDecoder.PROCESS_SIZE)) {
                consumer.accept(decoder);
            }
        }
    }
}
