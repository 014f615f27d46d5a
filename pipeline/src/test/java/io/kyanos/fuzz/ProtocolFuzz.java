package io.kyanos.fuzz;

import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.FlowDriver;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Both parsers and the matcher of one protocol, under the contract that {@link FlowDriver} checks. Without gaps and bytes
 * that are no message, the result must be the same however the bytes are cut; where a message begins after garbage may
 * depend on how much of it is there to be seen.
 */
/*
 * An input is a row of pieces. A piece's first byte: bit 0 the direction, bits 1 and 2 the kind: 0 and 1 bytes, their
 * number in one byte; 2 bytes, their number in two; 3 a gap, its length in two.
 */
abstract class ProtocolFuzz implements FuzzTarget {

    private static final Detail EVERYTHING = new Detail(true, 512, true);
    private static final int GAP = 3;
    private static final int LONG_BYTES = 2;
    /* Byte by byte an input of n bytes costs n looks at up to n bytes. */
    private static final int MAX_BYTES_CUT = 256;

    private final Protocol protocol;

    ProtocolFuzz(String name) {
        protocol = Protocols.of(ConfigFactory.parseResources("reference.conf").resolve()).stream()
                .filter(known -> known.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public final void run(byte[] input) {
        Conversation conversation = protocol.newConversation(EVERYTHING);
        FlowDriver whole = new FlowDriver(conversation);
        boolean comparable = play(input, whole, MAX_BYTES) && whole.reasons.isEmpty();
        if (comparable && input.length <= MAX_BYTES_CUT) {
            FlowDriver single = new FlowDriver(protocol.newConversation(EVERYTHING));
            play(input, single, 1);
            if (!outcome(single).equals(outcome(whole))) {
                throw new AssertionError("byte by byte " + outcome(single) + ", whole " + outcome(whole));
            }
        }
    }

    /** Feeds pieces of {@code step} bytes at most; false if there was a gap. */
    private static boolean play(byte[] bytes, FlowDriver driver, int step) {
        Input input = new Input(bytes);
        boolean whole = true;
        while (input.hasMore()) {
            int head = input.next();
            boolean isRequest = (head & 1) == 0;
            int kind = head >> 1 & 3;
            if (kind == GAP) {
                whole = false;
                driver.gap(isRequest, 1 + input.nextShort());
                continue;
            }
            int length = kind == LONG_BYTES ? input.nextShort() : input.next();
            int from = input.position();
            int to = from + input.skip(length);
            for (int at = from; at < to; at += step) {
                driver.data(isRequest, bytes, at, Math.min(to, at + step));
            }
        }
        driver.end();
        return whole;
    }

    /** What must not depend on cuts. Routes are left out, as they are learned from one run to the next. */
    private static List<String> outcome(FlowDriver driver) {
        List<String> outcome = new ArrayList<>();
        for (String record : driver.records) {
            outcome.add(record.replaceFirst(" [^|]*\\|", " |"));
        }
        outcome.add(driver.requestBytes + " " + driver.responseBytes + " " + driver.unmatched);
        return outcome;
    }

    @Override
    public final List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (Flow flow : Flow.of(protocol.name())) {
            ByteArrayOutputStream seed = new ByteArrayOutputStream();
            for (Flow.Step step : flow.steps()) {
                int direction = step.isRequest() ? 0 : 1;
                int length = (int) Math.min(0xffff, step.length());
                if (step.isGap()) {
                    seed.write(GAP << 1 | direction);
                    seed.write(length);
                    seed.write(length >> 8);
                } else {
                    seed.write(LONG_BYTES << 1 | direction);
                    seed.write(length);
                    seed.write(length >> 8);
                    seed.write(step.bytes(), 0, length);
                }
            }
            if (seed.size() <= MAX_BYTES) {
                seeds.add(seed.toByteArray());
            }
        }
        return seeds;
    }
}
