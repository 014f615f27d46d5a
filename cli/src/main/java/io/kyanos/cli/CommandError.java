package io.kyanos.cli;

import com.typesafe.config.ConfigException;
import io.kyanos.bridge.BpfException;
import io.kyanos.bridge.NativeLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/** What the user sees when a command cannot go on: one line, perhaps with the place below it, and the exit code. */
record CommandError(int exitCode, String message) {

    static final int ENVIRONMENT = 1;
    static final int USAGE = 2;

    private static final String HINT = ". Hint: ";
    private static final String OUR_PACKAGES = "io.kyanos.";

    static CommandError of(Throwable problem) {
        Throwable cause = withoutWrapping(problem);
        if (cause instanceof UsageException usage) {
            return new CommandError(USAGE, line(cause) + usage.place());
        }
        if (cause instanceof CommandLine.ParameterException parameter) {
            return new CommandError(USAGE, usage(parameter));
        }
        if (cause instanceof ConfigException) {
            return new CommandError(USAGE, configuration(line(cause)));
        }
        if (cause instanceof BpfException) {
            return new CommandError(ENVIRONMENT, withDoctor(line(cause)));
        }
        if (cause instanceof IOException io) {
            return new CommandError(ENVIRONMENT, io(io));
        }
        if (cause instanceof Error error) {
            return new CommandError(ENVIRONMENT, error(error));
        }
        boolean meantForUsers = cause.getClass().getName().startsWith(OUR_PACKAGES)
                || cause instanceof IllegalArgumentException
                || cause instanceof IllegalStateException;
        return meantForUsers && cause.getMessage() != null
                ? new CommandError(ENVIRONMENT, line(cause))
                : new CommandError(
                        ENVIRONMENT,
                        "internal error: " + withoutClassNames(line(cause)) + ". Hint: " + Main.DEBUG
                                + " shows where, for a report.");
    }

    /** The reader of a pipe has gone. */
    static boolean isBrokenPipe(Throwable problem) {
        Throwable cause = withoutWrapping(problem);
        return cause instanceof IOException
                && cause.getMessage() != null
                && cause.getMessage().toLowerCase(Locale.ROOT).contains("broken pipe");
    }

    private static Throwable withoutWrapping(Throwable problem) {
        Throwable cause = problem;
        while (cause.getCause() != null
                && (cause instanceof CompletionException
                        || cause instanceof ExecutionException
                        || cause instanceof UncheckedIOException
                        || cause instanceof ExceptionInInitializerError
                        || cause instanceof CommandLine.ExecutionException)) {
            cause = cause.getCause();
        }
        return cause;
    }

    /* What the machine refuses, the doctor explains. */
    private static String withDoctor(String message) {
        return message + (message.contains(HINT) ? "; for more, run 'kyanos doctor'" : HINT + "run 'kyanos doctor'");
    }

    private static String usage(CommandLine.ParameterException problem) {
        String command = problem.getCommandLine().getCommandSpec().qualifiedName();
        String help = " Hint: " + command + " --help shows what there is.";
        if (problem instanceof CommandLine.UnmatchedArgumentException unmatched) {
            String argument = unmatched.getUnmatched().get(0);
            Optional<String> advice = FormerFlags.advice(argument, behind(argument, problem))
                    .or(() -> isProtocol(argument, problem.getCommandLine()))
                    .or(() -> belongsElsewhere(argument, problem.getCommandLine()))
                    .or(() -> choosesRecords(argument, problem.getCommandLine()));
            if (advice.isPresent()) {
                return advice.get();
            }
            Optional<String> near = nearest(argument, unmatched);
            String kind = argument.startsWith("-") ? "unknown option: " : "unknown argument: ";
            return kind
                    + argument
                    + near.map(name -> ". Hint: did you mean " + name + "?").orElse("." + help);
        }
        String message = line(problem);
        return message.substring(0, 1).toLowerCase(Locale.ROOT) + message.substring(1) + "." + help;
    }

