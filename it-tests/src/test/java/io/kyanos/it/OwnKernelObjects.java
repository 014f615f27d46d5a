package io.kyanos.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The BPF programs, maps and links that this very process holds. Each lives in the kernel as long as somebody holds it. */
final class OwnKernelObjects {

    private static final Pattern ID = Pattern.compile("(?m)^(prog|map|link)_id:\\s+(\\d+)$");
    private static final Pattern LISTED = Pattern.compile("(?m)^(\\d+): ");

    private OwnKernelObjects() {}

    /** Their kinds and numbers in the kernel, as {@code map 17}. */
    static Set<String> held() {
        Set<String> numbers = new HashSet<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fdinfo"))) {
            for (Path descriptor : descriptors.toList()) {
                for (Matcher id = ID.matcher(readIfThere(descriptor)); id.find(); ) {
                    numbers.add(id.group(1) + " " + id.group(2));
                }
            }
            return numbers;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those of everybody on this machine, in the same words. */
    static Set<String> ofTheMachine() {
        Set<String> numbers = new HashSet<>();
        for (String kind : new String[] {"prog", "map", "link"}) {
            String listed = Commands.run("bpftool", kind, "show").expectSuccess();
            for (Matcher id = LISTED.matcher(listed); id.find(); ) {
                numbers.add(kind + " " + id.group(1));
            }
        }
        return numbers;
    }

    private static String readIfThere(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException ignored) {
            // closed while we looked
            return "";
        }
    }
}
