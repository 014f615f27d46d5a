package io.kyanos.protocol.dns;

import io.kyanos.record.Endpoint;

/**
 * The data of the record at which a frame stands, as zone files write it; the number of its bytes where it is of another type
 * or not in its form. Holds no byte that a terminal could take for a command.
 */
final class RecordData {

    private static final int MAX_CHARACTERS = 256;

    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;

    private RecordData() {}

    static void append(StringBuilder out, DnsFrame frame) {
        int length = frame.dataEnd() - frame.dataAt();
        boolean isAppended = switch (frame.type()) {
            case QueryType.A -> appendAddress(out, frame, IPV4_BYTES);
            case QueryType.AAAA -> appendAddress(out, frame, IPV6_BYTES);
            case QueryType.CNAME, QueryType.NS, QueryType.PTR, QueryType.DNAME -> appendTarget(out, frame, 0);
            case QueryType.MX, QueryType.SVCB, QueryType.HTTPS -> appendTarget(out, frame, 1);
            case QueryType.SRV -> appendTarget(out, frame, 3);
            case QueryType.SOA -> appendAuthority(out, frame);
            case QueryType.TXT -> appendStrings(out, frame);
            default -> false;
        };
        if (!isAppended) {
            out.append(length).append(length == 1 ? " byte" : " bytes");
        }
    }

    private static boolean appendAddress(StringBuilder out, DnsFrame frame, int length) {
        if (frame.dataEnd() - frame.dataAt() != length) {
            return false;
        }
        byte[] ip = new byte[IPV6_BYTES];
        if (length == IPV4_BYTES) {
            ip[10] = (byte) 0xff;
            ip[11] = (byte) 0xff;
        }
        frame.view().copyTo(frame.dataAt(), ip, IPV6_BYTES - length, length);
        out.append(new Endpoint(ip, 0).address());
        return true;
    }

    /** A name behind so many numbers. */
    private static boolean appendTarget(StringBuilder out, DnsFrame frame, int numbers) {
        int nameAt = frame.dataAt() + 2 * numbers;
        if (nameAt >= frame.dataEnd()) {
            return false;
        }
        for (int at = frame.dataAt(); at < nameAt; at += 2) {
            out.append(frame.number(at)).append(' ');
        }
        frame.appendName(out, nameAt, frame.dataEnd());
        return true;
    }

    /** Server, mailbox and serial number. */
    private static boolean appendAuthority(StringBuilder out, DnsFrame frame) {
        int end = frame.dataEnd();
        frame.appendName(out, frame.dataAt(), end);
        int mailboxAt = frame.nameEnd(frame.dataAt(), end);
        int serialAt = mailboxAt < 0 ? mailboxAt : frame.nameEnd(mailboxAt, end);
        if (serialAt >= 0 && serialAt + 4 <= end) {
            frame.appendName(out.append(' '), mailboxAt, end);
            out.append(' ').append(frame.longNumber(serialAt));
        }
        return true;
    }

    private static boolean appendStrings(StringBuilder out, DnsFrame frame) {
        int begin = out.length();
        int end;
        for (int at = frame.dataAt(); at < frame.dataEnd(); at = end) {
            end = Math.min(frame.dataEnd(), at + 1 + (frame.view().byteAt(at) & 0xff));
            out.append(out.length() == begin ? "\"" : " \"");
            for (int i = at + 1; i < end; i++) {
                if (out.length() - begin > MAX_CHARACTERS) {
                    out.append("...");
                    return true;
                }
                int octet = frame.view().byteAt(i) & 0xff;
                if (octet == ' ' || octet == '.') {
                    out.append((char) octet);
                } else {
                    DnsName.appendByte(out, octet);
                }
            }
            out.append('"');
        }
        return true;
    }
}
