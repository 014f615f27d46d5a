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
        description = "Print the script with which a shell completes commands and flags.",
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

    /*
     * picocli's functions expect a flag and its value in two words. zsh has --side=cl in one, bash in three, as it divides
     * at the sign unless COMP_WORDBREAKS says otherwise.
     */
    private static final String FLAGS_WITH_VALUES = """

            function _complete_NAME_words() {
              local word before="" prefix="" at=0
              local -a words all
              words=()
              for word in "${COMP_WORDS[@]}"; do
                prefix=""
                if [[ "$word" = --*=* ]]; then
                  prefix=${word%%=*}=
                  words+=("${word%%=*}" "${word#*=}")
                elif [ "$word" != "=" ]; then
                  words+=("$word")
                elif [[ "$before" != --* ]]; then
                  COMPREPLY=()
                  return
                elif [ $at = $COMP_CWORD ]; then
                  words+=("")
                fi
                before=$word
                [ $at != $COMP_CWORD ] || break
                at=$((at + 1))
              done
              local -a COMP_WORDS
              COMP_WORDS=("${words[@]}")
              local COMP_CWORD=$((${#words[@]} - 1))
              _complete_NAME
              all=()
              for word in "${COMPREPLY[@]}"; do
                all+=("$prefix$word")
              done
              COMPREPLY=("${all[@]}")
            }
            complete -F _complete_NAME_words -o default NAME
            """;

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
        return AutoComplete.bash(root.name(), root.commandLine()) + FLAGS_WITH_VALUES.replace("NAME", root.name());
    }
}
