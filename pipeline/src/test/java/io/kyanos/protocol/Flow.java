package io.kyanos.protocol;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A fixture: what both directions of one connection sent, and the records that must come of it. */
public record Flow(String name, String protocol, List<Step> steps, List<String> expected) {

    /** Bytes or, if {@code bytes} is empty, a gap of {@code gap} bytes. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    public record Step(boolean isRequest, byte[] bytes, long gap) {}

    /** All fixtures of the test resources. */
    public static List<Flow> all() {
        URL folder = Flow.class.getResource("/flows");
        if (folder == null) {
            throw new IllegalStateException("no folder flows among the test resources");
        }
        try (Stream<Path> files = Files.walk(Path.of(new URI(folder.toString())))) {
            return files.filter(file -> file.toString().endsWith(".flow"))
                    .sorted()
                    .map(Flow::read)
                    .toList();
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("list " + folder, e);
        }
    }

    public static List<Flow> of(String protocol) {
        return all().stream().filter(flow -> flow.protocol().equals(protocol)).toList();
    }

    private static Flow read(Path file) {
        String protocol = "";
        List<Step> steps = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        try {
            for (String raw : Files.readAllLines(file)) {
                String line = raw.strip();
                if (line.isEmpty() || line.startsWith("#")) {
                    continue;
                }
                if (line.startsWith("protocol ")) {
                    protocol =
                            line.substring("protocol ".length()).split(",")[0].strip();
                } else if (line.startsWith("expect ")) {
                    expected.add(expectation(line.substring("expect ".length())));
                } else if (line.startsWith("@")) {
                    step(line.substring(line.indexOf(' ')).strip(), steps);
                } else {
                    throw new IllegalArgumentException(file + ": " + line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Flow(file.getFileName().toString(), protocol, steps, expected);
    }

    private static String expectation(String line) {
        String[] parts = line.split("\\|", -1);
        return parts[0].strip() + " | " + parts[1].strip() + " | " + parts[2].strip();
    }

    private static void step(String line, List<Step> steps) {
        if (line.startsWith("gap")) {
            String[] words = line.split("\\s+");
            steps.add(new Step(words[1].equals(">"), new byte[0], Long.parseLong(words[2])));
        } else if (line.startsWith(">") || line.startsWith("<")) {
            String content = line.substring(1).strip();
            byte[] bytes = content.startsWith("hex") ? hex(content.substring(3)) : text(content);
            steps.add(new Step(line.startsWith(">"), bytes, 0));
        }
    }

    private static byte[] hex(String digits) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String pair : digits.strip().split("\\s+")) {
            bytes.write(Integer.parseInt(pair, 16));
        }
        return bytes.toByteArray();
    }

    private static byte[] text(String quoted) {
        StringBuilder text = new StringBuilder();
        for (int i = 1; quoted.charAt(i) != '"'; i++) {
            char c = quoted.charAt(i);
            if (c != '\\') {
                text.append(c);
                continue;
            }
            char escaped = quoted.charAt(++i);
            switch (escaped) {
                case 'r' -> text.append('\r');
                case 'n' -> text.append('\n');
                case 't' -> text.append('\t');
                case 'x' -> {
                    text.append((char) Integer.parseInt(quoted.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> text.append(escaped);
            }
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    /** How the steps are fed. */
    @FunctionalInterface
    public interface Feeding {
        void feed(FlowDriver driver, Step step);

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

    public FlowDriver play(Conversation conversation, Feeding feeding) {
        FlowDriver driver = new FlowDriver(conversation);
        for (Step step : steps) {
            if (step.bytes().length == 0) {
                driver.gap(step.isRequest(), step.gap());
            } else {
                feeding.feed(driver, step);
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
                feeding.feed(driver, new Step(cutRequests, Arrays.copyOf(step.bytes(), first), 0));
            }
            if (last > first) {
                driver.gap(cutRequests, last - first);
            }
            if (last < length) {
                feeding.feed(driver, new Step(cutRequests, Arrays.copyOfRange(step.bytes(), last, length), 0));
            }
            at += length;
        }
        driver.end();
        return driver;
    }

    public long streamLength(boolean ofRequests) {
        return steps.stream()
                .filter(step -> step.isRequest() == ofRequests)
                .mapToLong(step -> step.bytes().length == 0 ? step.gap() : step.bytes().length)
                .sum();
    }

    @Override
    public String toString() {
        return name;
    }
}
