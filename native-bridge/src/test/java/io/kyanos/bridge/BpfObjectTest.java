package io.kyanos.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BpfObjectTest {

    private static final int ENOENT = 2;
    private static final int EACCES = 13;

    @Test
    void listsProgramsInTheOrderOfTheObject() {
        try (Specimen specimen = Specimen.openUntouched()) {
            assertThat(specimen.object.programs())
                    .extracting(ProgramDescription::name)
                    .contains("write_calls", "list_tasks", "refused_by_verifier");
            assertThat(specimen.object.programs())
                    .contains(new ProgramDescription("list_tasks", "iter/task", true))
                    .contains(new ProgramDescription("never_asked", "raw_tp/sys_exit", false));
        }
    }

    @Test
    void loadsAndAttachesTheRestWhenTheKernelRefusesSome() {
        try (Specimen specimen = Specimen.openUntouched()) {
            List<ProgramResult> refused = specimen.object.load();
            List<ProgramResult> attached = specimen.object.attachAll();

            assertThat(refused).extracting(ProgramResult::program).contains("refused_by_verifier");
            assertThat(attached)
                    .filteredOn(ProgramResult::isOk)
                    .extracting(ProgramResult::program)
                    .contains("write_calls");
            assertThat(attached).extracting(ProgramResult::program).doesNotContain("never_asked", "list_tasks");
            ProgramResult atAttach = resultOf("refused_at_attach", attached);
            assertThat(atAttach.stage()).isEqualTo(ProgramResult.Stage.ATTACH);
            assertThat(atAttach.errno()).isEqualTo(ENOENT);
            assertThat(atAttach.error()).isEqualTo("ENOENT: No such file or directory");
            assertThat(atAttach.log()).contains("kyanos_no_such_function");
            ProgramResult atLoad = resultOf("refused_by_verifier", attached);
            assertThat(atLoad.stage()).isEqualTo(ProgramResult.Stage.LOAD);
            assertThat(atLoad.errno()).isEqualTo(EACCES);
            assertThat(atLoad.log()).contains("invalid mem access");
            assertThat(attached).containsAll(refused);
        }
    }

    @Test
    void keepsWhatWasSetWhenItLoadsAgainWithoutARefusedProgram() {
        try (Specimen specimen = Specimen.open();
                Specimen other = Specimen.open()) {
            other.object.load();
            specimen.loadOnly("write_calls", "refused_by_verifier");
            specimen.object.setConstant("discard_every", 77);
            specimen.object.setMaxEntries("records", 1 << 16);
            specimen.object.setMaxEntries("table", 5);
            specimen.object.reuseMap("prefixes", other.object, "prefixes");

            assertThat(specimen.object.load()).hasSize(1);

            assertThat(specimen.object.variable("discard_every").readU32()).isEqualTo(77);
            assertThat(specimen.object.map("records").maxEntries()).isEqualTo(1 << 16);
            assertThat(specimen.object.map("table").maxEntries()).isEqualTo(5);
            byte[] key = {24, 0, 0, 0, 10, 0, 0, 0};
            other.object.map("prefixes").update(key, new byte[] {1, 2, 3, 4});
            assertThat(specimen.object.map("prefixes").lookup(key)).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void setsConstantsOfEveryWidth() {
        try (Specimen specimen = Specimen.open()) {
            BpfObject object = specimen.object;
            object.setConstant("wanted_call", 0x1122334455667788L);
            object.setConstant("record_bytes", 0xfffffff0L);
            object.setConstant("discard_every", -1);
            object.setConstant("to_second", true);
            object.setConstant("knob_bytes", new byte[] {1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0});
            specimen.loadOnly();
            object.load();

            assertThat(object.variable("wanted_call").readU64()).isEqualTo(0x1122334455667788L);
            assertThat(object.variable("record_bytes").readU32()).isEqualTo(0xfffffff0);
            assertThat(object.variable("discard_every").readU32()).isEqualTo(-1);
            assertThat(object.variable("to_second").bytes()).isEqualTo(1);
            assertThat(object.variable("knob_bytes").readU32(4)).isEqualTo(2);
        }
    }

    @Test
    void refusesConstantsThatDoNotFit() {
        try (Specimen specimen = Specimen.open()) {
            BpfObject object = specimen.object;

            assertThat(object.hasConstant("record_bytes")).isTrue();
            assertThat(object.hasConstant("numbers"))
                    .as("a variable is no constant")
                    .isFalse();
            refusesArgument(() -> object.setConstant("nowhere", 1), "constant nowhere");
            refusesArgument(() -> object.setConstant("nowhere", new byte[4]), "constant nowhere");
            refusesArgument(() -> object.setConstant("record_bytes", 1L << 32), "expected: 4 bytes");
            refusesArgument(() -> object.setConstant("to_second", 256), "expected: 1 bytes");
            refusesArgument(() -> object.setConstant("record_bytes", new byte[3]), "3 bytes (expected: 4)");
            refusesArgument(() -> object.setConstant("knob_bytes", 1), "use byte[]");
            refusesArgument(() -> object.setConstant("x".repeat(300), new byte[1]), "name: 300 bytes");
        }
    }

    @Test
    void refusesUnknownNames() {
        try (Specimen specimen = Specimen.open()) {
            BpfObject object = specimen.object;

            refusesArgument(() -> object.setAutoload("nowhere", true), "program nowhere");
            refusesArgument(() -> object.setMaxEntries("nowhere", 1), "map nowhere");
            refusesArgument(() -> object.setMaxEntries("table", 0), "max entries of table: 0");
            object.load();
            refusesArgument(() -> object.attach("nowhere"), "program nowhere");
            refusesArgument(() -> object.detach("nowhere"), "program nowhere");
            refusesArgument(() -> object.map("nowhere"), "map nowhere");
            refusesArgument(() -> object.variable("nowhere"), "variable nowhere");
            refusesArgument(() -> object.readIterator("nowhere"), "program nowhere");
            refusesArgument(() -> object.readIterator("write_calls"), "no iterator");
            refusesArgument(() -> object.readIterator("list_table", ""), "no name");
            refusesArgument(() -> object.runs("nowhere"), "program nowhere");
        }
    }

    @Test
    void refusesCallsInTheWrongPhase() {
        try (Specimen specimen = Specimen.open();
                Specimen other = Specimen.open()) {
            BpfObject object = specimen.object;
            assertThatIllegalStateException().isThrownBy(() -> object.attach("write_calls"));
            assertThatIllegalStateException().isThrownBy(object::attachAll);
            assertThatIllegalStateException().isThrownBy(() -> object.map("table"));
            assertThatIllegalStateException().isThrownBy(() -> object.variable("numbers"));
            assertThatIllegalStateException().isThrownBy(() -> object.readIterator("list_tasks"));
            assertThatIllegalStateException().isThrownBy(() -> object.reuseMap("table", other.object, "table"));

            object.load();

            assertThatIllegalStateException().isThrownBy(object::load);
            assertThatIllegalStateException().isThrownBy(() -> object.setConstant("discard_every", 1));
            assertThatIllegalStateException().isThrownBy(() -> object.setMaxEntries("table", 1));
            assertThatIllegalStateException().isThrownBy(() -> object.setAutoload("write_calls", true));
            assertThatIllegalStateException().isThrownBy(() -> object.reuseMap("table", object, "table"));
            assertThatIllegalStateException()
                    .isThrownBy(() -> object.attach("refused_at_attach"))
                    .withMessageContaining("autoload is off");
            assertThat(object.attach("write_calls")).matches(ProgramResult::isOk);
            assertThatIllegalStateException().isThrownBy(() -> object.attach("write_calls"));
        }
    }

    @Test
    void attachesAgainAfterDetach() {
        try (Specimen specimen = Specimen.open().loadAndAttach()) {
            specimen.call(3);
            specimen.object.detach(Specimen.WRITER);
            specimen.object.detach(Specimen.WRITER);
            specimen.call(3);
            specimen.object.attach(Specimen.WRITER);
            specimen.call(3);
            specimen.object.detachAll();
            specimen.call(3);

            assertThat(specimen.object.variable("numbers").readU64()).isEqualTo(6);
        }
    }

    @Test
    void refusesBytesThatAreNotAnObject() {
        for (byte[] bytes : List.of(new byte[0], new byte[1000], "#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII))) {
            assertThatExceptionOfType(BpfException.class)
                    .isThrownBy(() -> BpfObject.open(bytes, "nonsense"))
                    .withMessageContaining("open object nonsense (" + bytes.length + " bytes)")
                    .matches(e -> e.errno() > 0);
        }
        assertThatExceptionOfType(BpfException.class)
                .isThrownBy(() -> BpfObject.open(Path.of("/nonexistent/x.bpf.o")))
                .withMessageContaining("/nonexistent/x.bpf.o");
    }

    @Test
    void opensOrRefusesEveryTruncatedObject() {
        byte[] whole = Specimen.bytes("bridge_test.bpf.o");
        int opened = 0;
        for (int length = 0; length < whole.length; length += 997) {
            try (BpfObject object = BpfObject.open(Arrays.copyOf(whole, length), "cut")) {
                opened += object.programs().size();
            } catch (BpfException e) {
                assertThat(e).hasMessageStartingWith("open object cut");
            }
        }
        assertThat(opened).as("no cut keeps the section table at the end").isZero();
    }

    @Test
    void keepsLibbpfsWordsInTheException() {
        assertThatExceptionOfType(BpfException.class)
                .isThrownBy(() -> BpfObject.open(new byte[64], "nonsense"))
                .matches(e -> e.log().contains("libbpf: "), "log of libbpf");
    }

    @Test
    void findsNoConstantsInAnObjectWithoutTypes() {
        try (BpfObject object = BpfObject.open(Specimen.bytes("no_btf.bpf.o"), "no_btf.bpf.o")) {
            assertThat(object.hasConstant("wanted_tgid")).isFalse();
            refusesArgument(() -> object.setConstant("wanted_tgid", 1), "constant wanted_tgid");
        }
    }

    @Test
    void iteratesOverTasks() {
        try (Specimen specimen = Specimen.openUntouched()) {
            specimen.loadOnly("list_tasks");
            specimen.object.load();

            List<int[]> tasks = Specimen.tasks(specimen.object);

            int reader = tasks.get(0)[2];
            assertThat(tasks).anyMatch(task -> task[0] == reader && task[1] == reader);
            assertThat(tasks).filteredOn(task -> task[0] == reader).hasSizeGreaterThan(5); // the JVM's threads
        }
    }

    @Test
    void iteratesOverEveryElementOfAMap() {
        try (Specimen specimen = Specimen.openUntouched()) {
            specimen.loadOnly("list_table");
            assertThat(specimen.object.load()).isEmpty();
            BpfMap table = specimen.object.map("table");
            byte[] first = key(table, 1);
            byte[] second = key(table, 2);
            table.update(first, new byte[table.valueBytes()]);
            table.update(second, new byte[table.valueBytes()]);

            byte[] keys = specimen.object.readIterator("list_table", "table");
            refusesArgument(() -> specimen.object.readIterator("list_table", "nowhere"), "map nowhere");

            assertThat(List.of(Arrays.copyOfRange(keys, 0, 4), Arrays.copyOfRange(keys, 4, keys.length)))
                    .containsExactlyInAnyOrder(Arrays.copyOf(first, 4), Arrays.copyOf(second, 4));
        }
    }

    private static byte[] key(BpfMap table, int number) {
        byte[] key = new byte[table.keyBytes()];
        key[0] = (byte) number;
        return key;
    }

    @Test
    void countsRunsWhileStatisticsAreOn() {
        try (Specimen specimen = Specimen.open().loadAndAttach()) {
            try (Kernel.RunStatistics statistics = Kernel.enableRunStatistics()) {
                assertThat(statistics).isNotNull();
                specimen.call(50);
            }

            ProgramRuns runs = specimen.object.runs(Specimen.WRITER);
            assertThat(runs.count()).isGreaterThanOrEqualTo(50);
            assertThat(runs.nanos()).isGreaterThanOrEqualTo(runs.count());
        }
    }

    @Test
    void refusesEveryUseAfterClose() {
        Specimen specimen = Specimen.open().loadAndAttach();
        BpfObject object = specimen.object;
        BpfMap table = object.map("table");
        BpfMap shared = object.map("shared");
        BpfMap counts = object.map("counts");
        BpfVariable numbers = object.variable("numbers");
        object.close();
        object.close();

        List<ThrowingCallable> uses = List.of(
                object::programs,
                object::load,
                object::attachAll,
                object::detachAll,
                () -> object.attach("write_calls"),
                () -> object.detach("write_calls"),
                () -> object.hasConstant("wanted_call"),
                () -> object.setConstant("wanted_call", 1),
                () -> object.setConstant("wanted_call", new byte[8]),
                () -> object.setMaxEntries("table", 1),
                () -> object.setAutoload("write_calls", true),
                () -> object.reuseMap("table", object, "table"),
                () -> object.readIterator("list_tasks"),
                () -> object.runs("write_calls"),
                () -> object.map("table"),
                () -> object.variable("numbers"),
                () -> table.lookup(new byte[8]),
                () -> table.update(new byte[8], new byte[12]),
                () -> table.insert(new byte[8], new byte[12]),
                () -> table.replace(new byte[8], new byte[12]),
                () -> table.delete(new byte[8]),
                () -> table.nextKey(null),
                () -> counts.sumPerCpu(0),
                () -> shared.readU32(0, 0),
                () -> shared.writeU32(0, 0, 1),
                () -> shared.readU64(0, 0),
                () -> shared.writeU64(0, 0, 1),
                numbers::readU32,
                numbers::readU64,
                () -> numbers.writeU32(1),
                () -> numbers.writeU64(1),
                specimen::reader);
        for (ThrowingCallable use : uses) {
            assertThatIllegalStateException().isThrownBy(use).withMessageContaining("closed");
        }
    }

    @Test
    void refusesInventedHandles() {
        long[] handles = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 32, (1L << 32) + 2000, 0xffffffffL};
        for (long handle : handles) {
            List<Consumer<Long>> uses = List.of(
                    Native::objectPrograms,
                    Native::objectLoad,
                    Native::objectClose,
                    Native::readerWakeup,
                    Native::readerClose,
                    Native::runStatisticsClose);
            for (Consumer<Long> use : uses) {
                assertThatIllegalStateException().isThrownBy(() -> use.accept(handle));
            }
        }
    }

    @Test
    void closeWaitsForUsesInOtherThreads() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            Specimen specimen = Specimen.open().loadAndAttach();
            BpfMap table = specimen.object.map("table");
            BpfVariable numbers = specimen.object.variable("numbers");
            List<Thread> users = IntStream.range(0, 3)
                    .mapToObj(i -> new Thread(() -> {
                        try {
                            while (true) {
                                table.update(new byte[8], new byte[12]);
                                numbers.readU64();
                                specimen.object.programs();
                            }
                        } catch (IllegalStateException closed) {
                            assertThat(closed).hasMessageContaining("closed");
                        }
                    }))
                    .toList();
            users.forEach(Thread::start);
            while (table.nextKey(null) == null) {
                Thread.onSpinWait();
            }

            specimen.close();

            for (Thread user : users) {
                user.join();
            }
        }
    }

    @Test
    void leavesNothingBehind() {
        openUseAndClose();
        long descriptors = Specimen.openDescriptors();

        for (int i = 0; i < 20; i++) {
            openUseAndClose();
        }

        assertThat(Specimen.openDescriptors()).isEqualTo(descriptors);
    }

    private static ProgramResult resultOf(String program, List<ProgramResult> results) {
        return results.stream()
                .filter(result -> result.program().equals(program))
                .findFirst()
                .orElseThrow();
    }

    private static void openUseAndClose() {
        try (Specimen specimen = Specimen.open().loadAndAttach();
                RingReader reader = specimen.reader()) {
            specimen.call(1);
            assertThat(reader.await(0)).isTrue();
        }
    }

    private static void refusesArgument(ThrowingCallable call, String message) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(message);
    }
}
