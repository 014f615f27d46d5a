package io.kyanos.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Model.CommandSpec;

/** Writes what a package installs along with the program: the completion script and the manual pages. Run by the build. */
public final class ShellFiles {

    private ShellFiles() {}

    /** Takes one argument, the folder to write {@code completion} and {@code man} into. */
    public static void main(String[] args) throws IOException {
        write(Path.of(args[0]));
    }

    static void write(Path folder) throws IOException {
        CommandSpec root = Main.commandLine(Assembly.production()).getCommandSpec();
        Path completion = Files.createDirectories(folder.resolve("completion"));
        Files.writeString(completion.resolve(root.name() + ".bash"), CompletionCommand.script(root));
        Map<String, String> pages = new TreeMap<>();
        ManualPage.collect(root, pages);
        Path manual = Files.createDirectories(folder.resolve("man"));
        for (Map.Entry<String, String> page : pages.entrySet()) {
            Files.writeString(manual.resolve(page.getKey()), page.getValue());
        }
    }
}
