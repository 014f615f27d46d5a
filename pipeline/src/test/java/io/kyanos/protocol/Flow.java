package io.kyanos.protocol;

import io.kyanos.record.Side;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A fixture: what both directions of one connection sent and when, and the records that must come of it.
 *
 * <pre>
 * # text after a hash at the beginning of a line is a remark
 * protocol redis, role server
 * kind datagram                         each step is one datagram; without this line they are bytes of streams
 * &#64;0us    &gt;  "*1\r\n$4\r\nPING\r\n"      the request's direction; \r \n \t \0 \\ \" \xHH
 * &#64;120us  &lt;  hex 2b 4f 4b 0d 0a
 * &#64;130us  &lt;  "x" * 65536 "yz"            the first bytes so many times
 * &#64;200us  gap &gt; 16                       so many bytes of that direction are not captured: of datagrams, one so long
 * expect PING |  | OK                    operation | resource | status
 * forgets SELECT users as EXECUTE        what has this operation is asked by a name that was given before: where the giving
 *                                        was not seen it has the other operation and no resource
 * becomes http2                          the connection goes on in this protocol: what is expected from here on comes of all of
 *                                        it; what is expected before, of what the first protocol makes of it alone
 * forgets X as Y | unknown or Z | 200    as Y or as Z; the answer may have lost its status as well, and then have this one
 * </pre>
 *
 * @param named the operation of what is asked by names; empty if nothing is
 * @param forgotten the operation of that where it was named unseen
 * @param role the side of the connection that is watched
 * @param kind of both directions
 * @param steps in order of time
 * @param expected {@code operation | resource | status}, in order, of its protocol alone
 * @param becomes the protocol in which the connection goes on; empty if in none
 * @param expectedOfAll in that case what the whole connection gives
 */
