package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A closed set of ASCII words, found by their bytes in place, in whatever case. Immutable once built; finding allocates
 * nothing.
 */
final class WordTable<T> {

    private static final int FNV_BASIS = 0x811c9dc5;
    private static final int FNV_PRIME = 0x01000193;

    private final byte[][] words;
    private final @Nullable Object[] values;
    private final int mask;
    private final int longest;

    WordTable(Collection<T> entries, Function<T, String> wordOf) {
        int capacity = Integer.highestOneBit(Math.max(4, entries.size())) * 4;
        words = new byte[capacity][];
        values = new Object[capacity];
        mask = capacity - 1;
        int max = 0;
        for (T entry : entries) {
            byte[] word = wordOf.apply(entry).getBytes(StandardCharsets.US_ASCII);
            max = Math.max(max, word.length);
            int hash = FNV_BASIS;
            for (byte b : word) {
                hash = (hash ^ upper(b)) * FNV_PRIME;
            }
            int slot = spread(hash) & mask;
            while (values[slot] != null) {
                slot = (slot + 1) & mask;
            }
            words[slot] = word;
            values[slot] = entry;
        }
        longest = max;
    }

    /** All that was put in, in no order. */
    @SuppressWarnings("unchecked")
    List<T> entries() {
        List<T> entries = new ArrayList<>();
        for (Object value : values) {
            if (value != null) {
                entries.add((T) value);
            }
        }
        return entries;
    }

    /** What belongs to the word in {@code [from, to)}, or null. */
    @Nullable
    T find(ByteView view, int from, int to) {
        if (to - from > longest) {
            return null;
        }
        return probe(view, from, to, hash(view, from, to, FNV_BASIS), null);
    }

    /** What belongs to {@code first}, a space, and the word in {@code [from, to)}, or null. */
    @Nullable
    T find(byte[] first, ByteView view, int from, int to) {
        if (first.length + 1 + to - from > longest) {
            return null;
        }
        int hash = FNV_BASIS;
        for (byte b : first) {
            hash = (hash ^ upper(b)) * FNV_PRIME;
        }
        hash = (hash ^ ' ') * FNV_PRIME;
        return probe(view, from, to, hash(view, from, to, hash), first);
    }

    @SuppressWarnings("unchecked")
    private @Nullable T probe(ByteView view, int from, int to, int hash, byte @Nullable [] first) {
        for (int slot = spread(hash) & mask; values[slot] != null; slot = (slot + 1) & mask) {
            if (isWord(words[slot], view, from, to, first)) {
                return (T) values[slot];
            }
        }
        return null;
    }

    private static boolean isWord(byte[] word, ByteView view, int from, int to, byte @Nullable [] first) {
        int at = 0;
        if (first != null) {
            at = first.length + 1;
            if (word.length < at || word[first.length] != ' ') {
                return false;
            }
            for (int i = 0; i < first.length; i++) {
                if (word[i] != first[i]) {
                    return false;
                }
            }
        }
        if (word.length - at != to - from) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (upper(view.byteAt(i)) != word[at++]) {
                return false;
            }
        }
        return true;
    }

    private static int hash(ByteView view, int from, int to, int basis) {
        int hash = basis;
        for (int i = from; i < to; i++) {
            hash = (hash ^ upper(view.byteAt(i))) * FNV_PRIME;
        }
        return hash;
    }

    private static int spread(int hash) {
        return hash ^ (hash >>> 15);
    }

    private static int upper(byte b) {
        return b >= 'a' && b <= 'z' ? b - ('a' - 'A') : b;
    }
}
