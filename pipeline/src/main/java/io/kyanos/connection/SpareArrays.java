package io.kyanos.connection;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Arrays that no buffer uses at the moment, for the next one that needs one. Connections come here instead of keeping
 * an array each, so that idle ones cost nothing. Holds at most {@code PER_SIZE} arrays of each size, half a MiB in all;
 * whatever comes beyond is left to the garbage collector. Thread-safe, without locks.
 */
final class SpareArrays {

    /** The smallest and the largest size that is kept; between them only powers of two are. */
    static final int SMALLEST = 512;

    static final int LARGEST = 16 * 1024;
    static final int PER_SIZE = 16;

    private static final int NOT_KEPT = -1;
    private static final int SIZES = Integer.numberOfTrailingZeros(LARGEST / SMALLEST) + 1;

    private final AtomicReferenceArray<byte @Nullable []> slots = new AtomicReferenceArray<>(SIZES * PER_SIZE);

    /** An array of {@code size} bytes, which may hold anything. */
    byte[] take(int size) {
        int row = row(size);
        for (int i = 0; row != NOT_KEPT && i < PER_SIZE; i++) {
            int slot = row + i;
            byte[] spare = slots.getOpaque(slot) == null ? null : slots.getAndSet(slot, null);
            if (spare != null) {
                return spare;
            }
        }
        return new byte[size];
    }

    /** Takes an array that is not used any more. */
    void give(byte[] array) {
        int row = row(array.length);
        for (int i = 0; row != NOT_KEPT && i < PER_SIZE; i++) {
            int slot = row + i;
            if (slots.getOpaque(slot) == null && slots.compareAndSet(slot, null, array)) {
                return;
            }
        }
    }

    /** The first slot of the arrays of a size. */
    private static int row(int size) {
        boolean isKept = size >= SMALLEST && size <= LARGEST && Integer.bitCount(size) == 1;
        return isKept ? Integer.numberOfTrailingZeros(size / SMALLEST) * PER_SIZE : NOT_KEPT;
    }
}
