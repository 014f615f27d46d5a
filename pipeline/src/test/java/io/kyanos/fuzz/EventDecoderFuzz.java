package io.kyanos.fuzz;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import java.util.List;

/** Bytes that pass for a whole event: whatever its kind has must be readable, inside the event. */
public final class EventDecoderFuzz implements FuzzTarget {

    private static final EventDecoderFuzz TARGET = new EventDecoderFuzz();

    private final EventDecoder decoder = new EventDecoder();

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }

    @Override
    public void run(byte[] input) {
        if (!decoder.wrap(input, 0, input.length)) {
            return;
        }
        check(decoder.length() == input.length, "length");
        decoder.copyTo(new byte[input.length], 0);
        switch (decoder.kind()) {
            case EventDecoder.KIND_OPENED -> opened();
            case EventDecoder.KIND_INFERRED -> decoder.inferredProtocol();
            case EventDecoder.KIND_CLOSED -> {
                decoder.closedAt();
                decoder.closeReason();
                decoder.closedEnd(Direction.EGRESS);
                decoder.closedEnd(Direction.INGRESS);
            }
            case EventDecoder.KIND_DATA -> data(input);
            case EventDecoder.KIND_RUNNING, EventDecoder.KIND_EXEC, EventDecoder.KIND_FORK, EventDecoder.KIND_EXIT -> {
                check(decoder.executableName().length() <= 64 && decoder.comm().length() <= 16, "names");
                decoder.processTgid();
                decoder.parentTgid();
            }
            default -> throw new AssertionError("whole, of kind " + decoder.kind());
        }
    }

    private void opened() {
        decoder.localIp();
        decoder.localPort();
        decoder.remoteIp();
        decoder.remotePort();
        decoder.netns();
        decoder.origin();
        decoder.side();
        decoder.transport();
        decoder.openedTraceState();
        check(decoder.localName().length <= 255 && decoder.remoteName().length <= 255, "names");
    }

    private void data(byte[] input) {
        decoder.enteredAt();
        decoder.exitedAt();
        decoder.direction();
        decoder.dataTraceState();
        decoder.isTracedInFull();
        check(decoder.position() >= 0, "position");
        check(decoder.captured() >= 0 && decoder.captured() <= decoder.dataLength(), "captured");
        check(
                decoder.payloadIndex() >= 0 && decoder.payloadIndex() + decoder.captured() <= input.length,
                "payload inside of the event");
        if (decoder.hasFlag(EventDecoder.FLAG_PEER)) {
            check(decoder.peerIp().length == 16 && decoder.peerPort() >= 0, "peer");
        }
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    @Override
    public List<byte[]> seeds() {
        byte[] opened = EventEncoder.opened(1, 7, 1, 3, EventDecoder.SIDE_CLIENT, EventDecoder.ORIGIN_CONNECT);
        return List.of(
                opened,
                EventEncoder.carriedBy(opened, EventDecoder.TRANSPORT_UNIX, "/run/a", "/run/b"),
                EventEncoder.data(1, 2, 7, 1, 3, Direction.EGRESS, 0, new byte[100], 60),
                EventEncoder.concurrent(3, 7, 1, 3, Direction.INGRESS, 0, 10),
                EventEncoder.process(EventDecoder.KIND_EXEC, 1, 1, 0, "redis-server", "redis"),
                EventEncoder.closed(9, 7, 1, 3, 60, 10, 0));
    }
}
