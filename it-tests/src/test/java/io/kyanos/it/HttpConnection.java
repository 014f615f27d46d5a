package io.kyanos.it;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One connection of HTTP that sends what it is told, each time by one write, and reads what comes. */
final class HttpConnection implements AutoCloseable {

    private static final int BUFFER = 1 << 20;
    private static final int SMALL_BUFFER = 1 << 16;

    private final Socket socket;
    private final InputStream in;
    private long received;

    HttpConnection(int port) {
        this(connected(port));
    }

    private HttpConnection(Socket connected) {
        try {
            socket = connected;
            socket.setSoTimeout((int) Patience.LIMIT.toMillis());
            in = new BufferedInputStream(socket.getInputStream(), BUFFER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One whose receive buffer is small, so that little is on its way to it. */
    static HttpConnection slow(int port) {
        Socket socket = new Socket();
        try {
            socket.setReceiveBufferSize(SMALL_BUFFER);
            socket.connect(new InetSocketAddress("127.0.0.1", port));
            return new HttpConnection(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A request without body; fields are whole lines. */
    static String get(String target, String... fields) {
        StringBuilder text = new StringBuilder("GET " + target + " HTTP/1.1\r\nHost: it\r\n");
        for (String field : fields) {
            text.append(field).append("\r\n");
        }
        return text.append("\r\n").toString();
    }

    HttpConnection send(String latin1) {
        try {
            socket.getOutputStream().write(latin1.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the head of an answer. */
    String readHead() {
        try {
            StringBuilder head = new StringBuilder();
            do {
                head.append(line()).append('\n');
            } while (head.charAt(0) == '\n' || !head.toString().endsWith("\n\n"));
            return head.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads that many bytes. */
    HttpConnection readBytes(long count) {
        try {
            byte[] some = new byte[(int) Math.min(BUFFER, count)];
            for (long left = count; left > 0; ) {
                int read = in.read(some, 0, (int) Math.min(some.length, left));
                if (read < 0) {
                    throw new EOFException("closed by the server, bytes left: " + left);
                }
                left -= read;
            }
            received += count;
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a whole answer and gives its size on the wire. */
    long readAnswer() {
        long before = received;
        String head = readHead().toLowerCase(Locale.ROOT);
        if (head.contains("\ntransfer-encoding: chunked\n")) {
            readChunks();
        } else if (head.contains("\ncontent-length: ")) {
            readBytes(Long.parseLong(head.replaceAll("(?s).*\ncontent-length: (\\d+)\n.*", "$1")));
        } else {
            readToEnd();
        }
        return received - before;
    }

    /** Reads what is there, at least a byte. */
    HttpConnection readSome() {
        try {
            int count = in.read(new byte[BUFFER]);
            if (count < 0) {
                throw new EOFException("closed by the server");
            }
            received += count;
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads until the other end closes. */
    HttpConnection readToEnd() {
        try {
            byte[] some = new byte[BUFFER];
            for (int count = in.read(some); count >= 0; count = in.read(some)) {
                received += count;
            }
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many bytes it has read. */
    long received() {
        return received;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Socket connected(int port) {
        try {
            return new Socket("127.0.0.1", port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readChunks() {
        try {
            for (long size = Long.parseLong(line(), 16); size > 0; size = Long.parseLong(line(), 16)) {
                readBytes(size + 2);
            }
            line();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("closed by the server after: " + line);
            }
            line.append((char) c);
        }
        received += line.length() + 1;
        return line.toString().trim();
    }
}
