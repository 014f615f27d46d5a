package io.kyanos.cli;

import io.kyanos.cli.screen.Screen;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a line of the exporter's file of passwords. The password is typed or piped, and never an argument, which others see. */
@Command(
        name = "hash-password",
        description = "Read a password, print a line for the exporter's --auth-file.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        footerHeading = "%nExamples:%n",
        footer = {
            "  kyanos hash-password prometheus --append-to users   asks for it twice",
            "  kyanos hash-password prometheus < secret > users    reads the first line"
        })
final class HashPasswordCommand implements Callable<Integer> {

    private static final int DEFAULT_COST = 10;
    private static final int MIN_COST = 8;
    private static final int MAX_COST = 16;

    @Parameters(index = "0", paramLabel = "USER", description = "Whose password it is; without a colon.")
    String user = "";

    @Option(
            names = "--cost",
            paramLabel = "N",
            description = "How hard guessing is made, 8 to 16; each step takes twice as long. By default 10.")
    @Nullable
    String cost;

    @Option(
            names = "--append-to",
            paramLabel = "FILE",
            description = "Write the line there; a new file is readable by its owner only. By default it is printed.")
    @Nullable
    Path file;

    private final Assembly assembly;

    HashPasswordCommand(Assembly assembly) {
        this.assembly = assembly;
    }

    @Override
    public Integer call() throws IOException {
        if (user.isBlank() || user.indexOf(':') >= 0) {
            throw new UsageException("user", user, "a name without a colon");
        }
        int chosenCost = cost == null
                ? DEFAULT_COST
                : FlagValues.number("--cost", cost, MIN_COST, MAX_COST, MIN_COST + " to " + MAX_COST);
        byte[] password = Screen.isTerminal(0) ? typed() : piped();
        if (password.length == 0 || password.length > PasswordFile.MAX_PASSWORD_BYTES) {
            throw new UsageException(
                    "password: " + password.length + " bytes (expected: 1 to " + PasswordFile.MAX_PASSWORD_BYTES + ")");
        }
        String line = PasswordFile.line(user, password, chosenCost);
        Arrays.fill(password, (byte) 0);
        if (file == null) {
            assembly.outWriter().println(line);
        } else {
            append(file, line + "\n");
        }
        return 0;
    }

    private static void append(Path file, String line) throws IOException {
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static byte[] piped() throws IOException {
        @Nullable String line = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        return line == null ? new byte[0] : line.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] typed() {
        if (!Screen.isTerminal(1)) {
            throw new UsageException(
                    "password: nowhere to ask for it, as the output goes elsewhere. Hint: --append-to FILE.");
        }
        Console console = Objects.requireNonNull(System.console(), "console");
        byte[] once = bytes(console.readPassword("Password: "));
        byte[] again = bytes(console.readPassword("Again: "));
        if (!Arrays.equals(once, again)) {
            throw new UsageException("password: not the same twice");
        }
        return once;
    }

    private static byte[] bytes(char @Nullable [] typed) {
        if (typed == null) {
            return new byte[0];
        }
        ByteBuffer encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(typed));
        Arrays.fill(typed, ' ');
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return bytes;
    }
}
