package io.kyanos.connection;

import io.kyanos.record.Side;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A conversation written down: what each side sends and when, and the records that must come of it.
 *
 * <pre>
 * # text after a hash at the beginning of a line is a remark
 * protocol redis, role server
 * &#64;0us    &gt;  "*1\r\n$4\r\nPING\r\n"      the request's direction; \r \n \t \\ \" \xHH
 * &#64;120us  &lt;  hex 2b 4f 4b 0d 0a
 * &#64;130us  &lt;  "x" * 65536                 the bytes so many times
 * &#64;200us  gap &gt; 16                       so many bytes of that direction are not captured
 * expect PING |  | OK                    operation | resource | status
 * </pre>
 *
 * @param segments in order of time; a gap is a segment of which nothing is captured
 */
record Flow(String name, String protocol, Side role, List<Segment> segments, List<String> expectations) {

    /** Bytes that one system call moves. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Segment(long atNanos, boolean request, byte[] bytes, boolean captured) {}

    private static final Pattern HEAD = Pattern.compile("protocol (\\w+), role (client|server)");
    private static final Pattern TIMED = Pattern.compile("@(\\d+)(us|ms|s)\\s+(.*)");
    private static final Pattern GAP = Pattern.compile("gap\\s+([<>])\\s+(\\d+).*");
    private static final Pattern BYTES = Pattern.compile("([<>])\\s+(.*)");
    private static final Pattern QUOTED = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"(?:\\s*\\*\\s*(\\d+))?\\s*");

    static Flow read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String protocol = "";
        Side role = Side.UNKNOWN;
        List<Segment> segments = new ArrayList<>();
        List<String> expectations = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            Matcher head = HEAD.matcher(line);
            Matcher timed = TIMED.matcher(line);
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            if (head.matches()) {
                protocol = head.group(1);
                role = head.group(2).equals("client") ? Side.CLIENT : Side.SERVER;
            } else if (timed.matches()) {
                segments.add(segment(nanos(timed.group(1), timed.group(2)), timed.group(3), file, i + 1));
            } else if (line.startsWith("expect ")) {
                expectations.add(line.substring("expect ".length()).strip().replaceAll("\\s*\\|\\s*", "|"));
            } else {
                throw bad(file, i + 1, line);
            }
        }
        return new Flow(file.getFileName().toString(), protocol, role, segments, expectations);
    }

    private static Segment segment(long at, String rest, Path file, int line) {
        Matcher gap = GAP.matcher(rest);
        Matcher bytes = BYTES.matcher(rest);
        if (gap.matches()) {
            return new Segment(at, gap.group(1).equals(">"), new byte[Integer.parseInt(gap.group(2))], false);
        }
        if (bytes.matches()) {
            return new Segment(at, bytes.group(1).equals(">"), bytes(bytes.group(2), file, line), true);
        }
        throw bad(file, line, rest);
    }

    private static byte[] bytes(String text, Path file, int line) {
        if (text.startsWith("hex")) {
            return HexFormat.of()
                    .parseHex(
                            text.substring("hex".length()).replaceAll("#.*", "").replaceAll("\\s", ""));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Matcher quoted = QUOTED.matcher(text);
        int at = 0;
        while (quoted.find(at) && quoted.start() == at) {
            byte[] once = unescape(quoted.group(1));
            int times = quoted.group(2) == null ? 1 : Integer.parseInt(quoted.group(2));
            for (int i = 0; i < times; i++) {
                out.writeBytes(once);
            }
            at = quoted.end();
            if (at == text.length()) {
                break;
            }
        }
        if (at < text.length() && text.charAt(at) != '#') {
            throw bad(file, line, text);
        }
        return out.toByteArray();
    }

    private static byte[] unescape(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
                continue;
            }
            char escaped = text.charAt(++i);
            switch (escaped) {
                case 'r' -> out.write('\r');
                case 'n' -> out.write('\n');
                case 't' -> out.write('\t');
                case '0' -> out.write(0);
                case 'x' -> {
                    out.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> out.write(escaped);
            }
        }
        return out.toByteArray();
    }

    private static long nanos(String number, String unit) {
        long factor = switch (unit) {
            case "us" -> 1_000;
            case "ms" -> 1_000_000;
            default -> 1_000_000_000;
        };
        return Long.parseLong(number) * factor;
    }

    private static IllegalArgumentException bad(Path file, int line, String text) {
        return new IllegalArgumentException(file + ":" + line + ": not understood: " + text);
    }
}
