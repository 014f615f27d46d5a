package io.kyanos.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** Prints what runs. */
@Command(
        name = "version",
        mixinStandardHelpOptions = true,
        versionProvider = VersionCommand.class,
        description = "Print the version and what it runs on.")
final class VersionCommand implements Callable<Integer>, IVersionProvider {

    private final @Nullable Assembly assembly;

    VersionCommand(Assembly assembly) {
        this.assembly = assembly;
    }

    /** For the {@code --version} flag, which is printed by its parser. */
    VersionCommand() {
        assembly = null;
    }

    @Override
    public Integer call() {
        if (assembly != null) {
            PrintWriter out = assembly.outWriter();
            for (String line : getVersion()) {
                out.println(line);
            }
        }
        return 0;
    }

    @Override
    public String[] getVersion() {
        BuildInfo build = BuildInfo.read();
        return new String[] {
            "kyanos " + build.version() + " (revision " + build.revision() + ")",
            "Java " + System.getProperty("java.version") + ", " + System.getProperty("os.name") + " "
                    + System.getProperty("os.version") + " " + System.getProperty("os.arch")
        };
    }

    /** What the build wrote down. */
    record BuildInfo(String version, String revision) {

        static BuildInfo read() {
            return new BuildInfo(property("version"), property("revision"));
        }

        private static String property(String name) {
            Properties properties = new Properties();
            try (InputStream in = VersionCommand.class.getResourceAsStream("/kyanos-" + name + ".properties")) {
                if (in != null) {
                    properties.load(in);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return properties.getProperty(name, "unknown");
        }
    }
}
