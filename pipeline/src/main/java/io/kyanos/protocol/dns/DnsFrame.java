package io.kyanos.protocol.dns;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import org.jspecify.annotations.Nullable;

/**
 * One message, read in place: its header, its first question, and one of its records at a time. A reused flyweight: mutable,
 * not thread-safe, and valid as long as the bytes that it was read from.
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
    static final int RECURSION_AVAILABLE = 0x0080;
    static final int RESERVED = 0x0040;

    /** Of a question, behind its name: type and class. */
    static final int QUESTION_BYTES = 4;

    /** Of a record, behind its name: type, class, time to live, length of the data. */
    private static final int RECORD_BYTES = 10;

    private static final ByteView NOTHING = new ByteView();

    private static final int EXTENDED_ERROR_OPTION = 15;
    private static final int NOWHERE = -1;

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
    private int start;
    private int limit;
    private int questionAt;
    private int questionTypeAt;
    private int recordsAt;
    private int endsAt;
    private int optionsAt;
    private int lastAnswerType;

    /** The current record; those of records, questions and options are where the name has ended. */
    private int nameAt;

    private int recordAt;

    /** Reads the message that begins at {@code from}; the bytes up to {@code to} are its own, or of it as far as it has come. */
    Extent read(ByteView bytes, int from, int to, @Nullable ParseResult structure) {
        view = bytes;
        start = from;
        limit = to;
        questionAt = NOWHERE;
        optionsAt = NOWHERE;
        lastAnswerType = 0;
        if (to - from < HEADER_BYTES) {
            return Extent.HEAD;
        }
        tell(structure, from, from + HEADER_BYTES);
        recordsAt = from + HEADER_BYTES;
        for (int i = questions(); i > 0; i--) {
            int typeAt = DnsName.end(view, start, recordsAt, limit, structure);
            if (typeAt == DnsName.BAD) {
                return Extent.BAD;
            }
            if (typeAt == DnsName.CUT || typeAt + QUESTION_BYTES > limit) {
                return Extent.HEAD;
            }
            if (questionAt == NOWHERE) {
                questionAt = recordsAt;
                questionTypeAt = typeAt;
            }
            recordsAt = typeAt + QUESTION_BYTES;
            tell(structure, typeAt, recordsAt);
        }
        endsAt = recordsAt;
        return readRecords(structure);
    }

    private Extent readRecords(@Nullable ParseResult structure) {
        int firstAdditional = answers() + number(start + 8);
        int all = firstAdditional + additionals();
        for (int i = 0; i < all; i++) {
            recordAt = DnsName.end(view, start, endsAt, limit, structure);
            if (recordAt == DnsName.BAD) {
                return Extent.BROKEN;
            }
            if (recordAt == DnsName.CUT || dataAt() > limit) {
                return Extent.PART;
            }
            boolean isOptions = i >= firstAdditional && type() == QueryType.OPT;
            if (isOptions) {
                optionsAt = recordAt;
            }
            // The time to live of the options holds a part of the response code.
            tell(structure, recordAt, recordAt + (isOptions ? 8 : 4));
            tell(structure, recordAt + 8, dataAt());
            if (dataEnd() > limit) {
                return Extent.PART;
            }
            if (i < answers()) {
                lastAnswerType = type();
            }
            endsAt = dataEnd();
        }
        return Extent.WHOLE;
    }

    static void tell(@Nullable ParseResult structure, int from, int to) {
        if (structure != null) {
            structure.structure(from, to);
        }
    }

    /** Where the last record that is whole ends. */
    int end() {
        return endsAt;
    }

    int id() {
        return number(start);
    }

    int flags() {
        return number(start + 2);
    }

    boolean isResponse() {
        return (flags() & RESPONSE) != 0;
    }

    static int opcode(int flags) {
        return (flags >> 11) & 0xf;
    }

    int questions() {
        return number(start + 4);
    }

    int answers() {
        return number(start + 6);
    }

    int additionals() {
        return number(start + 10);
    }

    boolean hasQuestion() {
        return questionAt != NOWHERE;
    }

    /** Of the first question: its name, empty without one. */
    String questionName() {
        StringBuilder out = new StringBuilder();
        if (hasQuestion()) {
            appendName(out, questionAt, limit);
        }
        return out.toString();
    }

    /** Of the first question: its type, 0 without one. */
    int questionType() {
        return hasQuestion() ? number(questionTypeAt) : 0;
    }

    /** Of the first question: its class, 0 without one. */
    int questionClass() {
        return hasQuestion() ? number(questionTypeAt + 2) : 0;
    }

    /**
     * A number that questions share of the same type and class whose names are of the same shape; 0 without one. The letters
     * do not count: they are content, which is overwritten where it must not be seen.
     */
    int questionShape() {
        if (!hasQuestion()) {
            return 0;
        }
        int shape = (DnsName.shape(view, questionAt, questionTypeAt) * 31 + questionType()) * 31 + questionClass();
        return shape == 0 ? 1 : shape;
    }

    /** What is asked: a type, or what else than a query it is. */
    String operation() {
        int opcode = opcode(flags());
        return opcode == 0 ? QueryType.label(questionType()) : QueryType.operation(opcode);
    }

    /** The response code, with the bits that EDNS adds. */
    int responseCode() {
        return (flags() & 0xf) | (optionsAt == NOWHERE ? 0 : (view.byteAt(optionsAt + 4) & 0xff) << 4);
    }

    /** The size of datagrams that the sender can take, -1 if it does not say. */
    int ednsSize() {
        return optionsAt == NOWHERE ? -1 : number(optionsAt + 2);
    }

    /** The number of the extended error, -1 if there is none. */
    int extendedError() {
        if (optionsAt == NOWHERE) {
            return -1;
        }
        int first = optionsAt + RECORD_BYTES;
        int end = Math.min(limit, first + number(optionsAt + 8));
        for (int at = first; at + 6 <= end; at += 4 + number(at + 2)) {
            if (number(at) == EXTENDED_ERROR_OPTION && number(at + 2) >= 2) {
                return number(at + 4);
            }
        }
        return -1;
    }

    /** The type of the last record of the answer section that is whole; 0 without one. */
    int lastAnswerType() {
        return lastAnswerType;
    }

    /** Goes before the first record. */
    void rewind() {
        recordAt = NOWHERE;
    }

    /** Goes to the next record that is whole; false if there is none. */
    boolean nextRecord() {
        nameAt = recordAt == NOWHERE ? recordsAt : dataEnd();
        recordAt = nameAt < endsAt ? DnsName.end(view, start, nameAt, limit, null) : NOWHERE;
        return recordAt != NOWHERE;
    }

    void appendRecordName(StringBuilder out) {
        appendName(out, nameAt, limit);
    }

    int type() {
        return number(recordAt);
    }

    int classOf() {
        return number(recordAt + 2);
    }

    long timeToLive() {
        return longNumber(recordAt + 4);
    }

    int dataAt() {
        return recordAt + RECORD_BYTES;
    }

    int dataEnd() {
        return dataAt() + number(recordAt + 8);
    }

    ByteView view() {
        return view;
    }

    /** Where a name that begins at {@code at} ends; negative if it does not before {@code to}. */
    int nameEnd(int at, int to) {
        return DnsName.end(view, start, at, to, null);
    }

    void appendName(StringBuilder out, int at, int to) {
        DnsName.append(out, view, start, at, to);
    }

    /** A number of 16 bits. */
    int number(int at) {
        return number(view, at);
    }

    /** A number of 32 bits. */
    long longNumber(int at) {
        return ((long) number(at) << 16) | number(at + 2);
    }

    static int number(ByteView view, int at) {
        return ((view.byteAt(at) & 0xff) << 8) | (view.byteAt(at + 1) & 0xff);
    }
}
