package io.kyanos.recording;

import com.typesafe.config.ConfigFactory;
import io.kyanos.connection.Books;
import io.kyanos.connection.Connection;
import io.kyanos.connection.ConnectionSettings;
import io.kyanos.connection.MemoryBudget;
import io.kyanos.connection.StructureListener;
import io.kyanos.connection.TraceControl;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.fuzz.FuzzTarget;
import io.kyanos.fuzz.Input;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Side;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The redaction of one connection whose payload has secrets in it: no byte stays that its own connection does not call
 * structure, no secret stays at all, and no memory stays taken.
 */
/*
 * An input: one byte for the opening, two for where secrets are planted, then events. An event's first byte: bit 0 the
 * direction, bit 1 whether its block leaves, bits 2 and 3 what happens (0 and 1 as it should, 2 lost, 3 overlapping); two
 * bytes how many bytes; then the bytes.
 *
 * A secret has no two bytes in a row that a name, a word or a number could have: of none may two neighbours stay. None is
 * planted over numbers of binary protocols, as any number may be one of theirs. Where a parser takes text for a frame, up to
 * three may stay as the end of a length in four bytes, with a type before it that is no secret.
 */
public final class RedactorFuzz implements FuzzTarget {

    private static final long GENERATION = 7;
    private static final int SECRET_BYTES = 12;
    private static final int LENGTH_BYTES = 4;
    private static final int HEAD_BYTES = 1 + LENGTH_BYTES;
    private static final int HIGHEST_OF_LENGTH = 0x3f;
    private static final int LOST = 2;
    private static final int OVERLAPPING = 3;
    private static final ConnectionSettings SETTINGS = settings();
    private static final RedactorFuzz TARGET = new RedactorFuzz();

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }

    private static ConnectionSettings settings() {
        List<Protocol> protocols =
                Protocols.of(ConfigFactory.parseResources("reference.conf").resolve());
        Set<String> names = protocols.stream().map(Protocol::name).collect(Collectors.toSet());
        return new ConnectionSettings(protocols, names, Detail.NONE, 2048, 4096, 64, 3, 512, Duration.ofSeconds(60), 0);
    }

    @Override
    public void run(byte[] bytes) {
        Input input = new Input(bytes);
        int how = input.next();
        Run run = new Run(new Random(input.nextShort()));
        int side = how & 3;
        if (side < 3) {
            int origin = side == 0 ? EventDecoder.ORIGIN_FIRST_USE : side;
            run.open(EventEncoder.opened(0, GENERATION, 1, 3, side, origin));
        }
        while (input.hasMore()) {
            int head = input.next();
            int wanted = 1 + input.nextShort();
            int from = input.position();
            int length = input.skip(wanted);
            if (length > 0) {
                run.send(head, Arrays.copyOfRange(bytes, from, from + length));
            }
        }
        run.end();
    }

    /** A connection that is redacted, and another one that only tells. */
    private static final class Run implements StructureListener {

        private final Random random;
        private final Redactor redactor = new Redactor(SETTINGS);
        private final Connection telling = new Connection(
                GENERATION,
                SETTINGS,
                new Books(new MemoryBudget(1 << 24), new MemoryBudget(1 << 24)),
                TraceControl.NONE,
                tgid -> "",
                record -> {});
        private final List<Sent> block = new ArrayList<>();
        private final BitSet[] structure = {new BitSet(), new BitSet()};
        private final long[] next = new long[2];
        private final long[] seen = new long[2];
        private long now = 1000;

        /** Its positions before {@code late} were sent before. */
        @SuppressWarnings("ArrayRecordComponent") // compared by nobody
        private record Sent(int which, long position, long late, byte[] original, byte[] event, BitSet secrets) {}

        Run(Random random) {
            this.random = random;
            telling.reportStructureTo(this);
        }

        @Override
        public void structure(Direction direction, long from, long to) {
            structure[direction.ordinal()].set((int) from, (int) to);
        }

        void open(byte[] event) {
            telling.on(EventEncoder.read(event));
            redactor.event(event, 0, event.length);
        }

        void send(int head, byte[] sent) {
            int which = head & 1;
            int what = head >> 2 & 3;
            long position = next[which];
            next[which] += sent.length;
            if (what == LOST) {
                return;
            }
            if (what == OVERLAPPING) {
                position = Math.max(0, position - 7);
            }
            BitSet secrets = new BitSet();
            byte[] bytes = planted(sent, secrets);
            now += 1000;
            byte[] event = EventEncoder.data(
                    now, now, GENERATION, 1, 3, Direction.values()[which], position, bytes, bytes.length);
            telling.on(EventEncoder.read(event.clone()));
            redactor.event(event, 0, event.length);
            block.add(new Sent(which, position, Math.max(0, seen[which] - position), bytes, event, secrets));
            seen[which] = Math.max(seen[which], position + bytes.length);
            if ((head & 2) != 0) {
                leave();
            }
        }

        private byte[] planted(byte[] sent, BitSet secrets) {
            byte[] bytes = sent.clone();
            if (random.nextInt(4) == 0 && bytes.length >= SECRET_BYTES) {
                int at = random.nextInt(bytes.length - SECRET_BYTES + 1);
                for (int i = at; i < at + SECRET_BYTES && isText(sent, at); i++) {
                    bytes[i] = (byte) (i % 2 == 0 ? 'a' + random.nextInt(26) : 0x80 + random.nextInt(0x80));
                    secrets.set(i);
                }
            }
            return bytes;
        }

        private static boolean isText(byte[] bytes, int from) {
            for (int i = from; i < from + SECRET_BYTES; i++) {
                if (bytes[i] >= 0 && bytes[i] < ' ' && bytes[i] != '\r' && bytes[i] != '\n') {
                    return false;
                }
            }
            return true;
        }

        private void leave() {
            telling.reportStructureSoFar();
            redactor.beforeWrite();
            block.forEach(this::check);
            block.clear();
            structure[0].clear();
            structure[1].clear();
        }

        private void check(Sent sent) {
            EventDecoder event = EventEncoder.read(sent.event());
            BitSet told = structure[sent.which()];
            for (int i = 0; i < sent.original().length; i++) {
                byte left = sent.event()[event.payloadIndex() + i];
                int position = (int) sent.position() + i;
                boolean stays = left != 0 && left != '0';
                boolean isTold = i >= sent.late() && told.get(position);
                check(!isTold || left == sent.original()[i], "lost structure", sent, i);
                check(!stays || left == sent.original()[i], "another byte", sent, i);
                check(!stays || isTold, "left what nobody told", sent, i);
                boolean isSecret =
                        i > 0 && sent.secrets().get(i - 1) && sent.secrets().get(i);
                byte before = sent.event()[event.payloadIndex() + Math.max(0, i - 1)];
                check(
                        !isSecret || !stays || before == 0 || before == '0' || isEndOfLength(sent, i),
                        "left a secret",
                        sent,
                        i);
            }
        }

        private static boolean isEndOfLength(Sent sent, int at) {
            int end = at + 1;
            while (sent.secrets().get(end) && staysAt(sent, end)) {
                end++;
            }
            int head = end - HEAD_BYTES;
            // Of a length in two pieces the beginning is not here.
            boolean hasType = head < 0 || (!sent.secrets().get(head) && staysAt(sent, head));
            boolean hasHighest = head + 1 < 0
                    || (!sent.secrets().get(head + 1)
                            && sent.original()[head + 1] >= 0
                            && sent.original()[head + 1] <= HIGHEST_OF_LENGTH);
            return hasType && hasHighest;
        }

        private static boolean staysAt(Sent sent, int at) {
            byte left = sent.event()[EventEncoder.read(sent.event()).payloadIndex() + at];
            return left != 0 && left != '0';
        }

        private static void check(boolean holds, String what, Sent sent, int at) {
            if (!holds) {
                throw new AssertionError(what + " at " + at + ": "
                        + new String(sent.original(), StandardCharsets.ISO_8859_1) + " left as "
                        + new String(sent.event(), 80, sent.original().length, StandardCharsets.ISO_8859_1));
            }
        }

        void end() {
            byte[] closed = EventEncoder.closed(now + 1, GENERATION, 1, 3, seen[0], seen[1], 0);
            redactor.event(closed, 0, closed.length);
            leave();
            if (redactor.usedBytes() != 0 || redactor.connections() != 0) {
                throw new AssertionError("held " + redactor.usedBytes() + " bytes at the end");
            }
        }
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (Flow flow : Flow.all()) {
            for (int opening = 0; opening < 4; opening++) {
                // by name, so that further flows leave the other seeds as they are
                byte[] seed = seed(flow, opening, new Random(flow.name().hashCode() + opening));
                if (seed.length <= MAX_BYTES) {
                    seeds.add(seed);
                }
            }
        }
        return seeds;
    }

    /** @param opening 0 of a connection seen from its beginning, 1 and 2 of one that was open, 3 of one in pieces */
    private static byte[] seed(Flow flow, int opening, Random random) {
        ByteArrayOutputStream seed = new ByteArrayOutputStream();
        boolean isClient = flow.role() == Side.CLIENT;
        seed.write(
                switch (opening) {
                    case 1 -> 0;
                    case 2 -> 3;
                    default -> isClient ? EventDecoder.SIDE_CLIENT : EventDecoder.SIDE_SERVER;
                });
        seed.write(random.nextInt(256));
        seed.write(random.nextInt(256));
        for (Flow.Step step : flow.steps()) {
            int direction = step.isRequest() == isClient ? 0 : 1;
            byte[] bytes = step.isGap() ? new byte[(int) Math.min(100, step.gap())] : step.bytes();
            int from = 0;
            while (from < bytes.length) {
                int to = opening == 3 ? Math.min(bytes.length, from + 1 + random.nextInt(30)) : bytes.length;
                seed.write(direction | (random.nextInt(3) == 0 ? 2 : 0) | (step.isGap() ? LOST << 2 : 0));
                seed.write(to - from - 1);
                seed.write((to - from - 1) >> 8);
                seed.write(bytes, from, to - from);
                from = to;
            }
        }
        return seed.toByteArray();
    }
}
