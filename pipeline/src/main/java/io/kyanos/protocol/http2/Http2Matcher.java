package io.kyanos.protocol.http2;

import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Matcher;
import io.kyanos.record.Unanswered;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Pairs what the streams of one connection have asked with how they have ended. A stream whose response has begun waits for its end
 * however long that takes. Not thread-safe.
 */
/*
 * Time: a request that is still sent, for hours perhaps, waits for nothing. It does from its end on; or, where that may be among
 * bytes that are missing, from its beginning.
 *
 * Order: a client's threads may read a response before the write of its request is seen to return, so a response waits for its
 * request if that may still come.
 *
 * Losses: where bytes of responses are missing, the end of any stream may have been among them. Such streams wait no longer than
 * requests that nobody answers.
 */
final class Http2Matcher implements Matcher {

    private final StreamTable streams;
    private final Http2Messages messages;
    private final boolean inDetail;
    private final int maxStreams;
    private int waiting;

    /** Of streams that a client has opened, at 1, and of those that a server has promised, by what the other end has said. */
    private final Refusals[] refusals = {new Refusals(0), new Refusals(1)};

    Http2Matcher(StreamTable streams, Http2Messages messages, boolean inDetail, int maxStreams) {
        this.streams = streams;
        this.messages = messages;
        this.inDetail = inDetail;
        this.maxStreams = maxStreams;
    }

    @Override
    public void request(FramedMessage request, Exchanges exchanges) {
        take(request, true, exchanges);
    }

    /** A server sends requests, too: those that it promises to answer unasked. */
    @Override
    public void response(FramedMessage response, Exchanges exchanges) {
        take(response, false, exchanges);
    }

    /** A stream is open whose request was asked in another protocol. */
    void awaited() {
        waiting++;
    }

    private void take(FramedMessage part, boolean ofClient, Exchanges exchanges) {
        StreamPart said = (StreamPart) part.message();
        Http2Stream stream = said.stream();
        switch (said.kind()) {
            case REQUEST -> asked(stream, part, exchanges);
            case RESPONSE -> answered(stream, part, exchanges);
            case RESET -> reset(stream, part, exchanges);
            case GOAWAY -> refusals[ofClient ? 0 : 1].begin(part, exchanges);
        }
    }

    private void asked(Http2Stream stream, FramedMessage request, Exchanges exchanges) {
        stream.request = request;
        FramedMessage early = stream.response;
        if (early != null) {
            streams.remove(stream);
            exchanges.answered(asAsked(stream, request), asSaid(stream, early));
        } else if (refusals[stream.id & 1].isOf(stream)) {
            waiting++;
            refusals[stream.id & 1].refuse(stream, true, exchanges);
        } else if (waiting >= maxStreams || stream.isRefused) {
            streams.remove(stream);
            exchanges.unanswered(asAsked(stream, request), Unanswered.CAPTURE_LOSS);
        } else {
            waiting++;
        }
    }

    private void answered(Http2Stream stream, FramedMessage response, Exchanges exchanges) {
        Http2Call call = stream.asCall();
        if ((stream.code == 0 && !stream.codeMissed) || (call != null && call.isStatusMissed(stream.doubtful))) {
            // Its status is among what was missed.
            end(stream, Unanswered.CAPTURE_LOSS, exchanges, response);
            return;
        }
        conclude(stream, response, exchanges);
    }

    private void reset(Http2Stream stream, FramedMessage reset, Exchanges exchanges) {
        if (stream.doubtful && ((StreamPart) reset.message()).code() == ErrorCode.NO_ERROR) {
            // So what is left of a request goes whose response, which has ended, was missed.
            end(stream, Unanswered.CAPTURE_LOSS, exchanges, reset);
        } else {
            conclude(stream, reset, exchanges);
        }
    }

    private void conclude(Http2Stream stream, FramedMessage response, Exchanges exchanges) {
        FramedMessage request = stream.request;
        if (request == null && streams.size() < maxStreams && stream.response == null) {
            stream.response = response;
            return;
        }
        streams.remove(stream);
        if (request == null) {
            exchanges.unmatched(response);
        } else {
            waiting--;
            exchanges.answered(asAsked(stream, request), asSaid(stream, response));
        }
    }

    /* Not before the request is known, which tells what it is an answer of. */
    private FramedMessage asSaid(Http2Stream stream, FramedMessage response) {
        StreamPart said = (StreamPart) response.message();
        if (said.kind() == StreamPart.Kind.RESPONSE) {
            return response.saying(messages.response(stream, inDetail));
        }
        // Whoever has reset it, the response had begun before, or never has.
        return response.saying(Http2Message.reset(
                        stream, said.code(), Math.max(said.wireBytes(), stream.responseBytes), inDetail))
                .begunAt(stream.answeredAt);
    }

