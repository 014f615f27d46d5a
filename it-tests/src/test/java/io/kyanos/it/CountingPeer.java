package io.kyanos.it;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The other end of a connection of {@link SubjectCapture}, in HTTP. Counts what it sends and reads. */
final class CountingPeer implements AutoCloseable {

    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: (\\d+)");

    private final Socket socket;
    private final InputStream in;
    private long sent;
    private long read;

    private CountingPeer(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        socket.setSoTimeout((int) Patience.LIMIT.toMillis());
        socket.setTcpNoDelay(true);
    }

    static CountingPeer connect(int port) throws IOException {
        return new CountingPeer(new Socket(InetAddress.getByName("127.0.0.1"), port));
    }

    static CountingPeer accept(ServerSocket listener) throws IOException {
        listener.setSoTimeout((int) Patience.LIMIT.toMillis());
        return new CountingPeer(listener.accept());
    }

    Socket socket() {
        return socket;
    }

    /** Both ways. */
    long bytes() {
        return sent + read;
    }

    long sent() {
        return sent;
    }

    /** Sends what counts as bytes of the stream; gives how many. */
    int send(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        socket.getOutputStream().write(bytes);
        sent += bytes.length;
        return bytes.length;
    }

    static String request(String path, int bodyBytes) {
        return "POST " + path + " HTTP/1.1\r\nHost: it\r\nContent-Length: " + bodyBytes + "\r\n\r\n"
                + "z".repeat(bodyBytes);
    }

    /** Sends a request and reads its answer; gives the answer's body. */
    String ask(String path) throws IOException {
        send(request(path, 0));
        return readMessage().body();
    }

    void answer(String path) throws IOException {
        send("HTTP/1.1 200 OK\r\nContent-Length: " + path.length() + "\r\n\r\n" + path);
    }

    /** A message as it came. */
    record Wire(String head, String body) {

        int length() {
            return head.length() + body.length();
        }

        String path() {
            return head.split(" ")[1];
        }
    }

    /** The next message; one of no bytes at the end of the stream. */
    Wire readMessage() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int c = in.read();
            if (c < 0) {
                if (head.isEmpty()) {
                    return new Wire("", "");
                }
                throw new AssertionError("ended inside of a head: " + head);
            }
            head.append((char) c);
        }
        read += head.length();
        Matcher length = LENGTH.matcher(head);
        if (!length.find()) {
            throw new AssertionError("no length in " + head);
        }
        byte[] body = in.readNBytes(Integer.parseInt(length.group(1)));
        read += body.length;
        return new Wire(head.toString(), new String(body, StandardCharsets.ISO_8859_1));
    }

    /** Everything up to the end of the stream. */
    String readToEnd() throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        in.transferTo(rest);
        read += rest.size();
        return rest.toString(StandardCharsets.ISO_8859_1);
    }

    /** Ends the connection before the block does. */
    void hangUp() throws IOException {
        close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
