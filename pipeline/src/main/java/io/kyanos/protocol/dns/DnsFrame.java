package io.kyanos.protocol.dns;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import org.jspecify.annotations.Nullable;

/**
 * One message, read in place: its header, its question, and where its records are. A reused flyweight: mutable, not
 * thread-safe, and valid as long as the bytes that it was read from.
 *
 * <pre>
 *  0    2      4        6        8        10       12
 *  +----+------+--------+--------+--------+--------+-----------+---------+-----------+------------+
 *  | id | flags|questions|answers|authority|additional| questions | answers | authority | additional |
 *  +----+------+--------+--------+--------+--------+-----------+---------+-----------+------------+
 * </pre>
 */
// https://www.rfc-editor.org/rfc/rfc1035#section-4
final class DnsFrame {

    static final int HEADER_BYTES = 12;

    static final int RESPONSE = 0x8000;
    static final int AUTHORITATIVE = 0x0400;
    static final int TRUNCATED = 0x0200;
    static final int RECURSION_DESIRED = 0x0100;
    static final int RECURSION_AVAILABLE = 0x0080;
    static final int RESERVED = 0x0040;
    static final int AUTHENTIC = 0x0020;
    static final int CHECKING_DISABLED = 0x0010;

    /** Of a question: its type and class. */
    static final int QUESTION_BYTES = 4;
    /** Of a record, behind its name: type, class, time to live, length of the data. */
    static final int RECORD_BYTES = 10;

    private static final ByteView NOTHING = new ByteView();

    private static final int EXTENDED_ERROR_OPTION = 15;

    /** How far the bytes have brought the message. */
    enum Extent {
        /** They end before the question does. */
        HEAD,
        /** They hold the question, but not all records. */
        PART,
        /** They hold all of it. */
        WHOLE,
        /** They hold the question, and then what is no record. */
        BROKEN,
        /** They are no message. */
        BAD
    }

    private ByteView view = NOTHING;
    private int from;
    private int to;
    private int recordsAt;
    private int endsAt;
    private int nameAt;
    private int nameEnd;
    private int optAt;
    private int lastRecordAt;

    /** Reads the message that begins at {@code start}; the bytes up to {@code end} are its own, or of it as far as it has come. */
    Extent read(ByteView bytes, int start, int end, @Nullable ParseResult structure) {
        view = bytes;
        from = start;
        to = end;
        optAt = -1;
        nameAt = -1;
        lastRecordAt = -1;
        if (end - start < HEADER_BYTES) {
            return Extent.HEAD;
        }
        tell(structure, start, start + HEADER_BYTES);
        int at = start + HEADER_BYTES;
        for (int i = questions(); i > 0; i--) {
            int next = DnsName.end(bytes, at, end, structure);
            if (next == DnsName.BAD) {
                return Extent.BAD;
            }
            if (next == DnsName.CUT || next + QUESTION_BYTES > end) {
                return Extent.HEAD;
            }
            if (nameAt < 0) {
                nameAt = at;
                nameEnd = next;
            }
            tell(structure, next, next + QUESTION_BYTES);
            at = next + QUESTION_BYTES;
        }
        recordsAt = at;
        endsAt = at;
        return records(structure);
    }

    private Extent records(@Nullable ParseResult structure) {
        int all = answers() + authorities() + additionals();
        int firstAdditional = answers() + authorities();
        for (int i = 0; i < all; i++) {
            int fixed = DnsName.end(view, endsAt, to, structure);
            if (fixed == DnsName.BAD) {
                return Extent.BROKEN;
            }
            if (fixed == DnsName.CUT || fixed + RECORD_BYTES > to) {
                return Extent.PART;
            }
            boolean isOption = i >= firstAdditional && type(fixed) == QueryType.OPT;
            if (isOption) {
                optAt = fixed;
            }
            // The time to live of the option record holds a part of the response code.
            tell(structure, fixed, fixed + (isOption ? 8 : 4));
            tell(structure, fixed + 8, fixed + RECORD_BYTES);
            int next = fixed + RECORD_BYTES + dataLength(fixed);
            if (next > to) {
                return Extent.PART;
            }
            if (i < answers()) {
                lastRecordAt = fixed;
            }
            endsAt = next;
        }
        return Extent.WHOLE;
    }

