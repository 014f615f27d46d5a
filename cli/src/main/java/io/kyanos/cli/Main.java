package io.kyanos.cli;

import java.io.IOException;
import java.util.List;
import picocli.CommandLine;

/** The command {@code kyanos}. */
public final class Main {

    static final String DEBUG = "--debug";

    private static final int HELP_WIDTH = 100;

    private Main() {}

    public static void main(String[] args) {
        System.exit(run(Assembly.production(), args));
    }

    /**
     * Runs one command to its end and returns the exit code: 0 well, 1 refused by the environment, 2 wrongly used, 3 {@code doctor} with
     * losses.
     */
    public static int run(Assembly assembly, String... args) {
        KyanosCommand root = new KyanosCommand(assembly);
        CommandLine commandLine = commandLine(assembly, root);
        boolean debug = List.of(args).contains(DEBUG) || List.of(args).contains("-d");
        commandLine.setParameterExceptionHandler((problem, ignored) -> complain(assembly, problem, debug));
        commandLine.setExecutionExceptionHandler((problem, ignored, parsed) -> complain(assembly, problem, debug));
        CommandLine.IExecutionStrategy last = new CommandLine.RunLast();
        commandLine.setExecutionStrategy(parsed -> {
            setUp(root.logging, parsed);
            return last.execute(parsed);
        });
        try {
            return commandLine.execute(args);
        } catch (Error e) {
            /* Uncaught it would end this thread alone, and those of the actor system would go on without a command. */
            return complain(assembly, e, debug);
        }
    }

    private static void setUp(Logging logging, CommandLine.ParseResult parsed) {
        try {
            logging.apply();
        } catch (IOException | UsageException e) {
            throw new CommandLine.ExecutionException(parsed.commandSpec().commandLine(), "log", e);
        }
    }

    /** All commands, put together and not yet run. */
    static CommandLine commandLine(Assembly assembly) {
        return commandLine(assembly, new KyanosCommand(assembly));
    }

    private static CommandLine commandLine(Assembly assembly, KyanosCommand root) {
        CommandLine commandLine = new CommandLine(root)
                .addSubcommand(ExporterCommand.line(assembly, root))
                .addSubcommand(WatchCommand.line(assembly, root))
                .addSubcommand(new DoctorCommand(assembly, root))
                .addSubcommand(new RecordCommand(assembly, root))
                .addSubcommand(new ConfigCommand(assembly, root))
                .addSubcommand(new HashPasswordCommand(assembly))
                .addSubcommand(new CompletionCommand(assembly))
                .addSubcommand(new VersionCommand(assembly))
                .addSubcommand(new CommandLine.HelpCommand());
        commandLine.setOut(assembly.outWriter());
        commandLine.setErr(assembly.errWriter());
        commandLine.setColorScheme(CommandLine.Help.defaultColorScheme(
                assembly.coloured() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
        commandLine.setUsageHelpWidth(HELP_WIDTH);
        commandLine.setAbbreviatedOptionsAllowed(false);
        commandLine
                .getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec().usageMessage().abbreviateSynopsis(true));
        return commandLine;
    }

    private static int complain(Assembly assembly, Throwable problem, boolean debug) {
        CommandError error = CommandError.of(problem);
        assembly.tell(error.message());
        if (debug) {
            problem.printStackTrace(assembly.errWriter());
        }
        return error.exitCode();
    }
}
