package io.kyanos.record;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * One end of a connection: an address of 16 bytes in network order (IPv4 as {@code ::ffff:a.b.c.d}) and a port.
 * Immutable; the array is not shared.
 */
public final class Endpoint {

    public static final Endpoint NONE = new Endpoint(new byte[16], 0);

    private static final int IPV4_OFFSET = 12;

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

    /** The address alone: {@code 10.1.2.3} or {@code fe80:0:0:0:0:0:0:1}. */
    public String address() {
        try {
            byte[] bytes = isIpv4() ? Arrays.copyOfRange(ip, IPV4_OFFSET, ip.length) : ip;
            return InetAddress.getByAddress(bytes).getHostAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of 4 or 16 bytes is always accepted", e);
        }
    }

    /** {@code 10.1.2.3:80} or {@code [fe80:0:0:0:0:0:0:1]:80}. */
    @Override
    public String toString() {
        return isIpv4() ? address() + ":" + port : "[" + address() + "]:" + port;
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
