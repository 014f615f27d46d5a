package io.kyanos.cli;

import com.typesafe.config.Config;
import io.kyanos.capture.CaptureSettings;
import io.kyanos.cli.doctor.Diagnosis;
import io.kyanos.cli.doctor.Doctor;
import io.kyanos.cli.doctor.JsonReport;
import io.kyanos.cli.doctor.ProcessFilter;
import io.kyanos.cli.doctor.TextReport;
import io.kyanos.process.NamingSettings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Says whether capture can work here, and why a process is or is not seen. */
@Command(
        name = "doctor",
        description = "Say whether capture can work on this machine, what stands in its way, and what would be lost.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:capture works",
            "1:capture cannot work",
            "2:the command line or a setting is wrong",
            "3:capture works, with losses"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  kyanos doctor                          what works and what does not",
            "  kyanos doctor --pid 1234               and why process 1234 is or is not seen",
            "  kyanos doctor --json | jq .status      the same for programs"
        })
final class DoctorCommand implements Callable<Integer> {

    @Option(names = "--json", description = "Write one JSON object instead, with every fact.")
    boolean json;

    @Option(
            names = "--pid",
            paramLabel = "PID",
            description = "Say why these processes are or are not seen: 1234,5678.")
    List<String> looked = new ArrayList<>();

    @Option(
            names = {"-p", "--pids"},
            paramLabel = "PID",
            description = "As if this filter had been given to a capture.")
    List<String> pids = new ArrayList<>();

    @Option(names = "--comm", paramLabel = "NAME", description = "As if this filter had been given to a capture.")
    List<String> comm = new ArrayList<>();

    private final Assembly assembly;
    private final KyanosCommand root;

    DoctorCommand(Assembly assembly, KyanosCommand root) {
        this.assembly = assembly;
        this.root = root;
    }

    @Override
    public Integer call() throws IOException {
        List<Integer> processes =
                FlagValues.numbers("--pid", looked, FlagValues.MAX_PID, "process ids of 1 to 4194304, like 1234,5678")
                        .stream()
                        .sorted()
                        .toList();
        ProcessFilter filter = filter();
        Config config = root.config();
        CaptureSettings settings = CaptureSettings.of(config);
        Diagnosis diagnosis =
                Doctor.ofThisMachine(settings, NamingSettings.of(config)).examine(processes, settings, filter);
        if (json) {
            JsonReport.write(diagnosis, VersionCommand.BuildInfo.read().version(), assembly.out());
        } else {
            new TextReport(assembly.outWriter(), assembly.coloured(), root.logging.debug).print(diagnosis);
        }
        return diagnosis.exitCode();
    }

    private ProcessFilter filter() {
        Set<Integer> wanted =
                FlagValues.numbers("--pids", pids, FlagValues.MAX_PID, "process ids of 1 to 4194304, like 1234,5678");
        Set<String> names = FlagValues.list("--comm", comm, "executables' file names, like nginx,curl");
        return new ProcessFilter(wanted, names);
    }
}
