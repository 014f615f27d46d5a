package io.kyanos.protocol;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What the two sides of a protocol that is not ours say to each other, as its specification prints it. In the resources
 * {@code foreign}, a step per line: {@code C} or {@code S} for who sends, and the bytes as a string of Java.
 */
public record ForeignDialogue(String name, List<Said> steps) {

    /** Bytes that the client, or else the server, has sent in one call. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    public record Said(boolean byClient, byte[] bytes) {}

    private static final List<String> NAMES = List.of(
            "beanstalkd",
            "dbus",
            "ftp",
            "icap",
            "imap",
            "irc",
            "ldap",
            "memcached",
            "mqtt",
            "nntp",
            "pop3",
            "rtsp",
            "sip",
            "smb",
            "smtp",
            "ssh",
            "vnc",
            "x11",
            "xmpp");

    public static List<ForeignDialogue> all() {
        return NAMES.stream().map(ForeignDialogue::read).toList();
    }

    private static ForeignDialogue read(String name) {
        try (InputStream in = ForeignDialogue.class.getResourceAsStream("/foreign/" + name + ".txt")) {
            if (in == null) {
                throw new IllegalStateException("no dialogue of " + name);
            }
            List<Said> steps = new ArrayList<>();
            for (String line : new String(in.readAllBytes(), StandardCharsets.ISO_8859_1).split("\n")) {
                if (line.startsWith("C ") || line.startsWith("S ")) {
                    String said = line.substring(2).translateEscapes();
                    steps.add(new Said(line.charAt(0) == 'C', said.getBytes(StandardCharsets.ISO_8859_1)));
                }
            }
            return new ForeignDialogue(name, List.copyOf(steps));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
