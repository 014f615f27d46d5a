package io.kyanos.reassembly;

import io.kyanos.event.Direction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What a reassembly has told, kept for a test. */
final class Heard implements StreamSink {

    /** Some bytes of a direction. */
    @SuppressWarnings("ArrayRecordComponent")
    record Bytes(
            long generation,
            Direction direction,
            long at,
            long position,
            int length,
            byte[] captured,
            boolean continued) {

        String text() {
            return new String(captured, StandardCharsets.ISO_8859_1);
        }
    }

    /** The end of a connection. */
    record End(long generation, long egress, long ingress, int reason, int firstEnd) {}

    final List<Flow> opened = new ArrayList<>();
    final List<Bytes> bytes = new ArrayList<>();
    final List<End> ends = new ArrayList<>();
    final List<String> order = new ArrayList<>();
    boolean wanted = true;

    @Override
    public boolean opens(Flow flow) {
        opened.add(flow);
        return wanted;
    }

    @Override
    public void bytes(
            Flow flow,
            Direction direction,
            long movedAt,
            long position,
            int length,
            byte[] array,
            int offset,
            int captured,
            boolean continued) {
        Bytes heard = new Bytes(
                flow.generation(),
                direction,
                movedAt,
                position,
                length,
                Arrays.copyOfRange(array, offset, offset + captured),
                continued);
        bytes.add(heard);
        order.add((direction == Direction.EGRESS ? ">" : "<") + position + " " + heard.text()
                + (captured < length ? "+" + (length - captured) : ""));
    }

    @Override
    public void closes(Flow flow, long closedAt, long egressEnd, long ingressEnd, int reason, int firstEnd) {
        ends.add(new End(flow.generation(), egressEnd, ingressEnd, reason, firstEnd));
    }
}
