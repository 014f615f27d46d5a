package io.kyanos.protocol.http2;

import io.kyanos.protocol.grpc.CallFields;
import io.kyanos.protocol.grpc.GrpcAttribute;
import io.kyanos.protocol.grpc.GrpcDescriptor;
import io.kyanos.protocol.grpc.GrpcStatus;
import io.kyanos.protocol.grpc.MessageCounter;
import io.kyanos.protocol.grpc.MessageCounts;
import io.kyanos.protocol.grpc.RpcOperations;
import io.kyanos.protocol.grpc.RpcType;
import io.kyanos.protocol.web.StatusCode;
import io.kyanos.record.Details.Value;
import io.kyanos.record.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the call that a stream is, or may be. Mutable; not thread-safe.
 */
/*
 * The type of the request's content tells the protocol. Where it is among fields that were missed, that of the response does, or a field
 * that only calls have, or at last the bodies: whole messages and nothing else, and trailers after them.
 */
final class Http2Call {

    /** Service and method, where details are kept or the answer decides on the operation; empty if they are not known. */
    String name = "";

    /** Null where the answer decides on it. */
    @Nullable
    String operation = RpcOperations.UNKNOWN;

    private @Nullable RpcType type;

    /** What the request is of is not known. */
    private final boolean isDoubtful;

    private boolean isMarked;
    private boolean isRefuted;
    private boolean hasTrailers;

    /** Fields of the last block, of which one may be the status, are not known. */
    private boolean hasUnknown;

    private @Nullable GrpcStatus status;
    private @Nullable MessageCounter asked;
    private @Nullable MessageCounter told;
    private final boolean inDetail;
    private List<Value> requestValues = List.of();
    private List<Value> responseValues = List.of();

    /** @param type null if it is not known */
    Http2Call(@Nullable RpcType type, boolean inDetail) {
        this.type = type;
        this.inDetail = inDetail;
        isDoubtful = type == null;
    }

    /** The request's head, which may come after the response. */
    void asks(@Nullable RpcType of, CallFields fields) {
        type = of == null ? type : of;
        isMarked |= fields.isMarked();
        requestValues = fields.values();
    }

    /** A block of the response. */
    void answers(CallFields fields, boolean isIncomplete, boolean isTrailers) {
        if (isDoubtful && type == null) {
            type = fields.type();
            isRefuted |= fields.hasType() && type == null;
        }
        isMarked |= fields.isMarked();
        hasTrailers |= isTrailers;
        hasUnknown = isIncomplete;
        status = fields.status() == null ? status : fields.status();
        if (!fields.values().isEmpty()) {
            List<Value> all = new ArrayList<>(responseValues);
            all.addAll(fields.values());
            responseValues = all;
        }
    }

    /** What is kept of both heads in detail takes so many bytes of the heap, about. */
    long bytesOfValues() {
        return StreamTable.bytesOf(requestValues) + StreamTable.bytesOf(responseValues);
    }

    /** What the response has said in detail is kept no more. */
    void saysNoMore() {
        responseValues = List.of();
    }

    /** Counts the messages of the request. */
    MessageCounter asked() {
        MessageCounter counter = asked;
        if (counter == null) {
            counter = counting().newCounter(inDetail);
            asked = counter;
        }
        return counter;
    }

    /** Counts those of the response. */
    MessageCounter told() {
        MessageCounter counter = told;
        if (counter == null) {
            counter = counting().newCounter(inDetail);
            told = counter;
        }
        return counter;
    }

    private RpcType counting() {
        return type == null ? RpcType.GRPC : type;
    }

    /** What the stream is as far as is known by now; null if it is no call. */
    @Nullable
    RpcType type() {
        if (type != null) {
            return type;
        }
        return isMarked || (!isRefuted && looksLikeOne()) ? RpcType.GRPC : null;
    }

    private boolean looksLikeOne() {
        return hasTrailers
                && (asked().isProof() || told().isProof())
                && !asked().isRefutation()
                && !told().isRefutation();
    }

    /** The status as it is shown, where HTTP said {@code code}. */
    String status(int code) {
        if (type == RpcType.CONNECT && code != 0) {
            return code < 300 ? GrpcStatus.OK.name() : StatusCode.text(code);
        }
        GrpcStatus known = known(code);
        return known == null ? GrpcDescriptor.UNKNOWN_STATUS : known.name();
    }

    Outcome outcome(int code) {
        if (type == RpcType.CONNECT && code != 0) {
            return code < 300 ? Outcome.OK : StatusCode.outcome(code);
        }
        GrpcStatus known = known(code);
        return known == null ? Outcome.UNKNOWN : known.outcome();
    }

    private @Nullable GrpcStatus known(int code) {
        GrpcStatus said = status;
        if (said == null && told != null && counting().endsInBody()) {
            said = told.endStatus();
        }
        if (said != null || code == 0 || (code == 200 && hasUnknown)) {
            return said;
        }
        return code == 200 && type == RpcType.GRPC_WEB_TEXT ? null : GrpcStatus.ofHttp(code);
    }

    /** Whether what tells the status was in bytes that were missed. */
    boolean isStatusMissed(boolean isDoubtful) {
        return counting().endsInBody()
                && status == null
                && told().endStatus() == null
                && (isDoubtful || told().isLost());
    }

    /** Frames of the request may have been missed. */
    void missesRequest() {
        asked().loses();
    }

    /** The same of the response. */
    void missesResponse() {
        told().loses();
    }

    /** Whether the response shows that the server has the method. */
    boolean showsTheMethod(int code) {
        if (told != null && told.count() > 0) {
            return true;
        }
        if (type == RpcType.CONNECT && code != 0) {
            return StatusCode.showsAnEndpoint(StatusCode.text(code));
        }
        GrpcStatus said = status;
        return said != null && said.showsTheMethod();
    }

    /** What the request says in detail, where it says {@code values} as any request. */
    List<Value> ofRequest(List<Value> values) {
        List<Value> all = new ArrayList<>();
        RpcType of = type();
        all.add(new Value(GrpcAttribute.RPC, of == null ? "" : of.label()));
        if (!name.isEmpty()) {
            int slash = name.indexOf('/');
            all.add(new Value(GrpcAttribute.SERVICE, name.substring(0, slash)));
            all.add(new Value(GrpcAttribute.METHOD, name.substring(slash + 1)));
        }
        values.stream()
                .filter(value -> !value.of().equals(Http2Attribute.METHOD))
                .forEach(all::add);
        all.addAll(requestValues);
        return all;
    }

    /** The same of the response. */
    List<Value> ofResponse(List<Value> values, int code) {
        List<Value> all = new ArrayList<>(values);
        all.addAll(responseValues);
        if (code != 200 && code != 0) {
            all.add(new Value(GrpcAttribute.HTTP_STATUS, StatusCode.text(code)));
        }
        return all;
    }

    /** The messages of the request; null without details or if the body is not made of messages. */
    @Nullable
    MessageCounts requestMessages() {
        return inDetail && asked().isCounted() ? asked().counts() : null;
    }

    /** The same of the response. */
    @Nullable
    MessageCounts responseMessages() {
        return inDetail && told().isCounted() ? told().counts() : null;
    }
}
