package io.kyanos.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigRenderOptions;
import io.kyanos.KnownKeys;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints the effective settings. */
@Command(
        name = "config",
        description = "Print the effective settings as HOCON, each with its meaning.",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        footerHeading = "%nExamples:%n",
        footer = {
            "  kyanos config                              the defaults",
            "  kyanos config --config my.conf --origins   and where each value comes from"
        })
final class ConfigCommand implements Callable<Integer> {

    @Option(names = "--origins", description = "Say where each value comes from.")
    boolean origins;

    private final Assembly assembly;
    private final KyanosCommand root;

    ConfigCommand(Assembly assembly, KyanosCommand root) {
        this.assembly = assembly;
        this.root = root;
    }

    @Override
    public Integer call() {
        Config config = Configuration.explained(root.config());
        ConfigRenderOptions options =
                ConfigRenderOptions.defaults().setJson(false).setComments(true).setOriginComments(origins);
        PrintWriter out = assembly.outWriter();
        out.print(config.withOnlyPath(KnownKeys.ROOT).root().render(options));
        out.flush();
        return 0;
    }
}
