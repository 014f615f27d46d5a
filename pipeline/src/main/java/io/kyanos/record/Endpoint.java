package io.kyanos.record;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One end of a connection: an address of 16 bytes in network order (IPv4 as {@code ::ffff:a.b.c.d}) and a port, or the
 * name of a unix socket. Immutable; the array is not shared.
 */
public final class Endpoint {

    public static final Endpoint NONE = new Endpoint(new byte[16], 0);

    private static final int IPV4_OFFSET = 12;
    private static final int GROUPS = 8;

    /** The end of a unix socket that has no name, as those of clients. */
    public static final Endpoint UNNAMED = new Endpoint(new byte[0], 0, "");

    private final byte[] ip;
    private final int port;
    private final String path;

    private Endpoint(byte[] ip, int port, String path) {
        this.ip = ip;
        this.port = port;
        this.path = path;
    }

    public Endpoint(byte[] ip, int port) {
        if (ip.length != 16) {
            throw new IllegalArgumentException("address length: " + ip.length + " (expected: 16)");
        }
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
        }
        this.ip = ip.clone();
        this.port = port;
        this.path = "";
    }

    /**
     * The end of a unix socket, by its name as the kernel has it: a path, perhaps with a zero byte after it, or an
     * abstract name, which begins with a zero byte and is shown with {@code @} for each.
     */
    public static Endpoint unix(byte[] name) {
        if (name.length == 0) {
            return UNNAMED;
        }
        boolean isAbstract = name[0] == 0;
        int end = 0;
        while (end < name.length && (isAbstract || name[end] != 0)) {
            end++;
        }
        String text = new String(name, 0, end, StandardCharsets.UTF_8);
        return new Endpoint(UNNAMED.ip, 0, text.replace('\0', '@'));
    }

    /** Whether it is the end of a unix socket. */
    public boolean isUnix() {
        return ip.length == 0;
    }

    public int port() {
        return port;
    }

    /** The first 8 bytes of the address, as one number; 0 of a unix socket. */
    public long ipHigh() {
        return eight(0);
    }

    /** The last 8 bytes of the address, as one number; 0 of a unix socket. */
    public long ipLow() {
        return eight(Long.BYTES);
    }

    public boolean isIpv4() {
        if (isUnix()) {
            return false;
        }
        for (int i = 0; i < 10; i++) {
            if (ip[i] != 0) {
                return false;
            }
        }
        return ip[10] == (byte) 0xff && ip[11] == (byte) 0xff;
    }

    /** The address alone: {@code 10.1.2.3}, or {@code fe80::1} as RFC 5952 writes it, or a path, or nothing. */
    public String address() {
        if (isUnix()) {
            return path;
        }
        if (!isIpv4()) {
            return ipv6();
        }
        StringBuilder text = new StringBuilder();
        for (int i = IPV4_OFFSET; i < ip.length; i++) {
            text.append(i == IPV4_OFFSET ? "" : ".").append(ip[i] & 0xff);
        }
        return text.toString();
    }

    /** {@code 10.1.2.3:80}, {@code [fe80::1]:80}, {@code /run/a.sock}, or {@code unix} for an end without a name. */
    @Override
    public String toString() {
        if (isUnix()) {
            return path.isEmpty() ? "unix" : path;
        }
        return isIpv4() ? address() + ":" + port : "[" + address() + "]:" + port;
    }

    private long eight(int from) {
        long number = 0;
        for (int i = from; !isUnix() && i < from + Long.BYTES; i++) {
            number = number << Byte.SIZE | (ip[i] & 0xff);
        }
        return number;
    }

    /* The first of the longest runs of zeros, of two groups at least, is left out. */
    private String ipv6() {
        int longestStart = GROUPS;
        int longest = 1;
        int run = 0;
        for (int i = 0; i < GROUPS; i++) {
            run = group(i) == 0 ? run + 1 : 0;
            if (run > longest) {
                longest = run;
                longestStart = i - run + 1;
            }
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < GROUPS; i++) {
            if (i == longestStart) {
                text.append("::");
                i += longest - 1;
            } else {
                text.append(i == 0 || i == longestStart + longest ? "" : ":").append(Integer.toHexString(group(i)));
            }
        }
        return text.toString();
    }

    private int group(int index) {
        return ((ip[2 * index] & 0xff) << 8) | (ip[2 * index + 1] & 0xff);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Endpoint that
                && port == that.port
                && Arrays.equals(ip, that.ip)
                && path.equals(that.path);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * Arrays.hashCode(ip) + port) + path.hashCode();
    }
}
