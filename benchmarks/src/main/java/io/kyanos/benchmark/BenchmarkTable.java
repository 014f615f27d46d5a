package io.kyanos.benchmark;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the benchmarks that JMH's own arguments choose, and prints a line for each: time, CPU and memory per operation. */
public final class BenchmarkTable {

    private static final String ALLOCATED = "gc.alloc.rate.norm";
    private static final String ROW = "%-52s %10s %10s %10s %8s%n";

    private BenchmarkTable() {}

    public static void main(String[] arguments) throws CommandLineOptionException, RunnerException {
        CommandLineOptions given = new CommandLineOptions(arguments);
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .parent(given)
                        .addProfiler(GCProfiler.class)
                        .addProfiler(ProcessCpuProfiler.class)
                        .build())
                .run();
        System.out.println();
        System.out.printf(ROW, "benchmark", "ns/op", "least", "cpu ns/op", "B/op");
        results.forEach(BenchmarkTable::print);
    }

    private static void print(RunResult run) {
        Result<?> time = run.getPrimaryResult();
        System.out.printf(
                Locale.ROOT,
                ROW,
                name(run.getParams()),
                figure(time.getScore()),
                figure(time.getStatistics().getMin()),
                secondary(run, ProcessCpuProfiler.LABEL),
                secondary(run, ALLOCATED));
    }

    private static String secondary(RunResult run, String name) {
        Result<?> result = run.getSecondaryResults().get(name);
        return result == null ? "-" : figure(result.getScore());
    }

    private static String figure(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
    }

    /** Class and method without the package, and the parameters. */
    private static String name(BenchmarkParams params) {
        String name = params.getBenchmark();
        int method = name.lastIndexOf('.');
        String parameters =
                params.getParamsKeys().stream().map(params::getParam).collect(Collectors.joining(", "));
        String shortName = name.substring(name.lastIndexOf('.', method - 1) + 1);
        return parameters.isEmpty() ? shortName : shortName + " " + parameters;
    }
}
