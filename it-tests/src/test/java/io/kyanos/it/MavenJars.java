package io.kyanos.it;

import java.nio.file.Path;

/** Jars that a test wants beside those of the build, as another version of a driver. Where they cannot be had, the test is skipped. */
final class MavenJars {

    private static final String COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

    private MavenJars() {}

    /**
     * Copies a jar into a folder, without what it depends on.
     *
     * @param artifact {@code group:name:version}
     */
    static Path copy(Path folder, String artifact) {
        Commands.Result had = Commands.run(
                Path.of("..", "mvnw").toString(),
                "-q",
                "-B",
                "-f",
                Path.of("..", "pom.xml").toString(),
                "-N",
                COPY,
                "-Dartifact=" + artifact,
                "-DoutputDirectory=" + folder.toAbsolutePath());
        if (had.exitCode() != 0) {
            Requires.abort(Requires.SKIPPED + "machine cannot get " + artifact + ": " + had.output());
        }
        String[] words = artifact.split(":");
        return folder.resolve(words[1] + "-" + words[2] + ".jar");
    }
}
