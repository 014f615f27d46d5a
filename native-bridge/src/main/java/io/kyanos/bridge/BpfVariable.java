package io.kyanos.bridge;

/**
 * A global variable of a loaded object, in memory shared with the kernel: reads and writes are single atomic accesses
 * and need no system call. Usable from several threads until its object is closed.
 */
public final class BpfVariable {

    static final int FACTS = 3;

    private final BpfObject object;
    private final String name;
    private final int map;
    private final int offset;
    private final int bytes;

    BpfVariable(BpfObject object, String name, int[] place) {
        this.object = object;
        this.name = name;
        this.map = place[0];
        this.offset = place[1];
        this.bytes = place[2];
    }

    public String name() {
        return name;
    }

    /** Its declared size. */
    public int bytes() {
        return bytes;
    }

    public int readU32() {
        return readU32(0);
    }

    public long readU64() {
        return readU64(0);
    }

    public void writeU32(int value) {
        writeU32(0, value);
    }

    public void writeU64(long value) {
        writeU64(0, value);
    }

    /** The u32 at byte {@code at} of the variable: of a struct or an array. */
    public int readU32(int at) {
        return (int) Native.mappedRead(object.handle(), map, 0, place(at, Integer.BYTES), Integer.BYTES);
    }

    /** The u64 at byte {@code at} of the variable. */
    public long readU64(int at) {
        return Native.mappedRead(object.handle(), map, 0, place(at, Long.BYTES), Long.BYTES);
    }

    public void writeU32(int at, int value) {
        Native.mappedWrite(object.handle(), map, 0, place(at, Integer.BYTES), Integer.BYTES, value);
    }

    public void writeU64(int at, long value) {
        Native.mappedWrite(object.handle(), map, 0, place(at, Long.BYTES), Long.BYTES, value);
    }

    private int place(int at, int size) {
        if (at < 0 || at > bytes - size) {
            throw new IllegalArgumentException(
                    "variable " + name + ": " + size + " bytes at " + at + " (expected: within " + bytes + ")");
        }
        return offset + at;
    }
}
