package io.kyanos.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Where to listen: {@code 127.0.0.1:9410}, {@code [::1]:9410}, {@code localhost:9410}. Port 0 lets the system choose. */
record ListenAddress(String host, int port) {

    private static final String EXPECTED = "HOST:PORT, like 127.0.0.1:9410 or [::1]:9410";
    private static final int MAX_PORT = 0xffff;

    /** @param name of the flag or key, for the message */
    static ListenAddress parse(String name, String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1) {
            throw new UsageException(name, text, EXPECTED);
        }
        String host = text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (bracketed != host.contains(":") || host.isBlank()) {
            throw new UsageException(name, text, EXPECTED);
        }
        int port;
        try {
            port = Integer.parseInt(text.substring(colon + 1));
        } catch (NumberFormatException e) {
            throw new UsageException(name, text, EXPECTED);
        }
        if (port < 0 || port > MAX_PORT) {
            throw new UsageException(name, text, "a port of 0 to 65535");
        }
        return new ListenAddress(bracketed ? host.substring(1, host.length() - 1) : host, port);
    }

    /** @throws UsageException if no address has that name */
    InetSocketAddress resolve() {
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (UnknownHostException e) {
            throw new UsageException("listen " + this + ": no address has that name");
        }
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
