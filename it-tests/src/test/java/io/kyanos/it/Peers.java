package io.kyanos.it;

import io.kyanos.record.Endpoint;
import io.kyanos.record.Side;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;

/** {@code peers.py}: a program that makes the connections it is told. Closing kills it. */
final class Peers implements AutoCloseable {

    /** One end of a connection, as the process that holds it sees it. */
    record End(Endpoint local, Endpoint remote, Side side) {}

    private final RunningProgram program;
    private int commands;

    private Peers(RunningProgram program) {
        this.program = program;
    }

    static Peers start() {
        Path folder = Scripts.copyInto(RunningProgram.newFolder());
        RunningProgram program = RunningProgram.startIn(folder, "python3", "-u", "peers.py");
        try {
            return new Peers(program.awaitOutput("ready"));
        } catch (RuntimeException e) {
            program.close();
            throw e;
        }
    }

    int pid() {
        return (int) program.parentPid();
    }

    /** Tells a command and waits until it is done. */
    Peers tell(String command) {
        commands++;
        program.tell(command + "\n");
        Awaitility.await(command)
                .pollInterval(Duration.ofMillis(5))
                .failFast("ended: " + program.error(), () -> !program.isAlive())
                .until(() -> program.output()
                                .lines()
                                .filter(line -> line.startsWith("done "))
                                .count()
                        >= commands);
        return this;
    }

    /** A program in its folder that is Python by another name. */
    String named(String name) {
        Path link = program.folder().resolve(name);
        try {
            if (!Files.exists(link)) {
                Files.createSymbolicLink(
                        link,
                        Path.of(Commands.run("python3", "-c", "import sys; print(sys.executable)")
                                .expectSuccess()
                                .trim()));
            }
        } catch (IOException e) {
            throw new AssertionError("link " + link, e);
        }
        return link.toString();
    }

    static Endpoint end(String address, int port) {
        try {
            byte[] ip = InetAddress.getByName(address).getAddress();
            byte[] sixteen = new byte[16];
            if (ip.length == 4) {
                sixteen[10] = (byte) 0xff;
                sixteen[11] = (byte) 0xff;
            }
            System.arraycopy(ip, 0, sixteen, sixteen.length - ip.length, ip.length);
            return new Endpoint(sixteen, port);
        } catch (UnknownHostException e) {
            throw new AssertionError(address, e);
        }
    }

    static List<End> endsOfTcp(String client, int clientPort, String server, int serverPort) {
        Endpoint one = end(client, clientPort);
        Endpoint other = end(server, serverPort);
        return List.of(new End(one, other, Side.CLIENT), new End(other, one, Side.SERVER));
    }

    static List<End> endsOfUdp(String client, int clientPort, String server, int serverPort) {
        Endpoint nobody = end(server.contains(":") ? "::" : "0.0.0.0", 0);
        Endpoint one = end(client, clientPort);
        Endpoint other = end(server, serverPort);
        return List.of(new End(one, other, Side.CLIENT), new End(other, nobody, Side.UNKNOWN));
    }

    static List<End> endsOfUnix(String name) {
        Endpoint named = Endpoint.unix(("\0" + name).getBytes(StandardCharsets.UTF_8));
        return List.of(new End(Endpoint.UNNAMED, named, Side.CLIENT), new End(named, Endpoint.UNNAMED, Side.SERVER));
    }

    @Override
    public void close() {
        program.close();
    }
}
