package io.kyanos.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root: what all commands share. Alone it says which commands there are. */
@Command(
        name = "kyanos",
        description = "Shows every request that the programs of this machine exchange, and where its time went.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        synopsisSubcommandLabel = "[COMMAND]",
        footerHeading = "%nExamples:%n",
        footer = {
            "  kyanos watch                        show every request",
            "  kyanos watch redis --latency 1ms    show Redis requests of a millisecond or more",
            "  kyanos exporter                     serve metrics on 127.0.0.1:9410",
            "  kyanos doctor                       say what this machine allows"
        })
final class KyanosCommand implements Callable<Integer> {

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description =
                    "Settings in HOCON, from a file or a pipe like /dev/stdin; what it leaves out keeps its default.",
            scope = ScopeType.INHERIT)
    @Nullable
    Path configFile;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting; overrides -Dkyanos.KEY in JAVA_OPTS and the file. May be repeated.",
            scope = ScopeType.INHERIT)
    List<String> sets = new ArrayList<>();

    @Mixin
    Logging logging = new Logging();

    @Spec
    @Nullable
    CommandSpec spec;

    private final Assembly assembly;

    KyanosCommand(Assembly assembly) {
        this.assembly = assembly;
    }

    @Override
    public Integer call() {
        if (spec != null) {
            spec.commandLine().usage(assembly.outWriter());
        }
        return 0;
    }

    /** The effective settings, checked. */
    Config config() {
        Config config = withPekkoLevel(Configuration.load(configFile, sets, System.getProperties()));
        try {
            assembly.settingsReaders().forEach(reader -> reader.accept(config));
        } catch (ConfigException.WrongType e) {
            throw Configuration.withValue(e, config);
        } catch (IllegalArgumentException e) {
            throw new UsageException("settings: " + e.getMessage());
        }
        return config;
    }

    private Config withPekkoLevel(Config config) {
        @Nullable String level = logging.pekkoLevel();
        return level == null
                ? config
                : config.withValue("pekko.loglevel", ConfigValueFactory.fromAnyRef(level, "--log-level"));
    }
}
