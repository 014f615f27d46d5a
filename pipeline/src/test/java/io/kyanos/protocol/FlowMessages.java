package io.kyanos.protocol;

import io.kyanos.record.Endpoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/** A flow cut where messages begin and end, as its protocol's own parsers frame them. */
public final class FlowMessages {

    /**
     * Bytes that one call moved, or what of them belongs to one message.
     *
     * @param at the first byte, counted in its direction
     * @param beginsMessage whether a message begins with them
     */
    public record Piece(Flow.Step step, long at, boolean beginsMessage) {

        private long end() {
            return at + step.length();
        }
    }

    private record Place(boolean isRequest, long start, long end) {}

    private final List<Place> places = new ArrayList<>();
    private final List<Piece> pieces = new ArrayList<>();

    /** Plays the flow, which speaks {@code protocol}, once. */
    public FlowMessages(Flow flow, Protocol protocol) {
        Conversation conversation = protocol.newConversation(flow.kind(), Detail.NONE, Endpoint.NONE);
        Matcher noting = Spy.on(Matcher.class, conversation.matcher(), (method, arguments) -> {
            if (method.equals("request") || method.equals("response")) {
                FramedMessage framed = (FramedMessage) arguments[0];
                places.add(new Place(method.equals("request"), framed.start(), framed.end()));
            }
            return null;
        });
        flow.play(Spy.on(
                Conversation.class, conversation, (method, arguments) -> method.equals("matcher") ? noting : null));
        long[] positions = new long[2];
        for (Flow.Step step : flow.steps()) {
            int which = step.isRequest() ? 0 : 1;
            cut(step, positions[which]);
            positions[which] += step.length();
        }
    }

    /** In the order of the flow. */
    public List<Piece> pieces() {
        return pieces;
    }

    /** The piece that the first message begins with; 0 if there is none. */
    public int firstMessage() {
        int first = 0;
        while (first < pieces.size() && !pieces.get(first).beginsMessage()) {
            first++;
        }
        return first < pieces.size() ? first : 0;
    }

    /** How many messages begin at or behind the piece {@code from} and have ended with the piece {@code to}. */
    public int ended(int from, int to) {
        long[] starts = {Long.MAX_VALUE, Long.MAX_VALUE};
        long[] ends = new long[2];
        for (int i = from; i <= to; i++) {
            int which = pieces.get(i).step().isRequest() ? 0 : 1;
            starts[which] = Math.min(starts[which], pieces.get(i).at());
            ends[which] = pieces.get(i).end();
        }
        return (int) places.stream()
                .filter(place -> place.start() >= starts[place.isRequest() ? 0 : 1]
                        && place.end() <= ends[place.isRequest() ? 0 : 1])
                .count();
    }

    private void cut(Flow.Step step, long at) {
        TreeSet<Long> borders = new TreeSet<>(List.of(at + step.length()));
        for (Place place : places) {
            if (place.isRequest() == step.isRequest() && !step.isGap()) {
                borders.add(place.start());
                borders.add(place.end());
            }
        }
        long from = at;
        for (long border : borders.subSet(at, false, at + step.length(), true)) {
            Flow.Step part = step.isGap()
                    ? step
                    : step.with(Arrays.copyOfRange(step.bytes(), (int) (from - at), (int) (border - at)));
            long begins = from;
            pieces.add(new Piece(
                    part,
                    from,
                    places.stream()
                            .anyMatch(place -> place.isRequest() == step.isRequest() && place.start() == begins)));
            from = border;
        }
    }
}
