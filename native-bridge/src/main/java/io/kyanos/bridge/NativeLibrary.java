package io.kyanos.bridge;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds and loads {@code libkyanos.so}, once per class loader: the file named by the system property {@value
 * #PATH_PROPERTY} or by {@link #load(Path)}; else {@code native/linux-ARCH/libkyanos.so} next to our jar, as a package
 * installs it; else the copy in the jar, through a directory that only this user may enter and that is removed at once.
 * The last two must have the SHA-256 that the build recorded. The JVM lets one class loader load a file: with several,
 * copies in jars work side by side, and a second one that finds the same file gets an error that says so.
 */
public final class NativeLibrary {

    /** System property: the library file to load, unchecked. */
    public static final String PATH_PROPERTY = "kyanos.native.path";

    private static final Logger log = LoggerFactory.getLogger(NativeLibrary.class);
    private static final String FILE = "libkyanos.so";
    private static final List<Dependency> DEPENDENCIES = List.of(
            new Dependency("libbpf.so.1", "libbpf1"),
            new Dependency("libelf.so.1", "libelf1"),
            new Dependency("libz.so.1", "zlib1g"));

    private static @Nullable Path loaded;

    private record Dependency(String file, String debianPackage) {}

    private NativeLibrary() {}

    /**
     * Loads by property, neighbourhood or jar; does nothing when loaded.
     *
     * @throws BpfException when there is none, it is not the build's, it cannot be linked, or this is not Linux
     */
    public static synchronized void load() {
        if (loaded != null) {
            return;
        }
        requireLinux(System.getProperty("os.name", ""));
        String configured = System.getProperty(PATH_PROPERTY);
        if (configured != null) {
            load(Path.of(configured));
            return;
        }
        String name = "linux-" + architecture(System.getProperty("os.arch", "")) + "/" + FILE;
        String digest = recordedDigest(name);
        Path neighbour = nextToJar(name);
        if (neighbour != null) {
            check(neighbour, read(neighbour), digest);
            loadFile(neighbour);
        } else {
            loadExtracted(name, digest);
        }
    }

    /**
     * Loads this very file.
     *
     * @throws IllegalStateException when another one is loaded
     */
    public static synchronized void load(Path file) {
        Path absolute = file.toAbsolutePath().normalize();
        if (loaded == null) {
            if (!Files.isRegularFile(absolute)) {
                throw new BpfException("load " + absolute + ": no such file. Hint: see " + PATH_PROPERTY, 2, "");
            }
            loadFile(absolute);
        } else if (!loaded.equals(absolute)) {
            throw new IllegalStateException("load " + absolute + ": " + loaded + " is loaded");
        }
    }

    /** The file that was loaded; one in a temporary directory is gone again. Empty when none is loaded yet. */
    public static synchronized Optional<Path> loadedFile() {
        return Optional.ofNullable(loaded);
    }

    static void requireLinux(String osName) {
        if (!osName.equals("Linux")) {
            throw new BpfException("load " + FILE + ": this is " + osName + " (expected: Linux)", 0, "");
        }
    }

    static String architecture(String osArch) {
        return switch (osArch.toLowerCase(Locale.ROOT)) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64", "arm64" -> "aarch64";
            default -> osArch;
        };
    }

    /** The dynamic linker's complaint as something the user can act on. */
    static String explain(String file, String complaint) {
        if (complaint.contains("already loaded in another classloader")) {
            return "load " + file
                    + ": another class loader of this process has loaded it. Hint: let one that both share load"
                    + " kyanos, or name a copy by -D" + PATH_PROPERTY;
        }
        for (Dependency dependency : DEPENDENCIES) {
            if (complaint.contains(dependency.file() + ": cannot open shared object file")) {
                return "load " + file + ": " + dependency.file() + " is missing. Hint: apt-get install "
                        + dependency.debianPackage();
            }
        }
        return "load " + file + ": " + complaint;
    }

    static void check(Path file, byte[] content, String expected) {
        String actual = sha256(content);
        if (!actual.equals(expected)) {
            throw new BpfException(
                    "load " + file + ": SHA-256 " + actual + " (expected: " + expected + ", recorded by the build)",
                    0,
                    "");
        }
    }

    private static void loadFile(Path file) {
        try {
            System.load(file.toString());
        } catch (UnsatisfiedLinkError e) {
            loaded = null; // see below
            throw new BpfException(explain(FILE, String.valueOf(e.getMessage())), e);
        } catch (LinkageError e) {
            /* The library initialises our class of natives, which calls here: within the first attempt a second one succeeds. */
            loaded = null;
            throw new BpfException(
                    "load " + file + ": " + e.getClass().getSimpleName() + ": " + e.getMessage()
                            + ". Hint: it is of another version than kyanos; install both together, and name none by -D"
                            + PATH_PROPERTY,
                    e);
        }
        loaded = file;
        log.debug("native library {} loaded", file);
    }

    private static void loadExtracted(String name, String digest) {
        Path directory = null;
        Path file = null;
        try {
            byte[] content = resource(name);
            directory = Files.createTempDirectory("kyanos"); // created with mode 0700
            file = directory.resolve(FILE);
            Files.write(file, content);
            check(file, content, digest);
            loadFile(file);
        } catch (IOException e) {
            throw new BpfException("extract " + FILE + ": " + e, e);
        } finally {
            delete(file);
            delete(directory);
        }
    }

    private static void delete(@Nullable Path path) {
        try {
            if (path != null) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            log.debug("temporary {} stays: {}", path, e.toString());
        }
    }

    private static @Nullable Path nextToJar(String name) {
        CodeSource source = NativeLibrary.class.getProtectionDomain().getCodeSource();
        try {
            if (source == null || source.getLocation() == null) {
                return null;
            }
            Path jar = Path.of(source.getLocation().toURI());
            Path file = jar.resolveSibling("native").resolve(name);
            return Files.isRegularFile(jar) && Files.isRegularFile(file) ? file : null;
        } catch (URISyntaxException | IllegalArgumentException ignored) {
            return null; // our classes are not in a file: nothing is next to them
        }
    }

    private static String recordedDigest(String name) {
        try {
            return new String(resource(name + ".sha256"), StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            throw new BpfException("read the recorded SHA-256 of " + FILE + ": " + e, e);
        }
    }

    private static byte[] resource(String name) throws IOException {
        String path = "/META-INF/native/" + name;
        try (InputStream in = NativeLibrary.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new BpfException("find " + path + ": this build has none for this machine", 0, "");
            }
            return in.readAllBytes();
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new BpfException("read " + file + ": " + e, e);
        }
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256: every JDK has it", e);
        }
    }
}
