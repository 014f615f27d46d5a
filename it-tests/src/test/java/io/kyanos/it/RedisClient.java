package io.kyanos.it;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One connection to Redis that counts what it reads: an oracle must know its own share. */
final class RedisClient implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;
    private long bytesRead;

    RedisClient(Servers.Server redis) throws IOException {
        socket = new Socket(redis.host(), redis.port());
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** Sends one command, of words divided by blanks, and gives the text of its reply, which must not be an array. */
    String ask(String command) throws IOException {
        String[] words = command.split(" ");
        StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            request.append('$')
                    .append(word.length())
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
        String head = readLine();
        if (head.charAt(0) != '$' || head.equals("$-1")) {
            return head;
        }
        byte[] body = in.readNBytes(Integer.parseInt(head.substring(1)) + 2);
        bytesRead += body.length;
        return new String(body, StandardCharsets.UTF_8);
    }

    /** Bytes of all replies so far. */
    long bytesRead() {
        return bytesRead;
    }

    int localPort() {
        return socket.getLocalPort();
    }

    /** A number of a reply to INFO. */
    static long number(String info, String name) {
        Matcher line = Pattern.compile("(?m)^" + name + ":(\\d+)").matcher(info);
        if (!line.find()) {
            throw new AssertionError("no " + name + " in\n" + info);
        }
        return Long.parseLong(line.group(1));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new IOException("closed by the server after: " + line);
            }
            line.append((char) c);
            bytesRead++;
        }
        bytesRead++;
        return line.toString().trim();
    }
}
