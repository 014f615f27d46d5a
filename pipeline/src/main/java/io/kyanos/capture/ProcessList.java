package io.kyanos.capture;

import io.kyanos.event.EventDecoder;
import io.kyanos.event.FoundNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** The processes that ran when the kernel side was asked. Immutable. */
public final class ProcessList {

    private final List<byte[]> events;

    /** Events of kind {@link EventDecoder#KIND_RUNNING}, one after the other, as the kernel side writes them. */
    public ProcessList(byte[] events) {
        this.events = new ArrayList<>();
        for (int at = 0; at + EventDecoder.PROCESS_SIZE <= events.length; at += EventDecoder.PROCESS_SIZE) {
            this.events.add(Arrays.copyOfRange(events, at, at + EventDecoder.PROCESS_SIZE));
        }
    }

    private ProcessList(List<byte[]> events) {
        this.events = events;
    }

    /** Passes on each process. The event is valid until the consumer returns; its time is that of the listing. */
    public void forEach(Consumer<EventDecoder> consumer) {
        EventDecoder decoder = new EventDecoder();
        for (byte[] event : events) {
            if (decoder.wrap(event, 0, event.length)) {
                consumer.accept(decoder);
            }
        }
    }

    /** Whether this process sees the same process ids: not in a pid namespace. */
    public boolean hasOurNumbers() {
        int[] own = {0};
        forEach(event -> own[0] = event.tid());
        return own[0] == ProcessHandle.current().pid();
    }

    /** The same processes with names after their events where {@code names} has any. */
    public ProcessList named(Function<EventDecoder, FoundNames> names) {
        List<byte[]> named = new ArrayList<>();
        EventDecoder decoder = new EventDecoder();
        for (byte[] event : events) {
            FoundNames found = decoder.wrap(event, 0, event.length) ? names.apply(decoder) : FoundNames.NONE;
            named.add(found.isEmpty() ? event : found.behind(decoder));
        }
        return new ProcessList(named);
    }
}
