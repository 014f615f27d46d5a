package io.kyanos.protocol.dns;

import io.kyanos.protocol.ByteView;
import io.kyanos.record.Endpoint;

/** Messages and the data of records as text, in the manner of zone files. Holds no byte that a terminal could take for a command. */
final class DnsText {

    /** Of the data of one record. */
    private static final int MAX_DATA_CHARACTERS = 256;

    private static final String MORE = "...";
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;

    private DnsText() {}

    /** Those that say something of an answer, as they are called: {@code aa rd ra}. */
    static String flags(int flags) {
        StringBuilder out = new StringBuilder();
        flag(out, flags, DnsFrame.AUTHORITATIVE, "aa");
        flag(out, flags, DnsFrame.TRUNCATED, "tc");
        flag(out, flags, DnsFrame.RECURSION_DESIRED, "rd");
        flag(out, flags, DnsFrame.RECURSION_AVAILABLE, "ra");
        flag(out, flags, DnsFrame.AUTHENTIC, "ad");
        flag(out, flags, DnsFrame.CHECKING_DISABLED, "cd");
        return out.toString();
    }

    private static void flag(StringBuilder out, int flags, int flag, String name) {
        if ((flags & flag) != 0) {
            out.append(out.isEmpty() ? "" : " ").append(name);
        }
    }

    /** The name that was asked for; empty without a question. */
    static String name(DnsFrame frame) {
        StringBuilder out = new StringBuilder();
        if (frame.hasQuestion()) {
            DnsName.append(out, frame.view(), frame.start(), frame.nameAt(), frame.limit());
        }
        return out.toString();
    }

    /** The data of the record whose name ends at {@code fixedPart}, all of which is here. */
    static String data(DnsFrame frame, int fixedPart) {
        StringBuilder out = new StringBuilder();
        appendData(out, frame, fixedPart);
        return out.toString();
    }

    /** The whole message, a line for the header, the question, and each record; cut to so many characters. */
    static String message(DnsFrame frame, String head, int maxCharacters) {
        StringBuilder out = new StringBuilder(head);
        String flags = flags(frame.flags());
        out.append(flags.isEmpty() ? "" : ", ").append(flags);
        if (frame.hasQuestion()) {
            out.append('\n');
            DnsName.append(out, frame.view(), frame.start(), frame.nameAt(), frame.limit());
            out.append(' ').append(QueryType.classText(frame.questionClass()));
            out.append(' ').append(QueryType.text(frame.questionType()));
        }
        int at = frame.recordsAt();
        while (at < frame.end() && out.length() <= maxCharacters) {
            int fixedPart = frame.fixedPart(at);
            if (frame.type(fixedPart) != QueryType.OPT) {
                appendRecord(out.append('\n'), frame, at, fixedPart);
            }
            at = fixedPart + DnsFrame.RECORD_BYTES + frame.dataLength(fixedPart);
        }
        if (out.length() > maxCharacters) {
            out.setLength(maxCharacters);
            out.append(MORE);
        }
        return out.toString();
    }

    private static void appendRecord(StringBuilder out, DnsFrame frame, int at, int fixedPart) {
        DnsName.append(out, frame.view(), frame.start(), at, frame.limit());
        out.append(' ').append(frame.timeToLive(fixedPart));
        out.append(' ').append(QueryType.classText(frame.classOf(fixedPart)));
        out.append(' ').append(QueryType.text(frame.type(fixedPart))).append(' ');
        appendData(out, frame, fixedPart);
    }

    private static void appendData(StringBuilder out, DnsFrame frame, int fixedPart) {
        int from = fixedPart + DnsFrame.RECORD_BYTES;
        int length = frame.dataLength(fixedPart);
        switch (frame.type(fixedPart)) {
            case QueryType.A -> appendAddress(out, frame.view(), from, length, IPV4_BYTES);
            case QueryType.AAAA -> appendAddress(out, frame.view(), from, length, IPV6_BYTES);
            case QueryType.CNAME, QueryType.NS, QueryType.PTR, QueryType.DNAME ->
                appendTarget(out, frame, from, length, 0);
            case QueryType.MX, QueryType.SVCB, QueryType.HTTPS -> appendTarget(out, frame, from, length, 1);
            case QueryType.SRV -> appendTarget(out, frame, from, length, 3);
            case QueryType.SOA -> appendAuthority(out, frame, from, length);
            case QueryType.TXT -> appendStrings(out, frame.view(), from, from + length);
            default -> appendLength(out, length);
        }
    }

    private static void appendLength(StringBuilder out, int length) {
        out.append(length).append(length == 1 ? " byte" : " bytes");
    }

    private static void appendAddress(StringBuilder out, ByteView view, int from, int length, int expected) {
        if (length != expected) {
            appendLength(out, length);
            return;
        }
        byte[] ip = new byte[IPV6_BYTES];
        if (expected == IPV4_BYTES) {
            ip[10] = (byte) 0xff;
            ip[11] = (byte) 0xff;
        }
        view.copyTo(from, ip, IPV6_BYTES - expected, expected);
        out.append(new Endpoint(ip, 0).address());
    }

    /** A name behind so many numbers. */
    private static void appendTarget(StringBuilder out, DnsFrame frame, int from, int length, int numbers) {
        if (length <= 2 * numbers) {
            appendLength(out, length);
            return;
        }
        for (int i = 0; i < numbers; i++) {
            out.append(frame.number(from + 2 * i)).append(' ');
        }
        DnsName.append(out, frame.view(), frame.start(), from + 2 * numbers, from + length);
    }

    private static void appendAuthority(StringBuilder out, DnsFrame frame, int from, int length) {
        DnsName.append(out, frame.view(), frame.start(), from, from + length);
        int mailbox = DnsName.end(frame.view(), from, from + length, null);
        int numbers = mailbox < 0 ? mailbox : DnsName.end(frame.view(), mailbox, from + length, null);
        if (numbers < 0 || numbers + 4 > from + length) {
            return;
        }
        DnsName.append(out.append(' '), frame.view(), frame.start(), mailbox, from + length);
        out.append(' ').append(((long) frame.number(numbers) << 16) | frame.number(numbers + 2));
    }

    private static void appendStrings(StringBuilder out, ByteView view, int from, int to) {
        int begin = out.length();
        int at = from;
        while (at < to) {
            int end = Math.min(to, at + 1 + (view.byteAt(at) & 0xff));
            out.append(out.length() == begin ? "\"" : " \"");
            for (int i = at + 1; i < end; i++) {
                if (out.length() - begin > MAX_DATA_CHARACTERS) {
                    out.append(MORE);
                    return;
                }
                int octet = view.byteAt(i) & 0xff;
                if (octet == ' ' || octet == '.') {
                    out.append((char) octet);
                } else {
                    DnsName.appendByte(out, octet);
                }
            }
            out.append('"');
            at = end;
        }
    }
}