    private static void tell(@Nullable ParseResult structure, int start, int end) {
        if (structure != null) {
            structure.structure(start, end);
        }
    }

    ByteView view() {
        return view;
    }

    /** Where the message begins. */
    int start() {
        return from;
    }

    /** Where the bytes end that are the message's. */
    int limit() {
        return to;
    }

    /** Where the last record that is whole ends. */
    int end() {
        return endsAt;
    }

    int id() {
        return number(from);
    }

    int flags() {
        return number(from + 2);
    }

    boolean isResponse() {
        return (flags() & RESPONSE) != 0;
    }

    int opcode() {
        return (flags() >> 11) & 0xf;
    }

    int questions() {
        return number(from + 4);
    }

    int answers() {
        return number(from + 6);
    }

    int authorities() {
        return number(from + 8);
    }

    int additionals() {
        return number(from + 10);
    }

    boolean hasQuestion() {
        return nameAt >= 0;
    }

    /** Of the first question. */
    int nameAt() {
        return nameAt;
    }

    /** Of the first question: its type, 0 without one. */
    int questionType() {
        return nameAt < 0 ? 0 : number(nameEnd);
    }

    /** Of the first question: its class, 0 without one. */
    int questionClass() {
        return nameAt < 0 ? 0 : number(nameEnd + 2);
    }

    /**
     * A number that questions share of the same type and class whose names are of the same shape; 0 without one. The letters
     * do not count: they are content, which is overwritten where it must not be seen.
     */
    int questionShape() {
        if (nameAt < 0) {
            return 0;
        }
        int shape = (DnsName.shape(view, nameAt, nameEnd) * 31 + questionType()) * 31 + questionClass();
        return shape == 0 ? 1 : shape;
    }

    /** The response code, with the bits that EDNS adds. */
    int responseCode() {
        return (flags() & 0xf) | (optAt < 0 ? 0 : (view.byteAt(optAt + 4) & 0xff) << 4);
    }

    /** The size of datagrams that the sender can take, -1 if it does not say. */
    int ednsSize() {
        return optAt < 0 ? -1 : number(optAt + 2);
    }

    /** The number of the extended error, -1 if there is none. */
    int extendedError() {
        if (optAt < 0) {
            return -1;
        }
        int at = optAt + RECORD_BYTES;
        int end = Math.min(to, at + dataLength(optAt));
        while (at + 6 <= end) {
            if (number(at) == EXTENDED_ERROR_OPTION && number(at + 2) >= 2) {
                return number(at + 4);
            }
            at += 4 + number(at + 2);
        }
        return -1;
    }

    /** Where the first record begins, behind the questions. */
    int recordsAt() {
        return recordsAt;
    }

    /** Behind the name of the last record of the answer section that is here; -1 if none is. */
    int lastAnswer() {
        return lastRecordAt;
    }

    /** Behind the name of the record that begins at {@code at}, which is one that was read. */
    int fixedPart(int at) {
        return DnsName.end(view, at, to, null);
    }

    int type(int fixedPart) {
        return number(fixedPart);
    }

    int classOf(int fixedPart) {
        return number(fixedPart + 2);
    }

    long timeToLive(int fixedPart) {
        return ((long) number(fixedPart + 4) << 16) | number(fixedPart + 6);
    }

    int dataLength(int fixedPart) {
        return number(fixedPart + 8);
    }

    /** A number of 16 bits. */
    int number(int at) {
        return ((view.byteAt(at) & 0xff) << 8) | (view.byteAt(at + 1) & 0xff);
    }
}
