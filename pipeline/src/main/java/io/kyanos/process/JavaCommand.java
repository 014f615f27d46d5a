package io.kyanos.process;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the command line of a JVM as its launcher does, up to the word that says what it runs. */
/*
 * Not read: files of arguments, @FILE, as the observer may be allowed to read more than the observed. Whether the main class
 * stands in one is then unknown, and an argument of the program might pass for it: after @FILE, and after an option that is
 * unknown here and may have a value, only what is surely one is taken. JDK_JAVA_OPTIONS needs no look: the launcher refuses
 * a main class in it.
 */
final class JavaCommand {

    /** Their value is the next argument. */
    private static final Set<String> WITH_VALUE = Set.of(
            "-cp",
            "-classpath",
            "--class-path",
            "-p",
            "--module-path",
            "--upgrade-module-path",
            "--add-modules",
            "--limit-modules",
            "--add-exports",
            "--add-opens",
            "--add-reads",
            "--patch-module",
            "--enable-native-access",
            "--source");

    /** They stand for themselves. Whatever begins with one dash does so, too. */
    private static final Set<String> WITHOUT_VALUE = Set.of(
            "--enable-preview",
            "--show-version",
            "--show-module-resolution",
            "--validate-modules",
            "--dry-run",
            "--disable-@files");

    /** Nothing is run. */
    private static final Set<String> INSTEAD =
            Set.of("-version", "--version", "-help", "--help", "-h", "-?", "--list-modules", "--describe-module", "-d");

    private static final Pattern CLASS =
            Pattern.compile("[\\p{L}_$][\\p{L}\\p{N}_$]*([./][\\p{L}_$][\\p{L}\\p{N}_$]*)*");
    private static final Pattern SURELY_CLASS =
            Pattern.compile("([\\p{L}_$][\\p{L}\\p{N}_$]*\\.)+\\p{Lu}[\\p{L}\\p{N}_$]*");
    private static final String MODULE = "--module=";

    private JavaCommand() {}

    static boolean isJava(String program) {
        return program.equals("java");
    }

    /** The last part of the main class, the jar's file name, or the module; none where the command line tells none. */
    static Optional<String> nameOf(List<String> arguments) {
        boolean isJar = false;
        boolean inDoubt = false;
        for (int i = 1; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.startsWith("@") || argument.isEmpty()) {
                inDoubt = true;
            } else if (!argument.startsWith("-")) {
                return isJar ? jar(argument, inDoubt) : mainClass(argument, inDoubt);
            } else if (argument.equals("-jar")) {
                isJar = true;
            } else if (argument.equals("-m") || argument.equals("--module")) {
                return i + 1 < arguments.size() ? module(arguments.get(i + 1)) : Optional.empty();
            } else if (argument.startsWith(MODULE)) {
                return module(argument.substring(MODULE.length()));
            } else if (INSTEAD.contains(argument)) {
                return Optional.empty();
            } else if (WITH_VALUE.contains(argument)) {
                i++;
            } else if (argument.startsWith("--") && !argument.contains("=") && !WITHOUT_VALUE.contains(argument)) {
                inDoubt = true;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> jar(String file, boolean inDoubt) {
        return inDoubt && !file.endsWith(".jar") ? Optional.empty() : Optional.of(lastOf(file, '/'));
    }

    private static Optional<String> mainClass(String word, boolean inDoubt) {
        if (word.endsWith(".java")) {
            return Optional.of(lastOf(word, '/'));
        }
        return (inDoubt ? SURELY_CLASS : CLASS).matcher(word).matches()
                ? Optional.of(lastOf(word.replace('/', '.'), '.'))
                : Optional.empty();
    }

    private static Optional<String> module(String word) {
        if (!CLASS.matcher(word).matches()) {
            return Optional.empty();
        }
        return Optional.of(word.contains("/") ? lastOf(word.replace('/', '.'), '.') : word);
    }

    private static String lastOf(String word, char divider) {
        return word.substring(word.lastIndexOf(divider) + 1);
    }
}
