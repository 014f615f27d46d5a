package io.kyanos.protocol.dns;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import org.jspecify.annotations.Nullable;

/**
 * Names as messages hold them: labels with their lengths, the last of which may point at a name that began before. Pointers
 * count from the beginning of the message.
 */
// https://www.rfc-editor.org/rfc/rfc1035#section-4.1.4
final class DnsName {

    /** The name does not end within the bytes. */
    static final int CUT = -1;
    /** These bytes are no name. */
    static final int BAD = -2;

    /** Of the labels with their lengths; https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4 */
    static final int MAX_BYTES = 255;

    private static final int MAX_LABEL_BYTES = 63;
    private static final int POINTER = 0xc0;
    private static final int FNV_OFFSET = 0x811c9dc5;
    private static final int FNV_PRIME = 0x01000193;

    private DnsName() {}

    /** Where the name at {@code at} ends, {@link #CUT} or {@link #BAD}. Its structure are lengths and pointers. */
    static int end(ByteView view, int message, int at, int to, @Nullable ParseResult structure) {
        int index = at;
        while (index < to) {
            int length = view.byteAt(index) & 0xff;
            if (length >= POINTER) {
                if (index + 2 > to) {
                    return CUT;
                }
                DnsFrame.tell(structure, index, index + 2);
                return target(view, message, index, at) == BAD ? BAD : index + 2;
            }
            if (length > MAX_LABEL_BYTES || index + 1 + length - at > MAX_BYTES) {
                return BAD;
            }
            DnsFrame.tell(structure, index, index + 1);
            index += 1 + length;
            if (length == 0) {
                return index;
            }
        }
        return CUT;
    }

    /**
     * Where the pointer at {@code index} points, {@link #BAD} if that is no earlier name: what does not point before the labels
     * that led to it, which began at {@code from}, would go round in circles.
     */
    private static int target(ByteView view, int message, int index, int from) {
        int target = message + (DnsFrame.number(view, index) & 0x3fff);
        return target < message + DnsFrame.HEADER_BYTES || target >= from ? BAD : target;
    }

    /** A number that names share whose labels are of the same lengths. The name ends at {@code to}. */
    static int shape(ByteView view, int from, int to) {
        int hash = FNV_OFFSET;
        for (int at = from; at < to; at += 1 + (view.byteAt(at) & 0x3f)) {
            hash = (hash ^ (view.byteAt(at) & 0xff)) * FNV_PRIME;
        }
        return hash;
    }

    /**
     * Appends the name as zone files write it, in lower case and without its last dot; that of the root is a dot. What
     * cannot be read of it is three dots.
     */
    static void append(StringBuilder out, ByteView view, int message, int at, int to) {
        int begin = out.length();
        int from = at;
        int index = at;
        while (index >= 0 && index < to) {
            int length = view.byteAt(index) & 0xff;
            if (length == 0) {
                out.append(out.length() == begin ? "." : "");
                return;
            }
            if (length >= POINTER && index + 1 < to) {
                from = target(view, message, index, from);
                index = from;
                continue;
            }
            if (length > MAX_LABEL_BYTES || length >= to - index || out.length() - begin > 4 * MAX_BYTES) {
                break;
            }
            out.append(out.length() == begin ? "" : ".");
            for (int i = index + 1; i <= index + length; i++) {
                appendByte(out, lower(view.byteAt(i)));
            }
            index += 1 + length;
        }
        out.append("...");
    }

    /** Appends a byte as zone files write it: {@code \003} if it is not to be seen, with a backslash if it means something. */
    static void appendByte(StringBuilder out, int octet) {
        if (octet <= ' ' || octet >= 0x7f) {
            out.append('\\').append((char) ('0' + octet / 100));
            out.append((char) ('0' + octet / 10 % 10)).append((char) ('0' + octet % 10));
            return;
        }
        if (octet == '.' || octet == '\\' || octet == '"') {
            out.append('\\');
        }
        out.append((char) octet);
    }

    private static int lower(byte octet) {
        return octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet & 0xff;
    }
}
