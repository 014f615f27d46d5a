package io.kyanos.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The BPF object that the tests load, and what they make it do. */
final class Specimen implements AutoCloseable {

    static final String WRITER = "write_calls";

    private static final long BPF_CALL = System.getProperty("os.arch").equals("aarch64") ? 280 : 321;
    private static final byte[] ABSENT = new byte[Long.BYTES];

    final BpfObject object;

    private Specimen(BpfObject object) {
        this.object = object;
    }

    /** An opened object whose writer answers to this process, with only the writer to be loaded. */
    static Specimen open() {
        int tgid = ownTgid();
        Specimen specimen = openUntouched();
        specimen.loadOnly(WRITER);
        specimen.object.setConstant("wanted_tgid", tgid);
        specimen.object.setConstant("wanted_call", BPF_CALL);
        return specimen;
    }

    static Specimen openUntouched() {
        assumeTracing();
        return new Specimen(BpfObject.open(bytes("bridge_test.bpf.o"), "bridge_test.bpf.o"));
    }

    static void assumeTracing() {
        assumeTrue(Capability.missingForTracing().isEmpty(), "needs CAP_BPF and CAP_PERFMON");
        assumeTrue(Kernel.hasBtf(), "needs a kernel with BTF");
    }

    void loadOnly(String... programs) {
        for (ProgramDescription program : object.programs()) {
            object.setAutoload(program.name(), List.of(programs).contains(program.name()));
        }
    }

    Specimen loadAndAttach() {
        assertThat(object.load()).isEmpty();
        assertThat(object.attach(WRITER)).matches(ProgramResult::isOk);
        return this;
    }

    /** Makes exactly {@code count} system calls that the writer answers. */
    void call(int count) {
        BpfMap table = object.map("table");
        byte[] value = new byte[table.valueBytes()];
        for (int i = 0; i < count; i++) {
            table.lookup(ABSENT, value);
        }
    }

    RingReader.Ring ring(String map) {
        return new RingReader.Ring(object, map);
    }

    RingReader.SleepFlag flag() {
        return new RingReader.SleepFlag(object, "reader_asleep");
    }

    RingReader reader() {
        return RingReader.open(List.of(ring("records")), List.of(flag()));
    }

    long written() {
        return object.map("counts").sumPerCpu(0)[0];
    }

    long lost() {
        return object.map("counts").sumPerCpu(0)[1];
    }

    @Override
    public void close() {
        object.close();
    }

    /** Our own process as the kernel numbers it, which differs in a pid namespace. */
    private static int ownTgid() {
        try (Specimen specimen = openUntouched()) {
            specimen.loadOnly("list_tasks");
            specimen.object.load();
            return tasks(specimen.object).get(0)[2];
        }
    }

    /** Tgid, tid and the reading process's tgid, of each task. */
    static List<int[]> tasks(BpfObject object) {
        ByteBuffer ids = ByteBuffer.wrap(object.readIterator("list_tasks")).order(ByteOrder.LITTLE_ENDIAN);
        List<int[]> tasks = new ArrayList<>();
        while (ids.hasRemaining()) {
            tasks.add(new int[] {ids.getInt(), ids.getInt(), ids.getInt()});
        }
        return tasks;
    }

    static byte[] bytes(String name) {
        try (InputStream in = Specimen.class.getResourceAsStream("/META-INF/bpf/" + name)) {
            assertThat(in).as(name).isNotNull();
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static long openDescriptors() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
