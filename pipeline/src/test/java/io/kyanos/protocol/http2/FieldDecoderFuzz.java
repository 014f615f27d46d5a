package io.kyanos.protocol.http2;

import io.kyanos.fuzz.FuzzTarget;
import io.kyanos.fuzz.Input;
import io.kyanos.protocol.ByteView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Header blocks, read by one who has seen all of them and one who has missed some: what both know is the same. */
public final class FieldDecoderFuzz implements FuzzTarget {

    private static final FieldDecoderFuzz TARGET = new FieldDecoderFuzz();
    private static final String NOTHING = "null";

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }

    /** One byte says after how many blocks the second one joins; each block has its length in two bytes before it. */
    @Override
    public void run(byte[] bytes) {
        Input input = new Input(bytes);
        int missed = input.next();
        FieldDecoder decoder = new FieldDecoder(new KeptBytes(KeptBytes.DEFAULT_MOST).newShare());
        decoder.begin();
        FieldDecoder late = new FieldDecoder(new KeptBytes(KeptBytes.DEFAULT_MOST).newShare());
        for (int i = 0; input.hasMore(); i++) {
            int length = input.nextShort();
            int from = input.position();
            int to = from + input.skip(length);
            Seen all = new Seen(decoder, bytes, from, to);
            if (i >= missed) {
                Seen some = new Seen(late, bytes, from, to);
                check(some.isRight || !all.isRight, "refused by who knows less");
                compare(all, some);
            }
            if (!all.isRight) {
                return;
            }
        }
    }

    private static void compare(Seen all, Seen some) {
        check(some.texts.size() >= all.texts.size(), "fields left out");
        for (int i = 0; i < all.texts.size(); i++) {
            String one = all.texts.get(i);
            String other = some.texts.get(i);
            check(one.equals(NOTHING) || other.equals(NOTHING) || one.equals(other), one + " and " + other);
        }
    }

    /** What one has read of a block: names and values in turn. */
    private static final class Seen implements FieldDecoder.Fields {

        final boolean isRight;
        final List<String> texts = new ArrayList<>();
        private final int from;
        private final int to;
        private int last;

        Seen(FieldDecoder decoder, byte[] bytes, int from, int to) {
            this.from = from;
            this.to = to;
            last = from;
            isRight = decoder.decode(new ByteView(bytes, 0, to), from, to, this);
        }

        @Override
        public void field(@Nullable ByteView name, @Nullable ByteView value) {
            texts.add(name == null ? NOTHING : '.' + name.latin1(0, name.length()));
            texts.add(value == null ? NOTHING : '.' + value.latin1(0, value.length()));
        }

        @Override
        public void value(int valueFrom, int valueTo, boolean isCoded) {
            check(valueFrom > last && valueFrom <= valueTo && valueTo <= to && from < to, "value outside its block");
            last = valueTo;
        }
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (int seed = 0; seed < 8; seed++) {
            RandomBlocks sender = new RandomBlocks(new Random(seed));
            byte[] all = {(byte) seed};
            while (true) {
                byte[] block = sender.next();
                int end = all.length;
                if (end + 2 + block.length > MAX_BYTES / 2) {
                    break;
                }
                all = Arrays.copyOf(all, end + 2 + block.length);
                all[end] = (byte) block.length;
                all[end + 1] = (byte) (block.length >> 8);
                System.arraycopy(block, 0, all, end + 2, block.length);
            }
            seeds.add(all);
        }
        return seeds;
    }
}
