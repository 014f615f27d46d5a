package io.kyanos.capture;

import io.kyanos.bridge.RingPoll;
import io.kyanos.bridge.RingReader;

/**
 * The buffers of all channels, one ring per channel whatever the transport: polled together, numbered from 0. The rings
 * also say what the last poll brought. For one thread, except {@link #wakeup}.
 */
interface Rings {

    /** Copies what waits into {@code slab}; returns the bytes copied. Never blocks. */
    int poll(byte[] slab);

    /** Everything that entered the rings before this moment has been handed out by the polls until now. */
    long watermarkNanos();

    /** Index in the slab of the first byte that the last poll brought from {@code ring}. */
    int start(int ring);

    /** Index in the slab after the last byte that the last poll brought from {@code ring}. */
    int end(int ring);

    /** Bytes that the last poll left in {@code ring}. */
    long waitingBytes(int ring);

    /** Waits until something is in a ring, {@link #wakeup}, or the time is over. */
    void await(long timeoutMillis);

    /** As {@link #await}, but the kernel side ends it only once enough waits. */
    void doze(long timeoutMillis);

    /** Ends the {@link #await} or {@link #doze} in progress, or the next one. */
    void wakeup();

    /** The rings that {@code reader} has mapped. */
    static Rings of(RingReader reader) {
        return new Mapped(reader, reader.newPoll());
    }

    /** Rings in memory shared with the kernel. */
    record Mapped(RingReader reader, RingPoll last) implements Rings {

        @Override
        public int poll(byte[] slab) {
            return reader.poll(slab, 0, slab.length, last);
        }

        @Override
        public long watermarkNanos() {
            return last.watermarkNanos();
        }

        @Override
        public int start(int ring) {
            return last.start(ring);
        }

        @Override
        public int end(int ring) {
            return last.end(ring);
        }

        @Override
        public long waitingBytes(int ring) {
            return last.waitingBytes(ring);
        }

        @Override
        public void await(long timeoutMillis) {
            reader.await(timeoutMillis);
        }

        @Override
        public void doze(long timeoutMillis) {
            reader.doze(timeoutMillis);
        }

        @Override
        public void wakeup() {
            reader.wakeup();
        }
    }
}
