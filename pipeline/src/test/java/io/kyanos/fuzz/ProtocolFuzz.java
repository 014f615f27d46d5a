package io.kyanos.fuzz;

import com.typesafe.config.ConfigFactory;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.FlowDriver;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.protocol.StreamKind;
import io.kyanos.record.Endpoint;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Both parsers and the matcher of one protocol, under the contract that {@link FlowDriver} checks. Without gaps and bytes
 * that are no message, the result must be the same however the bytes are cut; where a message begins after garbage may
 * depend on how much of it is there to be seen.
 */
/*
 * An input is a row of pieces. A piece's first byte: bit 0 the direction, bits 1 and 2 the kind: 0 and 1 bytes, their
 * number in one byte; 2 bytes, their number in two; 3 a gap, its length in two.
 */
public final class ProtocolFuzz implements FuzzTarget {

    private static final Detail EVERYTHING = new Detail(true, 512, true);
    private static final int GAP = 3;
    private static final int LONG_BYTES = 2;
    /* Byte by byte an input of n bytes costs n looks at up to n bytes. */
    private static final int MAX_BYTES_CUT = 256;

    /** That of the fuzzer, which knows a class and its arguments. */
    private static ProtocolFuzz target = of(Protocols.names().get(0));

    private final String name;

    /** Its own, or the one that carries it. */
    private final Protocol protocol;

    private ProtocolFuzz(String name, Protocol protocol) {
        this.name = name;
        this.protocol = protocol;
    }

    /** One for each protocol that records may be of. */
    static List<ProtocolFuzz> all() {
        return Protocols.of(ConfigFactory.parseResources("reference.conf").resolve()).stream()
                .flatMap(protocol -> Stream.concat(
                                Stream.of(protocol.name()),
                                protocol.descriptor().carried().stream().map(Descriptor::name))
                        .map(name -> new ProtocolFuzz(name, protocol)))
                .toList();
    }

    private static ProtocolFuzz of(String name) {
        return all().stream().filter(one -> one.name.equals(name)).findFirst().orElseThrow();
    }

    /** Called by the fuzzer before anything else; takes the name of the protocol. */
    public static void fuzzerInitialize(String[] arguments) {
        target = of(arguments[0]);
    }

    public static void fuzzerTestOneInput(byte[] input) {
        target.run(input);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<String> arguments() {
        return List.of(name);
    }

    @Override
    public void run(byte[] input) {
        for (StreamKind kind : protocol.descriptor().kinds()) {
            if (kind == StreamKind.DATAGRAM) {
                FlowDriver driver = new FlowDriver(conversation(kind));
                play(input, driver, MAX_BYTES, true);
            } else {
                runStream(input, kind);
            }
        }
    }

    private void runStream(byte[] input, StreamKind kind) {
        FlowDriver whole = new FlowDriver(conversation(kind));
        boolean comparable = play(input, whole, MAX_BYTES, false) && whole.reasons.isEmpty();
        if (comparable && input.length <= MAX_BYTES_CUT) {
            FlowDriver single = new FlowDriver(conversation(kind));
            play(input, single, 1, false);
            if (!outcome(single).equals(outcome(whole))) {
                throw new AssertionError("byte by byte " + outcome(single) + ", whole " + outcome(whole));
            }
        }
    }

    private Conversation conversation(StreamKind kind) {
        return protocol.newConversation(kind, EVERYTHING, Endpoint.NONE);
    }

    /** Feeds pieces of {@code step} bytes at most, or datagrams; false if there was a gap. */
    private static boolean play(byte[] bytes, FlowDriver driver, int step, boolean isOfDatagrams) {
        Input input = new Input(bytes);
        boolean whole = true;
        while (input.hasMore()) {
            int head = input.next();
            boolean isRequest = (head & 1) == 0;
            int kind = head >> 1 & 3;
            if (kind == GAP) {
                whole = false;
                long length = 1 + input.nextShort();
                if (!isOfDatagrams) {
                    driver.gap(isRequest, length);
                }
                continue;
            }
            int length = kind == LONG_BYTES ? input.nextShort() : input.next();
            int from = input.position();
            int to = from + input.skip(length);
            if (isOfDatagrams) {
                driver.datagram(isRequest, Arrays.copyOfRange(bytes, from, to));
                continue;
            }
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
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (Flow flow : Flow.of(name)) {
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
