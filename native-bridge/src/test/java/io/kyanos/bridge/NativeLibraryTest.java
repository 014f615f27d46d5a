package io.kyanos.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeLibraryTest {

    private static final String NAME =
            "linux-" + NativeLibrary.architecture(System.getProperty("os.arch")) + "/libkyanos.so";
    private static final Path BUILT = Path.of("target/classes/META-INF/native", NAME);

    @Test
    void namesThePackageOfAMissingDependency() {
        assertThat(NativeLibrary.explain(
                        "libkyanos.so",
                        "/tmp/x/libkyanos.so: libbpf.so.1: cannot open shared object file: No such file or directory"))
                .isEqualTo("load libkyanos.so: libbpf.so.1 is missing. Hint: apt-get install libbpf1");
        assertThat(NativeLibrary.explain("libkyanos.so", "libelf.so.1: cannot open shared object file: x"))
                .endsWith("apt-get install libelf1");
        assertThat(NativeLibrary.explain("libkyanos.so", "wrong ELF class")).endsWith(": wrong ELF class");
    }

    @Test
    void refusesALibraryThatIsNotTheBuilds() {
        assertThatExceptionOfType(BpfException.class)
                .isThrownBy(() -> NativeLibrary.check(Path.of("x.so"), new byte[] {1}, "00"))
                .withMessageContaining("x.so: SHA-256 4bf5122f")
                .withMessageContaining("(expected: 00, recorded by the build)");
    }

    @Test
    void saysThatALibraryIsOfAnotherVersion(@TempDir Path folder) throws Exception {
        String built = Files.readString(BUILT, StandardCharsets.ISO_8859_1);
        Path other = folder.resolve("other.so");
        Files.writeString(other, built.replace("readerWakeup", "readerAwaken"), StandardCharsets.ISO_8859_1);
        try (URLClassLoader one = apart()) {

            assertThatThrownBy(() -> load(one, other))
                    .hasRootCauseInstanceOf(NoSuchMethodError.class)
                    .cause()
                    .hasMessageStartingWith("load " + other + ": NoSuchMethodError: ")
                    .hasMessageContaining("readerAwaken")
                    .hasMessageEndingWith(
                            ". Hint: it is of another version than kyanos; install both together, and name"
                                    + " none by -Dkyanos.native.path");
            assertThatThrownBy(() -> load(one, other))
                    .as("the second attempt")
                    .hasRootCauseInstanceOf(NoSuchMethodError.class);
            assertThatThrownBy(() -> possibleCpus(one))
                    .as("what was registered before it was refused")
                    .hasRootCauseInstanceOf(UnsatisfiedLinkError.class);
        }
    }

    @Test
    void recordsTheDigestOfTheLibraryItBuilt() throws IOException {
        String recorded =
                Files.readString(BUILT.resolveSibling("libkyanos.so.sha256")).strip();

        NativeLibrary.check(BUILT, Files.readAllBytes(BUILT), recorded);

        assertThat(recorded).hasSize(64);
    }

    @Test
    void worksInSeveralClassLoadersFromTheJar() throws Exception {
        try (URLClassLoader one = apart();
                URLClassLoader other = apart()) {
            assertThat(possibleCpus(one)).isEqualTo(Kernel.possibleCpus());
            assertThat(possibleCpus(other)).isEqualTo(Kernel.possibleCpus());
            assertThat(one.loadClass(NativeLibrary.class.getName()))
                    .isNotSameAs(other.loadClass(NativeLibrary.class.getName()));
        }
    }

    @Test
    void saysThatAnotherClassLoaderHasTheFile(@TempDir Path folder) throws Exception {
        Path copy = Files.copy(BUILT, folder.resolve("copy.so"));
        try (URLClassLoader one = apart();
                URLClassLoader other = apart()) {
            load(one, copy);

            assertThatThrownBy(() -> load(other, copy))
                    .hasRootCauseInstanceOf(UnsatisfiedLinkError.class)
                    .cause()
                    .hasMessage("load libkyanos.so: another class loader of this process has loaded it."
                            + " Hint: let one that both share load kyanos, or name a copy by -Dkyanos.native.path");
        }
    }

    @Test
    void loadsOnlyOnce(@TempDir Path folder) throws IOException {
        NativeLibrary.load();
        NativeLibrary.load();
        Path other = Files.copy(BUILT, folder.resolve("other.so"));

        assertThatIllegalStateException().isThrownBy(() -> NativeLibrary.load(other));
    }

    @Test
    void loadsFromThePropertyFromNextToTheJarAndFromTheClasses(@TempDir Path folder) throws Exception {
        Path jar = folder.resolve("bridge.jar");
        run(List.of(
                Path.of(System.getProperty("java.home"), "bin/jar").toString(),
                "cf",
                jar.toString(),
                "-C",
                "target/classes",
                "."));
        Path property = Files.copy(BUILT, folder.resolve("mine.so"));

        assertThat(load(jar, "-Dkyanos.native.path=" + property)).contains("mine.so loaded");
        assertThat(load(jar)).containsPattern("kyanos[0-9]+/libkyanos.so loaded");
        assertThat(load(Path.of("target/classes"))).containsPattern("kyanos[0-9]+/libkyanos.so loaded");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).as("extracted files are gone").containsExactlyInAnyOrder(jar, property);
        }

        Path neighbour = folder.resolve("native").resolve(NAME);
        Files.createDirectories(neighbour.getParent());
        Files.copy(BUILT, neighbour);
        assertThat(load(jar)).contains(neighbour + " loaded");
        Files.writeString(neighbour, "not the library");
        assertThat(load(jar)).contains("SHA-256").contains("recorded by the build");
        assertThat(load(jar, "-Dkyanos.native.path=/nonexistent.so")).contains("/nonexistent.so: no such file");
    }

    /** What a new JVM says that uses the bridge from {@code classes}. */
    private static String load(Path classes, String... options) throws Exception {
        List<String> command = Stream.of(
                        Stream.of(Path.of(System.getProperty("java.home"), "bin/java")
                                .toString()),
                        Stream.of("-Djava.io.tmpdir=" + classes.toAbsolutePath().getParent()),
                        Stream.of(options),
                        Stream.of("-cp", classes + ":target/test-classes:" + System.getProperty("java.class.path")),
                        Stream.of(UseTheBridge.class.getName()))
                .flatMap(part -> part)
                .toList();
        return run(command);
    }

    private static String run(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return said;
    }

    /** The program of the new JVM. */
    static final class UseTheBridge {
        private UseTheBridge() {}

        public static void main(String[] arguments) {
            Kernel.possibleCpus();
            System.out.println(NativeLibrary.loadedFile().orElseThrow() + " loaded");
        }
    }

    @Test
    void saysThatItNeedsLinux() {
        assertThatExceptionOfType(BpfException.class)
                .isThrownBy(() -> NativeLibrary.requireLinux("Mac OS X"))
                .withMessage("load libkyanos.so: this is Mac OS X (expected: Linux)");
    }

    /** Has our classes for itself; what they need it shares. */
    private static URLClassLoader apart() throws IOException {
        URL ours = Path.of("target/classes").toUri().toURL();
        return new URLClassLoader(new URL[] {ours}, NativeLibraryTest.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (!name.startsWith("io.kyanos.")) {
                    return super.loadClass(name, resolve);
                }
                synchronized (getClassLoadingLock(name)) {
                    Class<?> loaded = findLoadedClass(name);
                    return loaded == null ? findClass(name) : loaded;
                }
            }
        };
    }

    private static Object possibleCpus(ClassLoader loader) throws ReflectiveOperationException {
        return loader.loadClass(Kernel.class.getName())
                .getMethod("possibleCpus")
                .invoke(null);
    }

    private static void load(ClassLoader loader, Path file) throws ReflectiveOperationException {
        loader.loadClass(NativeLibrary.class.getName())
                .getMethod("load", Path.class)
                .invoke(null, file);
    }
}