public record Flow(
        String name,
        String protocol,
        Side role,
        StreamKind kind,
        List<Step> steps,
        List<String> expected,
        String becomes,
        List<String> expectedOfAll,
        String named,
        String forgotten) {

    /** Bytes or, if {@code bytes} is empty, a gap of {@code gap} bytes. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    public record Step(long atNanos, boolean isRequest, byte[] bytes, long gap) {

        /** The same place in the stream with {@code part} of the bytes. */
        public Step with(byte[] part) {
            return new Step(atNanos, isRequest, part, 0);
        }

        /** The same, so much later. */
        public Step after(long nanos) {
            return new Step(atNanos + nanos, isRequest, bytes, gap);
        }

        /** The same bytes, not captured. */
        public Step lost() {
            return new Step(atNanos, isRequest, new byte[0], length());
        }

        public boolean isGap() {
            return bytes.length == 0;
        }

        /** Bytes that the stream moves on by. */
        public long length() {
            return isGap() ? gap : bytes.length;
        }
    }

    private static final Pattern HEAD = Pattern.compile("protocol (\\w+), role (client|server)");
    private static final Pattern KIND = Pattern.compile("kind (\\w+)");
    private static final Pattern TIMED = Pattern.compile("@(\\d+)(us|ms|s)\\s+(.*)");
    private static final Pattern FORGETS = Pattern.compile("forgets (.+) as (.+)");
    private static final Pattern BECOMES = Pattern.compile("becomes (\\w+)");
    private static final Pattern GAP = Pattern.compile("gap\\s+([<>])\\s+(\\d+)\\s*(#.*)?");
    private static final Pattern BYTES = Pattern.compile("([<>])\\s+(.*)");
    private static final Pattern QUOTED = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"(?:\\s*\\*\\s*(\\d+))?\\s*");

    /** The same bytes in more and smaller steps. */
    public static List<Step> cut(List<Step> steps, Random random) {
        List<Step> cut = new ArrayList<>();
        for (Step step : steps) {
            if (step.isGap()) {
                cut.add(step);
            }
            int at = 0;
            while (at < step.bytes().length) {
                int count = random.nextInt(4) == 0
                        ? step.bytes().length - at
                        : 1 + random.nextInt(step.bytes().length - at);
                cut.add(step.with(Arrays.copyOfRange(step.bytes(), at, at + count)));
                at += count;
            }
        }
        return cut;
    }

    /** All fixtures of the test resources. */
    public static List<Flow> all() {
        URL folder = Flow.class.getResource("/flows");
        if (folder == null) {
            throw new IllegalStateException("no folder flows among the test resources");
        }
        try {
            URI uri = new URI(folder.toString());
            if (!"jar".equals(uri.getScheme())) {
                return all(Path.of(uri));
            }
            try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                return all(jar.getPath("/flows"));
            }
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("list " + folder, e);
        }
    }

    private static List<Flow> all(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".flow"))
                    .sorted()
                    .map(Flow::read)
                    .toList();
        }
    }

    /** Whether each step is a message of its own, with borders that nobody moves. */
    public boolean isOfDatagrams() {
        return kind == StreamKind.DATAGRAM;
    }

    /** Whether connections speak this protocol, or one that carries it, to say what the flow says. */
    public boolean isOf(Descriptor spoken) {
        return Stream.concat(Stream.of(spoken), spoken.carried().stream())
                .anyMatch(each -> each.name().equals(protocol));
    }

    public static List<Flow> of(String protocol) {
        return all().stream().filter(flow -> flow.protocol().equals(protocol)).toList();
    }

    /**
     * Whether a record that was found may be a real one, both as {@code operation | resource} or with a status behind that: it
     * is the same, or all that is left of it where its name was given unseen.
     */
    public boolean mayBe(String found, String real) {
        if (found.equals(real)) {
            return true;
        }
        if (named.isEmpty()) {
            return false;
        }
        String[] left = parts(found);
        String[] whole = parts(real);
        return whole[0].equals(named)
                && Stream.of(forgotten.split(" or ")).map(Flow::parts).anyMatch(as -> isLeft(left, whole, as));
    }

    private static boolean isLeft(String[] left, String[] whole, String[] as) {
        boolean isAsked = left[0].equals(whole[0]) && left[1].equals(whole[1]);
        boolean isForgotten = left[0].equals(as[0]) && left[1].isEmpty();
        boolean isAnswered = left.length == 2 || left[2].equals(whole[2]);
        boolean isStatusForgotten = as.length > 1 && left.length > 2 && left[2].equals(as[1]);
        return (isForgotten && isAnswered) || ((isForgotten || isAsked) && isStatusForgotten);
    }

    private static String[] parts(String record) {
        return Stream.of(record.split("\\|", -1)).map(String::strip).toArray(String[]::new);
    }

    /** Takes one that {@code found} may be out of the real ones; false if there is none. */
    public boolean take(String found, List<String> real) {
        if (real.remove(found)) {
            return true;
        }
        for (int i = 0; i < real.size(); i++) {
            if (mayBe(found, real.get(i))) {
                real.remove(i);
                return true;
            }
        }
        return false;
    }

    private static Flow read(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String protocol = "";
        String named = "";
        String forgotten = "";
        Side role = Side.UNKNOWN;
        StreamKind kind = StreamKind.WIRE;
        List<Step> steps = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        String becomes = "";
        List<String> expectedOfAll = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            Matcher head = HEAD.matcher(line);
            Matcher ofKind = KIND.matcher(line);
            Matcher timed = TIMED.matcher(line);
            Matcher forgets = FORGETS.matcher(line);
            Matcher other = BECOMES.matcher(line);
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            if (head.matches()) {
                protocol = head.group(1);
                role = head.group(2).equals("client") ? Side.CLIENT : Side.SERVER;
            } else if (ofKind.matches()) {
                kind = kind(ofKind.group(1), file, i + 1);
            } else if (timed.matches()) {
                steps.add(step(nanos(timed.group(1), timed.group(2)), timed.group(3), file, i + 1));
            } else if (forgets.matches()) {
                named = forgets.group(1);
                forgotten = forgets.group(2);
            } else if (other.matches()) {
                becomes = other.group(1);
            } else if (line.startsWith("expect ")) {
                (becomes.isEmpty() ? expected : expectedOfAll)
                        .add(expectation(line.substring("expect ".length()), file, i + 1));
            } else {
                throw bad(file, i + 1, line);
            }
        }
        return new Flow(
                file.getFileName().toString(),
                protocol,
                role,
                kind,
                steps,
                expected,
                becomes,
                becomes.isEmpty() ? expected : expectedOfAll,
                named,
                forgotten);
    }

    private static StreamKind kind(String label, Path file, int line) {
        return Stream.of(StreamKind.values())
                .filter(kind -> kind.label().equals(label))
                .findFirst()
                .orElseThrow(() -> bad(file, line, label));
    }

    private static String expectation(String text, Path file, int line) {
        String[] parts = text.split("\\|", -1);
        if (parts.length != 3) {
            throw bad(file, line, text);
        }
        return parts[0].strip() + " | " + parts[1].strip() + " | " + parts[2].strip();
    }

    private static Step step(long at, String rest, Path file, int line) {
        Matcher gap = GAP.matcher(rest);
        Matcher bytes = BYTES.matcher(rest);
        if (gap.matches()) {
            return new Step(at, gap.group(1).equals(">"), new byte[0], Long.parseLong(gap.group(2)));
        }
        if (bytes.matches()) {
            return new Step(at, bytes.group(1).equals(">"), bytes(bytes.group(2), file, line), 0);
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
        if (out.size() == 0 || (at < text.length() && text.charAt(at) != '#')) {
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

    /** How the steps are fed. */
    @FunctionalInterface
    public interface Feeding {
        void feed(FlowDriver driver, Step step);

        /** Each step one datagram. */
        Feeding DATAGRAMS = (driver, step) -> driver.datagram(step.isRequest(), step.bytes());

        Feeding WHOLE = (driver, step) -> driver.data(step.isRequest(), step.bytes());

        Feeding BYTE_BY_BYTE = (driver, step) -> {
            for (int i = 0; i < step.bytes().length; i++) {
                driver.data(step.isRequest(), step.bytes(), i, i + 1);
            }
        };

        static Feeding randomCuts(Random random) {
            return (driver, step) -> {
                int at = 0;
                while (at < step.bytes().length) {
                    int next = Math.min(step.bytes().length, at + 1 + random.nextInt(20));
                    driver.data(step.isRequest(), step.bytes(), at, next);
                    at = next;
                }
            };
        }
    }

    /** As it was sent: each step at once, a datagram for itself. */
    public FlowDriver play(Conversation conversation) {
        return play(conversation, isOfDatagrams() ? Feeding.DATAGRAMS : Feeding.WHOLE);
    }

    public FlowDriver play(Conversation conversation, Feeding feeding) {
        FlowDriver driver = new FlowDriver(conversation);
        for (Step step : steps) {
            if (!step.isGap()) {
                feeding.feed(driver, step);
            } else if (!isOfDatagrams()) {
                driver.gap(step.isRequest(), step.gap());
            }
        }
        driver.end();
        return driver;
    }

    /** Plays the flow without the bytes {@code [from, to)} of one direction's stream. */
    public FlowDriver playWithout(Conversation conversation, boolean cutRequests, long from, long to, Feeding feeding) {
        FlowDriver driver = new FlowDriver(conversation);
        long at = 0;
        for (Step step : steps) {
            int length = step.bytes().length;
            long total = length == 0 ? step.gap() : length;
            if (step.isRequest() != cutRequests || length == 0) {
                if (length == 0) {
                    driver.gap(step.isRequest(), step.gap());
                } else {
                    feeding.feed(driver, step);
                }
                at += step.isRequest() == cutRequests ? total : 0;
                continue;
            }
            int first = (int) Math.max(0, Math.min(length, from - at));
            int last = (int) Math.max(first, Math.min(length, to - at));
            if (first > 0) {
                feeding.feed(driver, step.with(Arrays.copyOf(step.bytes(), first)));
            }
            if (last > first) {
                driver.gap(cutRequests, last - first);
            }
            if (last < length) {
                feeding.feed(driver, step.with(Arrays.copyOfRange(step.bytes(), last, length)));
            }
            at += length;
        }
        driver.end();
        return driver;
    }

    public long streamLength(boolean ofRequests) {
        return steps.stream()
                .filter(step -> step.isRequest() == ofRequests)
                .mapToLong(Step::length)
                .sum();
    }

    @Override
    public String toString() {
        return name;
    }
}
