package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class SpareArraysTest {

    private final SpareArrays spares = new SpareArrays();

    @Test
    void givesOutAgainWhatItWasGiven() {
        byte[] small = new byte[SpareArrays.SMALLEST];
        byte[] large = new byte[SpareArrays.LARGEST];
        spares.give(small);
        spares.give(large);

        assertThat(spares.take(SpareArrays.LARGEST)).isSameAs(large);
        assertThat(spares.take(SpareArrays.SMALLEST)).isSameAs(small);
        assertThat(spares.take(SpareArrays.SMALLEST)).isNotSameAs(small).hasSize(SpareArrays.SMALLEST);
    }

    @Test
    void keepsNoMoreThanItsBound() {
        Set<byte[]> given = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < SpareArrays.PER_SIZE + 5; i++) {
            byte[] array = new byte[1024];
            given.add(array);
            spares.give(array);
        }

        int again = 0;
        for (int i = 0; i < SpareArrays.PER_SIZE + 5; i++) {
            again += given.contains(spares.take(1024)) ? 1 : 0;
        }

        assertThat(again).isEqualTo(SpareArrays.PER_SIZE);
    }

    @Test
    void keepsNothingOfOtherSizes() {
        for (int size :
                new int[] {1, SpareArrays.SMALLEST / 2, 1000, SpareArrays.LARGEST + 1, SpareArrays.LARGEST * 2}) {
            byte[] array = new byte[size];
            spares.give(array);

            assertThat(spares.take(size)).isNotSameAs(array).hasSize(size);
        }
    }

    @Test
    void neverLendsAnArrayToTwo() throws Exception {
        int threads = 4;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Boolean>> borrowers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                byte mark = (byte) i;
                borrowers.add(() -> isAloneWithWhatItTakes(mark));
            }
            for (Future<Boolean> alone : pool.invokeAll(borrowers)) {
                assertThat(alone.get()).isTrue();
            }
        } finally {
            pool.shutdown();
        }
    }

    private boolean isAloneWithWhatItTakes(byte mark) {
        boolean alone = true;
        for (int round = 0; round < 100_000; round++) {
            byte[] array = spares.take(SpareArrays.SMALLEST);
            array[0] = mark;
            array[array.length - 1] = mark;
            alone &= array[0] == mark && array[array.length - 1] == mark;
            spares.give(array);
        }
        return alone;
    }
}
