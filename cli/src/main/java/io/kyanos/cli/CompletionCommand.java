package io.kyanos.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the script by which a shell completes commands and flags. */
@Command(
        name = "completion",
        description = "Print the script by which a shell completes commands and flags.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        footerHeading = "%nExamples:%n",
        footer = {
            "  source <(kyanos completion bash)    in this shell; in ~/.bashrc for all",
            "  source <(kyanos completion zsh)     likewise, in ~/.zshrc"
        })
final class CompletionCommand implements Callable<Integer> {

    /** Shells; the script is one that both understand. */
    enum Shell {
        bash,
        zsh
    }

    @Parameters(index = "0", paramLabel = "SHELL", description = "bash or zsh.")
    Shell shell = Shell.bash;

    @Spec
    CommandSpec spec = CommandSpec.create();

    private final Assembly assembly;

    CompletionCommand(Assembly assembly) {
        this.assembly = assembly;
    }

    @Override
    public Integer call() {
        assembly.outWriter().println(script(spec.root()));
        return 0;
    }

    static String script(CommandSpec root) {
        return AutoComplete.bash(root.name(), root.commandLine());
    }
}
