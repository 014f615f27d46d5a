package io.kyanos.protocol.http2;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The fields that one side of a connection has numbered, newest first. After a loss, or where the beginning of the connection was
 * not seen, older ones are unknown. Not thread-safe.
 */
/*
 * Numbers: they count from the newest field, and eviction takes the oldest. So a field that was added since the loss is known by its
 * number whatever is older, and whatever has been evicted.
 *
 * Doubt: a field that its sender has evicted is one that it does not name any more. So this table may hold more than the sender's, and
 * still says nothing wrong: where a size is not known, the least that it can be is taken, and where the bound is not, as much is kept as
 * may be. One that is larger than the table leaves the sender's empty; kept here, it is at a number that is not used.
 *
 * Memory: what all connections together may keep is bounded. Where nothing is left for a field, all that is here becomes unknown, as
 * older fields count from the newest one, which would not be there.
 *
 * Whole: nothing older than what is held is in the sender's table either. It is so from the beginning, and again once a size was set that
 * what is held fills. Then a number beyond is an error, not something unknown.
 */
// https://www.rfc-editor.org/rfc/rfc7541#section-2.3.2 and section-4
final class FieldTable {

    static final int DEFAULT_BYTES = 4096;

    /** More is not kept of one table, whatever the other side allows. */
    static final int MOST_BYTES = 1 << 16;

    private static final int ENTRY_BYTES = 32;
    private static final int FIRST_CAPACITY = 16;

    /** Bytes of the heap for a field's place, beside its name and value. */
    private static final int SLOT_BYTES = 16;

    private static final int UNBOUNDED = Integer.MAX_VALUE;

    private final KeptBytes.Share share;
    private byte[] @Nullable [] names = new byte[FIRST_CAPACITY][];
    private byte[] @Nullable [] values = new byte[FIRST_CAPACITY][];
    private int[] nameBytes = new int[FIRST_CAPACITY];
    private int[] valueBytes = new int[FIRST_CAPACITY];
    private int newest;
    private int count;
    private int bytes;

    /** The sender's table is at most as large. */
    private int bound = UNBOUNDED;

    /** What is worth keeping while the bound is not known. */
    private int allowed = MOST_BYTES;

    private boolean isWhole;

    FieldTable(KeptBytes.Share share) {
        this.share = share;
    }

    /** The connection begins: nothing is in the table. */
    void begin() {
        clear();
        bound = DEFAULT_BYTES;
        allowed = DEFAULT_BYTES;
        isWhole = true;
    }

    /** All of it is unknown from now on, its size, too. */
    void forget() {
        clear();
        bound = UNBOUNDED;
        isWhole = false;
    }

    private void clear() {
        share.giveBack(bytes + (long) SLOT_BYTES * (names.length - FIRST_CAPACITY));
        if (names.length == FIRST_CAPACITY) {
            Arrays.fill(names, null);
            Arrays.fill(values, null);
        } else {
            names = new byte[FIRST_CAPACITY][];
            values = new byte[FIRST_CAPACITY][];
            nameBytes = new int[FIRST_CAPACITY];
            valueBytes = new int[FIRST_CAPACITY];
        }
        newest = 0;
        count = 0;
        bytes = 0;
    }

    /** The other side lets the table be so large. Its sender says when it is: this changes only what is kept after a loss. */
    void allow(int most) {
        allowed = Math.max(allowed, Math.min(most, MOST_BYTES));
    }

    /** The sender sets the size. */
    void resize(int most) {
        allow(most);
        bound = most;
        evict(most);
    }

    /** How many there are; what is older is unknown or, if this is whole, is not there. */
    int count() {
        return count;
    }

    /** Whether the sender may have a field at {@code index}: one that is known, or one that is older and has room. */
    boolean mayHold(int index) {
        return index < count || (!isWhole && bytes + ENTRY_BYTES * (index + 1L - count) <= bound);
    }

    /** The name at {@code index}, counted from the newest, 0; null if it is unknown. */
    byte @Nullable [] name(int index) {
        return index < count ? names[slot(index)] : null;
    }

    byte @Nullable [] value(int index) {
        return index < count ? values[slot(index)] : null;
    }

    /** The least that the name at {@code index} can be long. */
    int nameBytes(int index) {
        return index < count ? nameBytes[slot(index)] : 0;
    }

    /**
     * A field becomes the newest.
     *
     * @param name null if it is unknown, or not worth keeping; its bytes count nevertheless, at least so many
     * @param value likewise
     */
    void add(byte @Nullable [] name, int bytesOfName, byte @Nullable [] value, int bytesOfValue) {
        int size = ENTRY_BYTES + bytesOfName + bytesOfValue;
        evict((long) bound - size);
        if (size > bound) {
            return;
        }
        if (!hasRoom(size)) {
            clear();
            isWhole = false;
            return;
        }
        newest = (newest - 1) & (names.length - 1);
        names[newest] = name;
        values[newest] = value;
        nameBytes[newest] = bytesOfName;
        valueBytes[newest] = bytesOfValue;
        count++;
        bytes += size;
        keepAllowed();
    }

    private boolean hasRoom(int size) {
        if (count == names.length) {
            if (!share.take((long) SLOT_BYTES * names.length)) {
                return false;
            }
            grow();
        }
        return share.take(size);
    }

    /** What does not fit beside {@code room} bytes is not there any more, and nothing older. */
    private void evict(long room) {
        while (count > 0 && bytes > room) {
            dropOldest();
            isWhole = true;
        }
        // True where not even an empty field has room beside what is left.
        isWhole |= bytes + ENTRY_BYTES > room;
    }

    /** What is too much to be kept is unknown from now on. */
    private void keepAllowed() {
        while (bytes > allowed) {
            dropOldest();
            isWhole = false;
        }
    }

    private void dropOldest() {
        int oldest = slot(--count);
        int size = ENTRY_BYTES + nameBytes[oldest] + valueBytes[oldest];
        bytes -= size;
        share.giveBack(size);
        names[oldest] = null;
        values[oldest] = null;
    }

    private int slot(int index) {
        return (newest + index) & (names.length - 1);
    }

    private void grow() {
        int capacity = names.length;
        names = inOrder(names, new byte[2 * capacity][]);
        values = inOrder(values, new byte[2 * capacity][]);
        nameBytes = inOrder(nameBytes);
        valueBytes = inOrder(valueBytes);
        newest = 0;
    }

    private byte[] @Nullable [] inOrder(byte[] @Nullable [] ring, byte[] @Nullable [] target) {
        System.arraycopy(ring, newest, target, 0, ring.length - newest);
        System.arraycopy(ring, 0, target, ring.length - newest, newest);
        return target;
    }

    private int[] inOrder(int[] ring) {
        int[] target = new int[2 * ring.length];
        System.arraycopy(ring, newest, target, 0, ring.length - newest);
        System.arraycopy(ring, 0, target, ring.length - newest, newest);
        return target;
    }
}