    /* The same but for dashes and case, as in --loglevel; else what the parser thinks. */
    private static Optional<String> nearest(String argument, CommandLine.UnmatchedArgumentException problem) {
        return problem.getCommandLine().getCommandSpec().optionsMap().keySet().stream()
                .filter(name -> name.replace("-", "").equalsIgnoreCase(argument.replace("-", "")))
                .findFirst()
                .or(() -> problem.getSuggestions().stream().findFirst());
    }

    private static @Nullable String behind(String argument, CommandLine.ParameterException problem) {
        List<String> typed = problem.getCommandLine().getParseResult().originalArgs();
        int at = typed.indexOf(argument);
        return at >= 0 && at + 1 < typed.size() ? typed.get(at + 1) : null;
    }

    /* The name of a protocol without a command, which means watch. */
    private static Optional<String> isProtocol(String argument, CommandLine command) {
        return ProtocolNames.of(argument).isPresent()
                        && !command.getSubcommands().isEmpty()
                ? Optional.of(argument + ": belongs after the command. Hint: kyanos watch " + argument)
                : Optional.empty();
    }

    /* A flag before its command, or without one, which means watch. */
    private static Optional<String> belongsElsewhere(String argument, CommandLine command) {
        String name = argument.contains("=") ? argument.substring(0, argument.indexOf('=')) : argument;
        return command.getSubcommands().values().stream()
                .map(CommandLine::getCommandSpec)
                .sorted(Comparator.comparing(spec -> !spec.name().equals("watch")))
                .filter(spec -> spec.optionsMap().containsKey(name))
                .findFirst()
                .map(spec -> name + ": belongs after the command. Hint: " + spec.qualifiedName() + " " + name + " ...");
    }

    /* Only watch and exporter have records; the others would have to leave such a flag out in silence. */
    private static Optional<String> choosesRecords(String argument, CommandLine command) {
        String name = argument.contains("=") ? argument.substring(0, argument.indexOf('=')) : argument;
        if (!(command.getCommand() instanceof RecordCommand) || !FilterOptions.choosesRecords(name)) {
            return Optional.empty();
        }
        return Optional.of(name + ": chooses records, but a recording holds events, and records are made when it is"
                + " read. Hint: kyanos watch --input FILE " + name + " ...");
    }

    /* "reference.conf @ jar:file:...: 12: Invalid value at 'kyanos.x': 3 (expected: ...)" becomes "kyanos.x: 3 (expected: ...)" with
     * the place kept where it is the user's own. */
    private static String configuration(String message) {
        return message.replaceAll("Invalid value at '([^']*)': ", "$1: ")
                .replaceFirst("^--set: \\d+: ", "--set: ")
                .replaceFirst("^(reference\\.conf|kyanos-pekko\\.conf) @ \\S+: \\d+: ", "");
    }

    private static String io(IOException problem) {
        if (problem instanceof NoSuchFileException missing) {
            return "open " + missing.getFile() + ": no such file or directory";
        }
        if (problem instanceof AccessDeniedException denied) {
            return "open " + denied.getFile() + ": permission denied";
        }
        if (problem instanceof FileSystemException file) {
            String reason = file.getReason();
            return "open " + file.getFile() + ": " + (reason == null ? "refused" : reason);
        }
        return line(problem);
    }

    private static String error(Error problem) {
        String what = "run kyanos: " + problem.getClass().getSimpleName() + ": " + line(problem) + HINT;
        if (problem instanceof LinkageError) {
            return what + "its jars and libkyanos.so are not of one version; install them together, and leave out -D"
                    + NativeLibrary.PATH_PROPERTY;
        }
        if (problem instanceof OutOfMemoryError) {
            return what + "give it more memory, as by JAVA_OPTS=-Xmx1g";
        }
        return what + Main.DEBUG + " shows where, for a report.";
    }

    private static String line(Throwable problem) {
        @Nullable String message = problem.getMessage();
        return message == null || message.isBlank()
                ? problem.getClass().getSimpleName()
                : message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    private static String withoutClassNames(String message) {
        return message.replaceAll("([\\w$]+\\.)*(\\w+)Exception\\b", "$2");
    }
}
