package io.kyanos.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The manual page of one command, in the man macros of roff, from what the command line parser knows of it. The same command gives
 * the same bytes: no date, no version.
 */
final class ManualPage {

    private static final String SECTION = "1";

    private final CommandSpec command;
    private final StringBuilder out = new StringBuilder();

    private ManualPage(CommandSpec command) {
        this.command = command;
    }

    /** Pages of a command and those below it, by the names of their files, as {@code kyanos-watch.1}. */
    static void collect(CommandSpec command, Map<String, String> pages) {
        pages.put(name(command) + "." + SECTION, new ManualPage(command).page());
        for (CommandLine below : command.subcommands().values()) {
            if (!below.getCommandSpec().usageMessage().hidden()
                    && !(below.getCommand() instanceof CommandLine.HelpCommand)) {
                collect(below.getCommandSpec(), pages);
            }
        }
    }

    private static String name(CommandSpec command) {
        return command.qualifiedName("-");
    }

    private String page() {
        String name = name(command);
        line(".TH " + name.toUpperCase(Locale.ROOT) + " " + SECTION + " \"\" kyanos");
        line(".SH NAME");
        line(escape(name) + " \\- " + escape(withoutStop(summary(command))));
        line(".SH SYNOPSIS");
        line(".B " + escape(command.qualifiedName()));
        line(synopsis());
        line(".SH DESCRIPTION");
        line(escape(description()));
        parameters();
        options("OPTIONS", own(command.options()));
        for (ArgGroupSpec group : command.argGroups()) {
            options(heading(group.heading()), group.allOptionsNested());
        }
        commands();
        examples();
        line(".SH EXIT STATUS");
        row("0", "Success, also when interrupted.");
        row("1", "The system refused something; the message says what, and what helps.");
        row("2", "A flag, a setting or the command was wrong.");
        files();
        seeAlso();
        return out.toString();
    }

    /* What the list of commands in --help says, too. */
    private static String summary(CommandSpec spec) {
        String[] header = spec.usageMessage().header();
        String[] lines = header.length > 0 ? header : spec.usageMessage().description();
        return lines.length == 0 ? "" : rendered(lines[0]);
    }

    private String description() {
        return rendered(command.usageMessage().description());
    }

    private String synopsis() {
        StringBuilder synopsis = new StringBuilder();
        if (!command.options().isEmpty()) {
            synopsis.append("[\\fIOPTIONS\\fR]");
        }
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            String label = "\\fI" + escape(parameter.paramLabel()) + "\\fR";
            synopsis.append(' ').append(parameter.required() ? label : "[" + label + "]");
        }
        if (!command.subcommands().isEmpty()) {
            synopsis.append(" [\\fICOMMAND\\fR]");
        }
        return synopsis.toString().strip();
    }

    private void parameters() {
        if (command.positionalParameters().isEmpty()) {
            return;
        }
        line(".SH ARGUMENTS");
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            row("\\fI" + escape(parameter.paramLabel()) + "\\fR", escape(rendered(parameter.description())));
        }
    }

    /* Those of groups have sections of their own. */
    private static List<OptionSpec> own(List<OptionSpec> options) {
        return options.stream().filter(option -> option.group() == null).toList();
    }

    private void options(String heading, List<OptionSpec> options) {
        List<OptionSpec> shown = new ArrayList<>(options);
        shown.removeIf(OptionSpec::hidden);
        shown.sort(Comparator.comparing(OptionSpec::longestName));
        if (shown.isEmpty()) {
            return;
        }
        line(".SH " + heading);
        for (OptionSpec option : shown) {
            List<String> names = new ArrayList<>();
            for (String name : option.names()) {
                names.add("\\fB" + escape(name) + "\\fR");
            }
            String value = option.arity().max() > 0 ? " \\fI" + escape(option.paramLabel()) + "\\fR" : "";
            row(String.join(", ", names) + value, escape(rendered(option.description())));
        }
    }

    private void commands() {
        if (command.subcommands().isEmpty()) {
            return;
        }
        line(".SH COMMANDS");
        command.subcommands().forEach((name, below) -> {
            CommandSpec spec = below.getCommandSpec();
            if (!spec.usageMessage().hidden()) {
                row("\\fB" + escape(name) + "\\fR", escape(summary(spec)));
            }
        });
    }

    private void examples() {
        if (command.usageMessage().footer().length == 0) {
            return;
        }
        line(".SH EXAMPLES");
        line(".nf");
        for (String example : command.usageMessage().footer()) {
            line(escape(example.strip()));
        }
        line(".fi");
    }

    private void files() {
        if (command != command.root()) {
            return;
        }
        line(".SH FILES");
        row("/etc/kyanos/application.conf", "Settings of the service.");
        row(
                "/usr/share/doc/kyanos",
                escape("README.md and the pages: metrics, filters, configuration, what is lost or not read, and more."
                        + " In the unpacked archive the folder docs."));
        row(
                "/usr/share/doc/kyanos/examples",
                escape("A recording to try with --input (shop.kyanos), settings, alerts, a dashboard."));
    }

    private void seeAlso() {
        List<String> others = new ArrayList<>();
        CommandSpec root = command.root();
        if (command == root) {
            root.subcommands().forEach((name, below) -> {
                if (!below.getCommandSpec().usageMessage().hidden()
                        && !(below.getCommand() instanceof CommandLine.HelpCommand)) {
                    others.add(".BR " + escape(root.name() + "-" + name) + " (" + SECTION + ")");
                }
            });
        } else {
            others.add(".BR " + escape(root.name()) + " (" + SECTION + ")");
        }
        line(".SH SEE ALSO");
        line(String.join(" ,\n", others));
    }

    private void row(String term, String meaning) {
        line(".TP");
        line(term);
        line(meaning.isEmpty() ? "\\&" : meaning);
    }

    private void line(String text) {
        out.append(text).append('\n');
    }

    private static String heading(String heading) {
        String text = heading == null ? "" : heading.replace("%n", "").strip();
        return escape(withoutColon(text)).toUpperCase(Locale.ROOT);
    }

    private static String withoutColon(String text) {
        return text.endsWith(":") ? text.substring(0, text.length() - 1) : text;
    }

    private static String withoutStop(String text) {
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    /* picocli takes its texts for formats. */
    private static String rendered(String... texts) {
        return String.join(" ", texts)
                .replace("%n", " ")
                .replace("%%", "%")
                .strip()
                .replaceAll(" +", " ");
    }

    /** Text as roff prints it unchanged. */
    private static String escape(String text) {
        String escaped = text.replace("\\", "\\e").replace("-", "\\-");
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    }
}
