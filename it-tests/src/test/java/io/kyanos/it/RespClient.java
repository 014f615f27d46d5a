package io.kyanos.it;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One connection to Redis that sends what it is told and reads what comes, in both versions of the protocol. */
final class RespClient implements AutoCloseable {

    /** What an error begins with where it stands for a reply. */
    static final String ERROR = "-";

    private final Socket socket;
    private final InputStream in;

    RespClient(Servers.Server redis) {
        try {
            socket = new Socket(redis.host(), redis.port());
            socket.setSoTimeout((int) Patience.LIMIT.toMillis());
            in = new BufferedInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends each line as one command, of words divided by blanks, all in one write. */
    void send(String... lines) {
        StringBuilder bytes = new StringBuilder();
        for (String line : lines) {
            String[] words = line.split(" ");
            bytes.append('*').append(words.length).append("\r\n");
            for (String word : words) {
                bytes.append('$')
                        .append(word.length())
                        .append("\r\n")
                        .append(word)
                        .append("\r\n");
            }
        }
        sendBytes(bytes.toString());
    }

    void sendBytes(String latin1) {
        try {
            socket.getOutputStream().write(latin1.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends one command and reads the next thing that comes. */
    Object ask(String line) {
        send(line);
        return read();
    }

    /** As many things as are named, one after the other: texts, {@code null} as the text {@code nil}, or lists. */
    List<Object> read(int count) {
        List<Object> read = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            read.add(read());
        }
        return read;
    }

    /** The next reply or push. An attribute is passed over. */
    Object read() {
        try {
            return readOne();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that comes, up to and with the first {@code end}. */
    String readUntil(String end) {
        StringBuilder read = new StringBuilder();
        try {
            while (read.length() < end.length() || read.indexOf(end, read.length() - end.length()) < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new AssertionError("closed after: " + read);
                }
                read.append((char) next);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read.toString();
    }

    int localPort() {
        return socket.getLocalPort();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Object readOne() throws IOException {
        String head = line();
        String rest = head.substring(1);
        switch (head.charAt(0)) {
            case '$', '=', '!' -> {
                if (rest.equals("-1")) {
                    return "nil";
                }
                byte[] body = in.readNBytes(Integer.parseInt(rest) + 2);
                String text = new String(body, 0, body.length - 2, StandardCharsets.ISO_8859_1);
                return head.charAt(0) == '!' ? ERROR + text : text;
            }
            case '*', '~', '>' -> {
                return rest.equals("-1") ? "nil" : read(Integer.parseInt(rest));
            }
            case '%' -> {
                return read(2 * Integer.parseInt(rest));
            }
            case '|' -> {
                read(2 * Integer.parseInt(rest));
                return readOne();
            }
            case '-' -> {
                return head;
            }
            case '_' -> {
                return "nil";
            }
            default -> {
                return rest;
            }
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("closed by the server after: " + line);
            }
            line.append((char) c);
        }
        return line.toString().trim();
    }
}
