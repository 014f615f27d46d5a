package io.kyanos.connection;

import io.kyanos.fuzz.FuzzTarget;
import io.kyanos.fuzz.Input;
import io.kyanos.protocol.ByteView;
import java.util.Arrays;
import java.util.List;

/** A stream buffer beside the plainest one there is: a position and an array. */
public final class StreamBufferFuzz implements FuzzTarget {

    private static final StreamBufferFuzz TARGET = new StreamBufferFuzz();
    private static final int CAPACITY = 1000;

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }

    @Override
    public void run(byte[] bytes) {
        Input input = new Input(bytes);
        MemoryBudget budget = new MemoryBudget(700 + input.next() * 4L);
        StreamBuffer buffer = new StreamBuffer(CAPACITY, budget);
        Model model = new Model();
        while (input.hasMore()) {
            int operation = input.next();
            int number = input.next();
            switch (operation % 5) {
                case 0 -> {
                    byte[] source = new byte[number + 3];
                    Arrays.fill(source, (byte) operation);
                    boolean wasEmpty = buffer.isEmpty();
                    if (buffer.add(source, 3, number)) {
                        model.add(source, 3, number);
                    } else {
                        check(!wasEmpty, "an empty buffer takes anything");
                        // What it held may have gone if it could not be settled: as its owner does, it is given up.
                        buffer.moveTo(model.end());
                        model.moveTo(model.end());
                    }
                    settle(buffer, model);
                    Arrays.fill(source, (byte) 0);
                }
                case 1 -> {
                    int count = Math.min(number, buffer.available());
                    buffer.consume(count);
                    model.consume(count);
                }
                case 2 -> {
                    buffer.moveTo(model.end() + number);
                    model.moveTo(model.end() + number);
                }
                case 3 -> settle(buffer, model);
                default -> refuses(buffer, number);
            }
            model.compare(buffer);
            check(budget.usedBytes() <= CAPACITY, "used " + budget.usedBytes());
        }
        buffer.close();
        check(budget.usedBytes() == 0 && budget.holders() == 0, "memory given back");
    }

    private static void settle(StreamBuffer buffer, Model model) {
        if (!buffer.settle()) {
            check(buffer.position() == model.position, "position stays");
            buffer.moveTo(model.end());
            model.moveTo(model.end());
        }
    }

    private static void refuses(StreamBuffer buffer, int number) {
        try {
            buffer.consume(buffer.available() + 1 + number);
        } catch (IllegalArgumentException expected) {
            return;
        }
        throw new AssertionError("consumed more than there is");
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                new byte[] {9, 0, 100, 1, 30, 0, (byte) 255, 3, 0, 1, (byte) 200, 2, 5, 4, 0, 0, 9, 1, 9},
                new byte[] {0, 0, (byte) 255, 0, (byte) 255, 0, (byte) 255, 0, (byte) 255, 0, (byte) 255, 1, 77});
    }

    private static final class Model {

        private byte[] bytes = {};
        private long position;

        long end() {
            return position + bytes.length;
        }

        void add(byte[] source, int from, int count) {
            byte[] more = Arrays.copyOf(bytes, bytes.length + count);
            System.arraycopy(source, from, more, bytes.length, count);
            bytes = more;
        }

        void consume(int count) {
            bytes = Arrays.copyOfRange(bytes, count, bytes.length);
            position += count;
        }

        void moveTo(long newPosition) {
            position = newPosition;
            bytes = new byte[0];
        }

        void compare(StreamBuffer buffer) {
            check(buffer.position() == position && buffer.end() == end(), "positions");
            check(buffer.available() == bytes.length && buffer.isEmpty() == (bytes.length == 0), "available");
            ByteView view = buffer.view();
            check(view.length() == bytes.length, "view");
            for (int i = 0; i < bytes.length; i++) {
                check(view.byteAt(i) == bytes[i], "byte");
            }
        }
    }
}
