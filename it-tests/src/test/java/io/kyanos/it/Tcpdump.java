package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;

/** tcpdump on the loopback, which writes all packets of a port or of several into a file. Closing kills it. */
final class Tcpdump implements AutoCloseable {

    /** In KiB: what it cannot write at once must wait somewhere. */
    private static final String BUFFER = "65536";

    private static final String LAST = "the last packet of this capture";

    private final RunningProgram program;
    private final int port;

    private Tcpdump(RunningProgram program, int port) {
        this.program = program;
        this.port = port;
    }

    /**
     * One that listens.
     *
     * @param filter of packets, in its own words
     * @param port that passes the filter, as UDP too
     */
    static Tcpdump start(String filter, int port) {
        RunningProgram program = RunningProgram.start(
                "tcpdump", "-Z", "root", "-U", "-i", "lo", "-s", "0", "-B", BUFFER, "-w", "run.pcap", filter);
        Awaitility.await("tcpdump listens").until(() -> program.error().contains("listening on"));
        return new Tcpdump(program, port);
    }

    /** The capture, once all that has been sent so far is in it. It does not write what it has not looked at when it ends. */
    Path end() {
        Path file = program.folder().resolve("run.pcap");
        try (DatagramSocket socket = new DatagramSocket()) {
            byte[] last = LAST.getBytes(StandardCharsets.US_ASCII);
            socket.send(new DatagramPacket(last, last.length, InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Awaitility.await("the last packet")
                .until(() -> Files.readString(file, StandardCharsets.ISO_8859_1).contains(LAST));
        program.signal("INT");
        assertThat(program.awaitExit()).isZero();
        assertThat(program.error()).contains("\n0 packets dropped by kernel");
        return file;
    }

    @Override
    public void close() {
        program.close();
    }
}
