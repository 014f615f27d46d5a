package io.kyanos.record;

import java.util.Arrays;

/**
 * One end of a connection: an address of 16 bytes in network order (IPv4 as {@code ::ffff:a.b.c.d}) and a port.
 * Immutable; the array is not shared.
 */
public final class Endpoint {

    public static final Endpoint NONE = new Endpoint(new byte[16], 0);

    private static final int IPV4_OFFSET = 12;
    private static final int GROUPS = 8;

    private final byte[] ip;
    private final int port;

    public Endpoint(byte[] ip, int port) {
        if (ip.length != 16) {
            throw new IllegalArgumentException("address length: " + ip.length + " (expected: 16)");
        }
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
        }
        this.ip = ip.clone();
        this.port = port;
    }

    public int port() {
        return port;
    }

    public boolean isIpv4() {
        for (int i = 0; i < 10; i++) {
            if (ip[i] != 0) {
                return false;
            }
        }
        return ip[10] == (byte) 0xff && ip[11] == (byte) 0xff;
    }

    /** The address alone: {@code 10.1.2.3}, or {@code fe80::1} as RFC 5952 writes it. */
    public String address() {
        if (!isIpv4()) {
            return ipv6();
        }
        StringBuilder text = new StringBuilder();
        for (int i = IPV4_OFFSET; i < ip.length; i++) {
            text.append(i == IPV4_OFFSET ? "" : ".").append(ip[i] & 0xff);
        }
        return text.toString();
    }

    /** {@code 10.1.2.3:80} or {@code [fe80::1]:80}. */
    @Override
    public String toString() {
        return isIpv4() ? address() + ":" + port : "[" + address() + "]:" + port;
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
        return other instanceof Endpoint that && port == that.port && Arrays.equals(ip, that.ip);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(ip) + port;
    }
}
