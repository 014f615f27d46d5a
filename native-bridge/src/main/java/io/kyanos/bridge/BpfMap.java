package io.kyanos.bridge;

import org.jspecify.annotations.Nullable;

/**
 * A map of a loaded object. Keys and values are byte arrays of exactly {@link #keyBytes()} and {@link #valueBytes()} in
 * the machine's byte order. Usable from several threads, until its object is closed; then every method throws
 * {@link IllegalStateException}.
 */
public final class BpfMap {

    /** Takes one entry: its key and its value begin at these indexes of arrays that are used again afterwards. */
    @FunctionalInterface
    public interface EntryConsumer {
        void accept(byte[] keys, int keyIndex, byte[] values, int valueIndex);
    }

    static final int FACTS = 6;

    private static final int BATCH = 1024;
    private static final byte[] NO_KEY = {};

    private static final int UPDATE_ANY = 0;
    private static final int UPDATE_ABSENT = 1;
    private static final int UPDATE_PRESENT = 2;

    private final BpfObject object;
    private final String name;
    private final int index;
    private final int type;
    private final int keyBytes;
    private final int valueBytes;
    private final int maxEntries;
    private final boolean isPerCpu;

    BpfMap(BpfObject object, String name, int[] facts) {
        this.object = object;
        this.name = name;
        this.index = facts[0];
        this.type = facts[1];
        this.keyBytes = facts[2];
        this.valueBytes = facts[3];
        this.maxEntries = facts[4];
        this.isPerCpu = facts[5] != 0;
    }

    public String name() {
        return name;
    }

    /** The kernel's number of its type: {@code enum bpf_map_type}. */
    public int type() {
        return type;
    }

    public int keyBytes() {
        return keyBytes;
    }

    /** Of one value; a per-CPU map has one for each possible CPU. */
    public int valueBytes() {
        return valueBytes;
    }

    /** Capacity: entries, or bytes of a ring buffer. */
    public int maxEntries() {
        return maxEntries;
    }

    public boolean isPerCpu() {
        return isPerCpu;
    }

    /** The value at {@code key}, or null when there is none. Not for per-CPU maps. */
    public byte @Nullable [] lookup(byte[] key) {
        byte[] value = new byte[valueBytes];
        return lookup(key, value) ? value : null;
    }

    /** Reads the value at {@code key} into {@code value}; false when there is none. Not for per-CPU maps. */
    public boolean lookup(byte[] key, byte[] value) {
        return Native.mapLookup(object.handle(), index, key, value);
    }

    /**
     * The value at {@code key} of a per-CPU map, taken as an array of u64 and summed over the CPUs; null when there is
     * none. The value's size must be a multiple of 8.
     */
    public long @Nullable [] sumPerCpu(byte[] key) {
        long[] sums = new long[valueBytes / Long.BYTES];
        return Native.mapSumPerCpu(object.handle(), index, key, sums) ? sums : null;
    }

    /** {@link #sumPerCpu(byte[])} of element {@code element} of a per-CPU array. */
    public long[] sumPerCpu(int element) {
        byte[] key = {(byte) element, (byte) (element >>> 8), (byte) (element >>> 16), (byte) (element >>> 24)};
        long[] sums = sumPerCpu(key);
        if (sums == null) {
            throw new IllegalArgumentException(
                    "map " + name + ": element " + element + " (expected: < " + maxEntries + ")");
        }
        return sums;
    }

    /** Adds or replaces. Of a per-CPU map: {@code value} for every CPU. */
    public void update(byte[] key, byte[] value) {
        Native.mapUpdate(object.handle(), index, key, value, UPDATE_ANY);
    }

    /** Adds; false when the key is there already, whose value stays. */
    public boolean insert(byte[] key, byte[] value) {
        return Native.mapUpdate(object.handle(), index, key, value, UPDATE_ABSENT);
    }

    /** Replaces; false when the key is not there. */
    public boolean replace(byte[] key, byte[] value) {
        return Native.mapUpdate(object.handle(), index, key, value, UPDATE_PRESENT);
    }

    /** Removes; false when the key was not there. */
    public boolean delete(byte[] key) {
        return Native.mapDelete(object.handle(), index, key);
    }

    /**
     * The key after {@code key} in the kernel's order, the first one for null; null after the last. A hash map whose
     * {@code key} was removed meanwhile starts anew, so a walk over a changing map needs a bound of the caller's own.
     */
    public byte @Nullable [] nextKey(byte @Nullable [] key) {
        byte[] next = new byte[keyBytes];
        return Native.mapNextKey(object.handle(), index, key, next) ? next : null;
    }

    /** Removes and returns the first value of a queue; null when it is empty. */
    public byte @Nullable [] take() {
        byte[] value = new byte[valueBytes];
        return Native.mapPop(object.handle(), index, NO_KEY, value) ? value : null;
    }

    /**
     * Passes every entry of a hash map to {@code consumer}, with a system call per {@value #BATCH} entries. An entry
     * that is there all the time is passed exactly once; one that comes or goes meanwhile may be passed or not.
     */
    public void forEach(EntryConsumer consumer) {
        byte[] cursor = new byte[Math.max(Long.BYTES, keyBytes)];
        byte[] keys = new byte[BATCH * keyBytes];
        byte[] values = new byte[BATCH * valueBytes];
        boolean first = true;
        boolean last = false;
        while (!last) {
            int result = Native.mapReadBatch(object.handle(), index, cursor, first, keys, values);
            last = result < 0;
            first = false;
            int entries = last ? ~result : result;
            for (int i = 0; i < entries; i++) {
                consumer.accept(keys, i * keyBytes, values, i * valueBytes);
            }
        }
    }

    /**
     * Reads a u32 at byte {@code offset} of element {@code element} of an array that is {@code BPF_F_MMAPABLE},
     * without a system call. Aligned; within the value.
     */
    public int readU32(int element, int offset) {
        return (int) Native.mappedRead(object.handle(), index, element, offset, Integer.BYTES);
    }

    /** As {@link #readU32}, 8 bytes. */
    public long readU64(int element, int offset) {
        return Native.mappedRead(object.handle(), index, element, offset, Long.BYTES);
    }

    /** Writes where {@link #readU32} reads, atomically. */
    public void writeU32(int element, int offset, int value) {
        Native.mappedWrite(object.handle(), index, element, offset, Integer.BYTES, value);
    }

    /** Writes where {@link #readU64} reads, atomically. */
    public void writeU64(int element, int offset, long value) {
        Native.mappedWrite(object.handle(), index, element, offset, Long.BYTES, value);
    }

    @Override
    public String toString() {
        return "map " + name;
    }
}