    private void end(Http2Stream stream, Unanswered reason, Exchanges exchanges, FramedMessage response) {
        streams.remove(stream);
        exchanges.unmatched(response);
        FramedMessage request = stream.request;
        if (request != null) {
            waiting--;
            exchanges.unanswered(asAsked(stream, request), reason);
        }
    }

    private FramedMessage asAsked(Http2Stream stream, FramedMessage request) {
        FramedMessage whole = request.saying(messages.request(stream, inDetail));
        return stream.requestIncomplete ? whole.asTruncated() : whole;
    }

    /** What becomes of streams that one end has opened once the other goes away: those after the last that is served are refused. */
    private final class Refusals {

        private final int parity;
        private int last = Integer.MAX_VALUE;
        private @Nullable FramedMessage goaway;

        Refusals(int parity) {
            this.parity = parity;
        }

        void begin(FramedMessage said, Exchanges exchanges) {
            goaway = said;
            last = ((StreamPart) said.message()).stream().id;
            List<Http2Stream> refused = inOrder(stream -> isOf(stream) && stream.request != null);
            if (refused.isEmpty()) {
                exchanges.repeated(said);
            }
            for (Http2Stream stream : refused) {
                refuse(stream, stream != refused.get(0), exchanges);
            }
        }

        boolean isOf(Http2Stream stream) {
            return goaway != null && (stream.id & 1) == parity && stream.id > last && !stream.answered;
        }

        void refuse(Http2Stream stream, boolean isFurther, Exchanges exchanges) {
            FramedMessage said = Objects.requireNonNull(goaway);
            if (isFurther) {
                exchanges.endsFurther(said);
            }
            stream.ended = true;
            conclude(stream, said, exchanges);
        }
    }

    /** Streams whose request was lost are among those of responses without one. */
    @Override
    public void requestsLost(Exchanges exchanges) {
        for (Http2Stream stream : streams.values()) {
            stream.missesRequest();
        }
    }

    @Override
    public void responsesLost(Exchanges exchanges) {
        for (Http2Stream stream : streams.values()) {
            stream.missesResponse();
        }
    }

    @Override
    public void ended(Unanswered reason, Exchanges exchanges) {
        giveUp(stream -> true, reason, exchanges);
    }

    @Override
    public void timedOut(long deadline, Unanswered reason, Exchanges exchanges) {
        giveUp(stream -> isOverdue(stream, deadline), reason, exchanges);
    }

    private static boolean isOverdue(Http2Stream stream, long deadline) {
        boolean goesOn = stream.answered && stream.response == null && !stream.doubtful;
        return !goesOn && stream.hasWaitedSince(deadline);
    }

    private void giveUp(Predicate<Http2Stream> which, Unanswered reason, Exchanges exchanges) {
        if (streams.isEmpty()) {
            return;
        }
        for (Http2Stream stream : inOrder(which)) {
            FramedMessage request = stream.request;
            if (request != null && hasStatus(stream)) {
                cut(stream, request, reason == Unanswered.CAPTURE_LOSS, exchanges);
            } else {
                giveUp(stream, stream.doubtful ? Unanswered.CAPTURE_LOSS : reason, exchanges);
            }
        }
    }

    private List<Http2Stream> inOrder(Predicate<Http2Stream> which) {
        List<Http2Stream> found = new ArrayList<>();
        for (Http2Stream stream : streams.values()) {
            if (which.test(stream)) {
                found.add(stream);
            }
        }
        found.sort(Comparator.comparingInt(stream -> stream.id));
        return found;
    }

    /** Whether its response has begun, and neither its end nor a reset may be among what is missing. */
    private static boolean hasStatus(Http2Stream stream) {
        return stream.isAnswering()
                && stream.code != 0
                && stream.call == null
                && !stream.doubtful
                && !stream.requestIncomplete;
    }

    /** The connection ends before its response does, or the capture. */
    private void cut(Http2Stream stream, FramedMessage request, boolean isOfCapture, Exchanges exchanges) {
        streams.remove(stream);
        waiting--;
        FramedMessage begun = new FramedMessage(
                messages.response(stream, inDetail),
                0,
                0,
                isOfCapture,
                stream.answeredAt,
                stream.answeredAt,
                stream.goneOnAt,
                List.of());
        if (isOfCapture) {
            exchanges.endsFurther(begun);
            exchanges.answered(asAsked(stream, request), begun);
        } else {
            exchanges.cut(asAsked(stream, request), begun);
        }
    }

    private void giveUp(Http2Stream stream, Unanswered reason, Exchanges exchanges) {
        streams.remove(stream);
        FramedMessage request = stream.request;
        FramedMessage response = stream.response;
        if (request != null) {
            waiting--;
            exchanges.unanswered(asAsked(stream, request), reason);
        } else if (response != null) {
            exchanges.unmatched(response);
        }
    }

    @Override
    public int waiting() {
        return waiting;
    }
}
