package io.kyanos.cli.doctor;

import io.kyanos.capture.HookResult;
import io.kyanos.capture.StepResult;
import java.io.PrintWriter;
import java.util.List;
import java.util.stream.Collectors;

/** A diagnosis for people: at most {@value #COLUMNS} columns, coloured only where asked. */
public final class TextReport {

    static final int COLUMNS = 100;

    private static final String INDENT = "  ";
    private static final int STATUS_COLUMNS = 10;
    private static final String RESET = "\u001b[0m";

    private final PrintWriter out;
    private final boolean coloured;
    private final boolean withLogs;
    private int nameColumns;

    /**
     * @param coloured statuses have colours
     * @param withLogs the verifier's words are shown
     */
    public TextReport(PrintWriter out, boolean coloured, boolean withLogs) {
        this.out = out;
        this.coloured = coloured;
        this.withLogs = withLogs;
    }

    /** Prints all of it and flushes. */
    public void print(Diagnosis diagnosis) {
        nameColumns = diagnosis.checks().stream()
                        .mapToInt(check -> check.name().length())
                        .max()
                        .orElse(0)
                + 2;
        out.println("kyanos doctor: " + diagnosis.verdict());
        String group = "";
        for (Check check : diagnosis.checks()) {
            if (!check.group().equals(group)) {
                group = check.group();
                heading(group);
            }
            line(check.status(), check.name(), check.finding(), check.advice());
        }
        heading("programs");
        diagnosis.steps().forEach(this::step);
        for (ProcessDiagnosis process : diagnosis.processes()) {
            heading("process " + process.pid() + (process.name().isEmpty() ? "" : " (" + process.name() + ")") + ": "
                    + process.summary());
            process.checks().forEach(check -> line(check.status(), check.name(), check.finding(), check.advice()));
        }
        out.println();
        out.println("capabilities needed: " + PrivilegeChecks.joined(diagnosis.needed()));
        out.flush();
    }

    private void step(StepResult result) {
        line(Diagnosis.statusOf(result), result.step().name(), finding(result), Advice.on(result));
        if (!result.isTaken() && !result.isUntried()) {
            wrapped("lost: " + result.step().lost());
            if (withLogs) {
                result.hooks().forEach(this::log);
            }
        }
    }

    /** The hook that was taken, and those refused before it; without one, all of them. */
    private static String finding(StepResult result) {
        if (result.isUntried()) {
            return where(result.hooks().get(0)) + ": not tried, as the capture was refused before";
        }
        String refused = result.hooks().stream()
                .filter(hook -> !hook.error().isEmpty())
                .map(hook -> where(hook) + ": " + hook.error())
                .collect(Collectors.joining("; "));
        return result.hooks().stream()
                .filter(HookResult::isTaken)
                .findFirst()
                .map(taken -> where(taken) + (refused.isEmpty() ? "" : "; not " + refused))
                .orElse(refused);
    }

    private static String where(HookResult result) {
        return result.hook().place() + " (" + result.hook().program() + ")";
    }

    private void log(HookResult result) {
        result.log().lines().forEach(line -> out.println(INDENT + INDENT + line));
    }

    private void heading(String text) {
        out.println();
        wrap("", text);
    }

    private void line(Status status, String name, String finding, String advice) {
        String label = status.label();
        String padded = " ".repeat(STATUS_COLUMNS - label.length());
        String first = INDENT + (coloured ? colour(status) + label + RESET : label) + padded;
        List<String> lines = Lines.of(name + " ".repeat(Math.max(1, nameColumns - name.length())), finding, room());
        out.println(first + lines.get(0));
        lines.stream().skip(1).forEach(this::continuation);
        if (!advice.isEmpty()) {
            wrapped(advice);
        }
    }

    private void wrapped(String text) {
        Lines.of("", text, room() - nameColumns).forEach(line -> continuation(" ".repeat(nameColumns) + line));
    }

    private void continuation(String line) {
        out.println((INDENT + " ".repeat(STATUS_COLUMNS) + line).stripTrailing());
    }

    private void wrap(String first, String text) {
        Lines.of(first, text, COLUMNS).forEach(out::println);
    }

    private int room() {
        return COLUMNS - INDENT.length() - STATUS_COLUMNS;
    }

    private static String colour(Status status) {
        return switch (status) {
            case OK -> "\u001b[32m";
            case DEGRADED -> "\u001b[33m";
            case FAILED -> "\u001b[31m";
        };
    }
}
