package io.kyanos.packet;

/** A connection as {@link CaptureWriter} writes it: its two ends, and how far each direction has come. Not thread-safe. */
final class WrittenFlow {

    private static final int ADDRESS_BYTES = 16;

    final boolean isTcp;
    final boolean isIp6;
    final byte[] local;
    final byte[] remote;
    final int localPort;
    final int remotePort;
    /** The sequence number before position 0. */
    final int localStart;

    final int remoteStart;
    long localNext;
    long remoteNext;
    long lastNanos = Long.MIN_VALUE;

    /** @param local 16 bytes, as {@code remote}; those of IPv4 as {@code ::ffff:a.b.c.d}, unknown ones 0 */
    WrittenFlow(boolean isTcp, byte[] local, int localPort, byte[] remote, int remotePort, long number) {
        this.isTcp = isTcp;
        this.local = local;
        this.remote = remote;
        this.localPort = localPort;
        this.remotePort = remotePort;
        this.isIp6 = !((isMapped(local) && isMapped(remote))
                || (isMapped(local) && isZero(remote))
                || (isZero(local) && isMapped(remote)));
        // So that a later connection between the same ends is another one for its reader.
        this.localStart = (int) ((number * 0x9e3779b97f4a7c15L) >>> 32);
        this.remoteStart = ~localStart;
    }

    /** Times of a flow do not go back. */
    long notBefore(long timeNanos) {
        lastNanos = Math.max(lastNanos, timeNanos);
        return lastNanos;
    }

    private static boolean isMapped(byte[] address) {
        for (int i = 0; i < 10; i++) {
            if (address[i] != 0) {
                return false;
            }
        }
        return address[10] == -1 && address[11] == -1;
    }

    private static boolean isZero(byte[] address) {
        for (int i = 0; i < ADDRESS_BYTES; i++) {
            if (address[i] != 0) {
                return false;
            }
        }
        return true;
    }
}
