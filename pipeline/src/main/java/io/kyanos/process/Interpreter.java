package io.kyanos.process;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A program that runs a script: its names, and how it gets the script. Immutable. */
/*
 * Doubt: an option that is unknown here may have a value, which would pass for the script, and may be a secret. Behind one, only
 * a file with the interpreter's own extension is taken for the script.
 *
 * Titles: a program that has written over its arguments shows one text there, like "gunicorn: master [shop]". It has blanks
 * or a colon where the interpreter's name should be, and nothing is read from it.
 */
final class Interpreter {
    static final Interpreter PYTHON = new Interpreter(
            "python[0-9.]*t?|pypy[0-9.]*",
            "py|pyc|pyz|pyw",
            InterpreterOptions.NONE
                    .withValue("WXQ")
                    .withCode("c")
                    .withModule("m")
                    .withLongValues("--check-hash-based-pycs"));

    static final Interpreter NODE = new Interpreter(
            "node(js)?[0-9]*",
            "js|mjs|cjs|ts|mts|cts",
            InterpreterOptions.NONE
                    .withValue("rC")
                    .withCode("ep")
                    .withLongCode("--(eval|print|test|run)")
                    .withLongValues(
                            "--(require|import|loader|experimental-loader|conditions|env-file|env-file-if-exists"
                                    + "|input-type|title|icu-data-dir|openssl-config|tls-cipher-list|unhandled-rejections"
                                    + "|dns-result-order|max-http-header-size|disable-warning|redirect-warnings"
                                    + "|trace-event-categories|report-dir|report-filename|diagnostic-dir|watch-path"
                                    + "|inspect-port|stack-trace-limit)")
                    .withLongFlags(
                            "--(no-.*|enable-.*|trace-.*|preserve-symlinks.*|inspect|inspect-brk|inspect-wait"
                                    + "|expose-gc|watch|throw-deprecation|pending-deprecation|prof|cpu-prof|heap-prof"
                                    + "|use-(bundled|openssl|system)-ca|experimental-[a-z-]*(modules|types|fetch|vm-modules))"));

    static final Interpreter RUBY = new Interpreter(
            "[jt]?ruby[0-9.]*",
            "rb|ru",
            InterpreterOptions.NONE
                    .withValue("IrCE")
                    .withRest("FKTWxil0")
                    .withCode("e")
                    .withLongValues("--(encoding|external-encoding|internal-encoding|enable|disable)")
                    .withLongFlags("--([yrm]?jit|verbose|debug|(enable|disable)-.*)"));

    static final Interpreter PERL = new Interpreter(
            "perl[0-9.]*(-.*)?",
            "pl|cgi|psgi",
            InterpreterOptions.NONE.withValue("I").withRest("MmxCDFil0V").withCode("eE"));

    static final Interpreter PHP = new Interpreter(
            "php[0-9.]*",
            "php|phar",
            InterpreterOptions.NONE.withValue("cdStz").withCode("rBRE").withScript("f"));

    static final Interpreter SHELL = new Interpreter(
            "sh|bash|dash|ash|zsh|[mlo]?ksh[0-9]*",
            "sh|bash|zsh|ksh",
            InterpreterOptions.NONE
                    .withValue("oO")
                    .withCode("cs")
                    .withLongValues("--(rcfile|init-file)")
                    .withLongFlags("--(norc|noprofile|posix|login|verbose|restricted|noediting)"));

    static final List<Interpreter> ALL = List.of(PYTHON, NODE, RUBY, PERL, PHP, SHELL);

    private static final Pattern MODULE = Pattern.compile("\\w+(\\.\\w+)*");

    private final Pattern program;
    private final Pattern script;
    private final InterpreterOptions options;

    private Interpreter(String program, String extensions, InterpreterOptions options) {
        this.program = Pattern.compile(program);
        this.script = Pattern.compile(".*\\.(" + extensions + ")");
        this.options = options;
    }

    /** By the program's file, or, where one file is many programs, by what that was started as. */
    static Optional<Interpreter> of(String file, String startedAs) {
        return Stream.of(file, startedAs)
                .flatMap(name ->
                        ALL.stream().filter(one -> one.program.matcher(name).matches()))
                .findFirst();
    }

    /** The file name of the script, or the module; none where the command line tells none. */
    Optional<String> nameOf(List<String> arguments) {
        if (arguments.isEmpty() || isTitle(arguments.get(0))) {
            return Optional.empty();
        }
        boolean inDoubt = false;
        for (int i = 1; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("--")) {
                return i + 1 < arguments.size() ? script(arguments.get(i + 1), inDoubt) : Optional.empty();
            }
            if (!isOption(argument)) {
                return script(argument, inDoubt);
            }
            InterpreterOptions.Meaning meaning = options.of(argument);
            switch (meaning.kind()) {
                case CODE -> {
                    return Optional.empty();
                }
                case SCRIPT, MODULE -> {
                    String value = meaning.value().isEmpty() && i + 1 < arguments.size()
                            ? arguments.get(i + 1)
                            : meaning.value();
                    return meaning.kind() == InterpreterOptions.Kind.MODULE ? module(value) : script(value, inDoubt);
                }
                case VALUE_FOLLOWS -> i++;
                case ALONE -> {}
                case UNKNOWN -> inDoubt = true;
            }
        }
        return Optional.empty();
    }

    private boolean isTitle(String first) {
        String name = first.substring(first.lastIndexOf('/') + 1);
        return !program.matcher(name).matches() && first.matches("(?s).*[\\s:].*");
    }

    private boolean isOption(String argument) {
        return argument.startsWith("-") || (this == SHELL && argument.startsWith("+"));
    }

    /* What comes by a descriptor or from a device has no name. */
    private Optional<String> script(String path, boolean inDoubt) {
        if (path.startsWith("/dev/")
                || path.startsWith("/proc/")
                || (inDoubt && !script.matcher(path).matches())) {
            return Optional.empty();
        }
        return Optional.of(path.substring(path.lastIndexOf('/') + 1));
    }

    private static Optional<String> module(String name) {
        return MODULE.matcher(name).matches() ? Optional.of(name) : Optional.empty();
    }
}
