package io.kyanos.it;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports to listen on that nobody else has now, below those that the kernel gives to clients. The environment variable
 * {@code KYANOS_IT_PORTS}, as {@code 22000-22099}, sets the range. Where the build runs tests in several JVMs, each
 * takes from its own part.
 */
final class Ports {

    private static final int FIRST;
    private static final int COUNT;
    private static final AtomicInteger next = new AtomicInteger();

    static {
        String range = System.getenv("KYANOS_IT_PORTS");
        String[] ends = (range == null ? "23000-27999" : range).split("-");
        int forks = Integer.getInteger("kyanos.it.forks", 1);
        int fork = Integer.getInteger("kyanos.it.fork", forks == 1 ? 1 : 0);
        if (fork < 1) {
            throw new IllegalStateException("which of " + forks + " JVMs this is: not given (kyanos.it.fork)");
        }
        COUNT = (Integer.parseInt(ends[1]) - Integer.parseInt(ends[0]) + 1) / forks;
        FIRST = Integer.parseInt(ends[0]) + (fork - 1) % forks * COUNT;
        next.set((int) (ProcessHandle.current().pid() * 7 % COUNT));
    }

    private Ports() {}

    /** Each call gives another one, until all have been given. */
    static int free() {
        for (int tries = 0; tries < COUNT; tries++) {
            int port = FIRST + Math.floorMod(next.getAndIncrement(), COUNT);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("::"))) {
                return socket.getLocalPort();
            } catch (IOException ignored) {
                // taken: the next one
            }
        }
        throw new IllegalStateException("no free port from " + FIRST + " on, of " + COUNT);
    }
}
