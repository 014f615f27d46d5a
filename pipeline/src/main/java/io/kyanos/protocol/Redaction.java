package io.kyanos.protocol;

import java.util.Arrays;

/**
 * Overwrites, in the bytes of one connection, all that is no structure of the protocol, by as many other bytes, so that
 * the messages keep their number, their kinds, their labels and their sizes. What is not positively recognised is
 * overwritten. Not thread-safe.
 */
public interface Redaction {

    /**
     * Takes the next bytes of one direction, those that one event has brought. They may be changed now and until
     * {@link #leave}.
     */
    void bytes(boolean ofRequests, byte[] bytes, int from, int to);

    /** So many bytes of one direction were not captured. */
    void gap(boolean ofRequests, long length);

    /** The bytes so far leave: what has not been decided about them is overwritten now. */
    void leave();

    /** Overwrites every byte with zero. */
    static Redaction ofEverything() {
        return new Redaction() {
            @Override
            public void bytes(boolean ofRequests, byte[] bytes, int from, int to) {
                Arrays.fill(bytes, from, to, (byte) 0);
            }

            @Override
            public void gap(boolean ofRequests, long length) {}

            @Override
            public void leave() {}
        };
    }
}
