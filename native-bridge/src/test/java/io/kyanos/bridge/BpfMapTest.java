package io.kyanos.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BpfMapTest {

    private Specimen specimen;
    private BpfObject object;

    @BeforeEach
    void load() {
        specimen = Specimen.open();
        object = specimen.object;
        object.setMaxEntries("table", 100);
        object.load();
    }

    @AfterEach
    void close() {
        if (specimen != null) {
            specimen.close();
        }
    }

    @Test
    void describesItself() {
        BpfMap table = object.map("table");
        assertThat(table.name()).isEqualTo("table");
        assertThat(table.type()).isEqualTo(1);
        assertThat(table.keyBytes()).isEqualTo(8);
        assertThat(table.valueBytes()).isEqualTo(12);
        assertThat(table.maxEntries()).isEqualTo(100);
        assertThat(table.isPerCpu()).isFalse();
        assertThat(object.map("counts").isPerCpu()).isTrue();
        assertThat(object.map(".bss").valueBytes()).isGreaterThanOrEqualTo(12);
    }

    @Test
    void addsReplacesAndRemoves() {
        BpfMap table = object.map("table");

        assertThat(table.lookup(key(1))).isNull();
        assertThat(table.replace(key(1), value(1))).isFalse();
        assertThat(table.insert(key(1), value(1))).isTrue();
        assertThat(table.insert(key(1), value(2))).isFalse();
        assertThat(table.lookup(key(1))).isEqualTo(value(1));
        assertThat(table.replace(key(1), value(3))).isTrue();
        table.update(key(1), value(4));
        assertThat(table.lookup(key(1))).isEqualTo(value(4));
        assertThat(table.delete(key(1))).isTrue();
        assertThat(table.delete(key(1))).isFalse();
    }

    @Test
    void walksOverAllKeys() {
        BpfMap table = object.map("table");
        assertThat(table.nextKey(null)).isNull();
        Set<Long> expected = new HashSet<>();
        for (long i = 0; i < 100; i++) {
            table.update(key(i), value(1));
            expected.add(i);
        }

        Set<Long> seen = new HashSet<>();
        for (byte[] key = table.nextKey(null); key != null; key = table.nextKey(key)) {
            assertThat(seen.add(buffer(key).getLong())).isTrue();
        }

        assertThat(seen).isEqualTo(expected);
    }

    @Test
    void passesEveryEntryOnce() {
        specimen.close();
        specimen = Specimen.open();
        object = specimen.object;
        object.setMaxEntries("table", 5_000);
        object.load();
        BpfMap table = object.map("table");
        table.forEach((keys, keyIndex, values, valueIndex) -> {
            throw new AssertionError("an empty map has no entries");
        });
        Set<Long> expected = new HashSet<>();
        for (long i = 0; i < 5_000; i++) {
            table.update(key(i), value((int) i));
            expected.add(i);
        }

        Set<Long> seen = new HashSet<>();
        table.forEach((keys, keyIndex, values, valueIndex) -> {
            long key = buffer(keys).getLong(keyIndex);
            assertThat(seen.add(key)).isTrue();
            assertThat(buffer(values).getInt(valueIndex)).isEqualTo((int) key);
        });

        assertThat(seen).isEqualTo(expected);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> object.map("counts").forEach((keys, keyIndex, values, valueIndex) -> {}));
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> Native.mapReadBatch(object.handle(), 0, new byte[1], true, new byte[8], new byte[12]));
    }

    @Test
    void takesFromAQueueInOrder() {
        BpfMap queue = object.map("queue");
        assertThat(queue.take()).isNull();
        for (long i = 0; i < 4; i++) {
            queue.update(new byte[0], key(i));
        }
        assertThatExceptionOfType(BpfException.class).isThrownBy(() -> queue.update(new byte[0], key(4)));

        for (long i = 0; i < 4; i++) {
            assertThat(queue.take()).isEqualTo(key(i));
        }
        assertThat(queue.take()).isNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> object.map("table").take());
    }

    @Test
    void saysWhenAMapIsFull() {
        BpfMap table = object.map("table");
        for (long i = 0; i < 100; i++) {
            table.update(key(i), value(1));
        }

        assertThatExceptionOfType(BpfException.class)
                .isThrownBy(() -> table.update(key(100), value(1)))
                .withMessageStartingWith("update map table: E2BIG");
    }

    @Test
    void findsTheLongestPrefix() {
        BpfMap prefixes = object.map("prefixes");
        prefixes.update(prefix(8, 10, 0, 0, 0), new byte[] {8, 0, 0, 0});
        prefixes.update(prefix(24, 10, 1, 2, 0), new byte[] {24, 0, 0, 0});

        assertThat(prefixes.lookup(prefix(32, 10, 1, 2, 3))).containsExactly(24, 0, 0, 0);
        assertThat(prefixes.lookup(prefix(32, 10, 9, 9, 9))).containsExactly(8, 0, 0, 0);
        assertThat(prefixes.lookup(prefix(32, 11, 0, 0, 1))).isNull();
    }

    @Test
    void sumsTheValuesOfAllCpus() {
        BpfMap counts = object.map("counts");
        byte[] second = {1, 0, 0, 0};
        counts.update(
                second,
                ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(5)
                        .putLong(1L << 40)
                        .array());

        assertThat(counts.sumPerCpu(1)).containsExactly(5L * Kernel.possibleCpus(), Kernel.possibleCpus() * (1L << 40));
        assertThat(counts.sumPerCpu(0)).containsExactly(0, 0);
        assertThat(counts.sumPerCpu(new byte[] {2, 0, 0, 0})).isNull();
        assertThatIllegalArgumentException().isThrownBy(() -> counts.sumPerCpu(2));
        assertThatIllegalArgumentException().isThrownBy(() -> counts.lookup(second));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> object.map("table").sumPerCpu(key(1)));
    }

    @Test
    void refusesWrongSizes() {
        BpfMap table = object.map("table");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> table.lookup(new byte[7]))
                .withMessage("key of map table: 7 bytes (expected: 8)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> table.update(key(1), new byte[13]))
                .withMessage("value of map table: 13 bytes (expected: 12)");
        assertThatIllegalArgumentException().isThrownBy(() -> table.lookup(key(1), new byte[11]));
        assertThatIllegalArgumentException().isThrownBy(() -> table.lookup(key(1), new byte[0]));
        assertThatIllegalArgumentException().isThrownBy(() -> table.delete(new byte[0]));
        assertThatIllegalArgumentException().isThrownBy(() -> table.nextKey(new byte[9]));
        assertThatIllegalArgumentException().isThrownBy(() -> Native.mapLookup(object.handle(), 99, key(1), value(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> Native.mapLookup(object.handle(), -1, key(1), value(1)));
        assertThatIllegalArgumentException().isThrownBy(() -> Native.mapFind(object.handle(), "table", new int[1]));
    }

    @Test
    void readsAndWritesMappedArraysWithinTheirBounds() {
        BpfMap shared = object.map("shared");
        shared.writeU32(2, 8, 0xdeadbeef);
        shared.writeU64(1, 0, 1L << 63);

        assertThat(shared.readU32(2, 8)).isEqualTo(0xdeadbeef);
        assertThat(shared.readU64(1, 0)).isEqualTo(1L << 63);
        assertThat(shared.lookup(new byte[] {2, 0, 0, 0}))
                .containsExactly(0, 0, 0, 0, 0, 0, 0, 0, 0xef, 0xbe, 0xad, 0xde);
        assertThatIllegalArgumentException().isThrownBy(() -> shared.readU32(3, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> shared.readU32(-1, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> shared.readU32(0, 12));
        assertThatIllegalArgumentException().isThrownBy(() -> shared.readU32(0, -4));
        assertThatIllegalArgumentException().isThrownBy(() -> shared.readU32(0, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> shared.readU64(0, 8));
        assertThatIllegalArgumentException().isThrownBy(() -> shared.writeU64(0, Integer.MAX_VALUE - 7, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> object.map("table").readU32(0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> Native.mappedRead(object.handle(), 0, 0, 0, 16));
        assertThatIllegalArgumentException().isThrownBy(() -> Native.mappedRead(object.handle(), 0, 0, 0, 0));
    }

    @Test
    void sharesVariablesWithTheKernel() {
        BpfVariable numbers = object.variable("numbers");
        BpfVariable pair = object.variable("pair");
        object.attach(Specimen.WRITER);
        numbers.writeU64(1_000);
        specimen.call(7);

        assertThat(numbers.readU64()).isEqualTo(1_007);
        assertThat(numbers.readU32()).isEqualTo(1_007);
        assertThat(pair.readU32(4)).isEqualTo(8);
        pair.writeU32(4, 9);
        assertThat(pair.readU32(4)).isEqualTo(9);
        assertThat(pair.readU32()).isEqualTo(7);
        assertThatIllegalArgumentException().isThrownBy(() -> pair.readU32(8));
        assertThatIllegalArgumentException().isThrownBy(() -> pair.readU64(4));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> object.variable("wanted_tgid").writeU32(1))
                .withMessageContaining("constant after load");
    }

    private static byte[] key(long key) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(key)
                .array();
    }

    private static byte[] value(int first) {
        return ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(first)
                .array();
    }

    private static byte[] prefix(int bits, int... address) {
        byte[] key = new byte[8];
        key[0] = (byte) bits;
        for (int i = 0; i < 4; i++) {
            key[4 + i] = (byte) address[i];
        }
        return key;
    }

    private static ByteBuffer buffer(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
