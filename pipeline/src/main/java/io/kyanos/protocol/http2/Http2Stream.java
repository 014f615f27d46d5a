package io.kyanos.protocol.http2;

import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.streamed.EventScanner;
import io.kyanos.protocol.web.HttpMethod;
import io.kyanos.record.Details.Value;
import io.kyanos.record.StreamedEvents;
import io.kyanos.record.Trace;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is known of one stream that is open: both parsers write it, the matcher reads it. Mutable; not thread-safe. */
final class Http2Stream {

    private static final long NOT_YET = Long.MAX_VALUE;

    final int id;

    HttpMethod method = HttpMethod.OTHER;

    /** Null if the answer decides on it. */
    @Nullable
    String operation = "";

    String undecidedPath = "";
    String resource = "";
    List<Value> requestValues = List.of();
    Trace trace = Trace.NONE;

    /** Of the frames that make up the request, with their heads. */
    long requestBytes;

    long requestBodyBytes;
    boolean requestIncomplete;

    /** When the call that carried the end of the request returned; {@link #NOT_YET} before it. */
    long requestEndedAt = NOT_YET;

    /** What its request, and its response, may send of their bodies; null where that is not of interest. */
    FlowControl.@Nullable Window asking;

    FlowControl.@Nullable Window telling;

    /** When the call that carried the beginning of the response returned. */
    long answeredAt = StreamedEvents.UNKNOWN;

    /** The same of what came last of it. */
    long goneOnAt = StreamedEvents.UNKNOWN;

    /** Of the final response; 0 before it. */
    int code;

    /** The code of the final response is a number whose meaning was missed. */
    boolean codeMissed;

    /** Its head has been seen. */
    boolean isAsked;

    /** The final response has begun. */
    boolean answered;

    /** The response has ended, or the stream was reset: whatever comes is of no interest. */
    boolean ended;

    /** If it is a call, or may be one. */
    @Nullable
    Http2Call call;

    /** If the response is a stream of events. */
    @Nullable
    EventScanner events;

    List<Value> responseValues = List.of();
    long responseBytes;
    long responseBodyBytes;

    /** Blocks of the response may have been missed. */
    boolean doubtful;

    /** The request, with its place and its times; null before its head has been seen. */
    @Nullable
    FramedMessage request;

    /** The response where it has come before its request. */
    @Nullable
    FramedMessage response;

    /** What its table has taken for it. */
    long keptBytes;

    /** There was no room for it: nothing more of it is read. */
    boolean isRefused;

    Http2Stream(int id) {
        this.id = id;
    }

    /** Whether the other end has been able to answer since before {@code deadline}, as far as is known. */
    boolean hasWaitedSince(long deadline) {
        FramedMessage last = request == null ? response : request;
        long endedAt = requestIncomplete && requestEndedAt == NOT_YET ? 0 : requestEndedAt;
        return last != null && last.lastExitedAt() < deadline && (request == null || endedAt < deadline);
    }

    /** Bytes of its request may be missing, and where its frames are. */
    void missesRequest() {
        requestIncomplete = true;
        if (call != null) {
            call.missesRequest();
        }
    }

    /** The same of its response. */
    void missesResponse() {
        doubtful = true;
        if (call != null) {
            call.missesResponse();
        }
        if (events != null) {
            events.missed();
        }
    }

    /** What its response has said in detail is kept no more. */
    void saysNoMore() {
        responseValues = List.of();
        if (call != null) {
            call.saysNoMore();
        }
    }

    /** The call that it is, as far as is known by now; null if it is none. */
    @Nullable
    Http2Call asCall() {
        return call != null && call.type() != null ? call : null;
    }

    /** Whether its response has begun and goes on. */
    boolean isAnswering() {
        return answered && !ended;
    }
}
