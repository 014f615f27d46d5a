package io.kyanos.protocol.dns;

/** Names of types of records, of classes and of operations, as their registry has them. */
// https://www.iana.org/assignments/dns-parameters/
final class QueryType {

    static final int A = 1;
    static final int NS = 2;
    static final int CNAME = 5;
    static final int SOA = 6;
    static final int PTR = 12;
    static final int MX = 15;
    static final int TXT = 16;
    static final int AAAA = 28;
    static final int SRV = 33;
    static final int DNAME = 39;
    static final int OPT = 41;
    static final int SVCB = 64;
    static final int HTTPS = 65;
    static final int IXFR = 251;
    static final int AXFR = 252;

    static final int IN = 1;

    /** What is asked of types that have no name here. */
    static final String OTHER = "other";

    private static final String[] NAMES = new String[258];

    private static final String[] OPERATIONS = {"QUERY", "IQUERY", "STATUS", OTHER, "NOTIFY", "UPDATE", "DSO"};

    static {
        String[] first = {
            "A",
            "NS",
            "MD",
            "MF",
            "CNAME",
            "SOA",
            "MB",
            "MG",
            "MR",
            "NULL",
            "WKS",
            "PTR",
            "HINFO",
            "MINFO",
            "MX",
            "TXT",
            "RP",
            "AFSDB",
            "X25",
            "ISDN",
            "RT",
            "NSAP",
            "NSAP-PTR",
            "SIG",
            "KEY",
            "PX",
            "GPOS",
            "AAAA",
            "LOC",
            "NXT",
            "EID",
            "NIMLOC",
            "SRV",
            "ATMA",
            "NAPTR",
            "KX",
            "CERT",
            "A6",
            "DNAME",
            "SINK",
            "OPT",
            "APL",
            "DS",
            "SSHFP",
            "IPSECKEY",
            "RRSIG",
            "NSEC",
            "DNSKEY",
            "DHCID",
            "NSEC3",
            "NSEC3PARAM",
            "TLSA",
            "SMIMEA"
        };
        System.arraycopy(first, 0, NAMES, 1, first.length);
        String[] second = {
            "HIP", "NINFO", "RKEY", "TALINK", "CDS", "CDNSKEY", "OPENPGPKEY", "CSYNC", "ZONEMD", "SVCB", "HTTPS"
        };
        System.arraycopy(second, 0, NAMES, 55, second.length);
        NAMES[99] = "SPF";
        NAMES[108] = "EUI48";
        NAMES[109] = "EUI64";
        NAMES[249] = "TKEY";
        NAMES[250] = "TSIG";
        NAMES[IXFR] = "IXFR";
        NAMES[AXFR] = "AXFR";
        NAMES[255] = "ANY";
        NAMES[256] = "URI";
        NAMES[257] = "CAA";
    }

    private QueryType() {}

    /** From the closed table, else {@link #OTHER}. */
    static String label(int type) {
        String name = type < NAMES.length ? NAMES[type] : null;
        return name == null ? OTHER : name;
    }

    /** As zone files write it: one without a name is {@code TYPE65280} (RFC 3597). */
    static String text(int type) {
        String name = type < NAMES.length ? NAMES[type] : null;
        return name == null ? "TYPE" + type : name;
    }

    static String classText(int number) {
        return switch (number) {
            case IN -> "IN";
            case 3 -> "CH";
            case 4 -> "HS";
            case 254 -> "NONE";
            case 255 -> "ANY";
            default -> "CLASS" + number;
        };
    }

    /** What a message of this opcode asks for, other than {@code QUERY}. */
    static String operation(int opcode) {
        return opcode < OPERATIONS.length ? OPERATIONS[opcode] : OTHER;
    }
}
