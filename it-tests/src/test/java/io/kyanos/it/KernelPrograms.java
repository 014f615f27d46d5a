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

/** What stands in the kernel of our programs, by their ids. Others on this machine may run captures too. */
final class KernelPrograms {

    private static final Pattern LINE =
            Pattern.compile("(?m)^(\\d+): \\w+ +name (on_\\w+|dump_\\w+|sweep_\\w+|review_\\w+|presume_\\w+) ");
    private static final Pattern HELD = Pattern.compile("(?m)^prog_id:\\s+(\\d+)$");

    private KernelPrograms() {}

    /** All with our names. */
    static Set<Integer> loaded() {
        return numbers(LINE, Commands.run("bpftool", "prog", "show").expectSuccess());
    }

    /** Those that a process holds. */
    static Set<Integer> heldBy(long pid) {
        Set<Integer> held = new HashSet<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fdinfo"))) {
            for (Path descriptor : descriptors.toList()) {
                held.addAll(numbers(HELD, readIfThere(descriptor)));
            }
        } catch (IOException | UncheckedIOException ignored) {
            // the process has ended
        }
        return held;
    }

    /** Those with our names that no process holds: left behind. */
    static Set<Integer> leftBehind() {
        Set<Integer> left = loaded();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            processes
                    .map(process -> process.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .forEach(pid -> left.removeAll(heldBy(Long.parseLong(pid))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return left;
    }

    private static String readIfThere(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException ignored) {
            // closed while we looked
            return "";
        }
    }

    private static Set<Integer> numbers(Pattern pattern, String text) {
        Set<Integer> numbers = new HashSet<>();
        for (Matcher matcher = pattern.matcher(text); matcher.find(); ) {
            numbers.add(Integer.parseInt(matcher.group(1)));
        }
        return numbers;
    }
}
