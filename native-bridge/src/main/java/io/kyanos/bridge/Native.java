package io.kyanos.bridge;

import org.jspecify.annotations.Nullable;

/**
 * All native methods; one C table registers them. Handles are numbers that the native side checks on each call. The
 * caller is responsible for nothing but non-null arguments: sizes, names, ranges and phases are checked natively.
 */
final class Native {

    static {
        NativeLibrary.load();
    }

    private Native() {}

    static native void logLevel(int level);

    static native int possibleCpus();

    /** How many; one per CPU that this thread may run on, and one more. */
    static native int socketInodes(int[] inodes);

    static native boolean hasRingBuffers();

    /** Empty where the kernel's clock was measured. */
    static native String clockRefusal();

    static native long monotonicNanos();

    static native long realtimeMinusMonotonicNanos();

    static native long runStatisticsEnable();

    static native void runStatisticsClose(long handle);

    static native long objectOpen(byte[] elf, String name);

    static native void objectClose(long object);

    /** Name, section and "1" or "0" for autoload, of each program. */
    static native String[] objectPrograms(long object);

    /** Bytes, or -1 when there is no such constant. */
    static native int objectConstantSize(long object, String name);

    static native void objectSetConstant(long object, String name, byte[] value);

    static native void objectSetMaxEntries(long object, String map, int maxEntries);

    static native void objectUsePerfBuffers(long object, String map);

    static native void objectReuseMap(long object, String map, long other, String otherMap);

    static native void objectSetAutoload(long object, String program, boolean autoload);

    /** Name, errno, error and log of each refused program. */
    static native String[] objectLoad(long object);

    static native boolean objectIsAttachable(long object, String program);

    /** Stage, errno, error and log. */
    static native String[] objectAttach(long object, String program);

    static native void objectDetach(long object, String program);

    /** {@code map} is the one that an iterator over elements walks, else empty. */
    static native byte[] objectReadIterator(long object, String program, String map);

    /** Runs and nanoseconds. */
    static native void objectRuns(long object, String program, long[] out);

    static native void mapFind(long object, String name, int[] facts);

    static native void variableFind(long object, String name, int[] place);

    static native boolean mapLookup(long object, int map, byte[] key, byte[] value);

    static native boolean mapSumPerCpu(long object, int map, byte[] key, long[] sums);

    static native boolean mapUpdate(long object, int map, byte[] key, byte[] value, int mode);

    static native boolean mapDelete(long object, int map, byte[] key);

    static native boolean mapNextKey(long object, int map, byte @Nullable [] key, byte[] next);

    /** {@code key} is empty. */
    static native boolean mapPop(long object, int map, byte[] key, byte[] value);

    /** Entries read, going on after {@code cursor}, which is ignored when {@code first}; ~entries when they are the last. */
    static native int mapReadBatch(long object, int map, byte[] cursor, boolean first, byte[] keys, byte[] values);

    static native long mappedRead(long object, int map, int element, int offset, int size);

    static native void mappedWrite(long object, int map, int element, int offset, int size, long value);

    static native long readerOpen();

    static native void readerAddRing(long reader, long object, String map);

    static native void readerAddPerf(
            long reader, long object, String map, int bytesPerCpu, int wakeBytes, int lookMillis);

    static native void readerAddFlag(long reader, long object, String variable);

    static native int readerPoll(long reader, byte[] slab, int offset, int capacity, long[] out);

    static native boolean readerAwait(long reader, int timeoutMillis, int depth);

    static native void readerWakeup(long reader);

    static native void readerClose(long reader);
}
