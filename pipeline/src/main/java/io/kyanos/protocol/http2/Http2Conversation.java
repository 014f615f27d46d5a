package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.Handover;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.grpc.RpcOperations;
import io.kyanos.protocol.web.ServerRoutes;
import io.kyanos.record.Message;
import io.kyanos.record.StreamedEvents;
import org.jspecify.annotations.Nullable;

/** The state of one connection: its streams that are open, and the parsers of its directions. Not thread-safe. */
final class Http2Conversation implements Conversation {

    private final KeptBytes.Share share;
    private final StreamTable streams;
    private final ServerRoutes routes;
    private final RpcOperations.OfServer operations;
    private final Http2Parser requests;
    private final Http2Parser responses;
    private final Http2Matcher matcher;

    private final FlowControl asking = new FlowControl(true);
    private final FlowControl telling = new FlowControl(false);
    private final boolean inDetail;

    /** The highest stream, by whom it was opened, whose request has been seen. */
    private final int[] highest = new int[2];

    Http2Conversation(
            Detail detail,
            ServerRoutes routes,
            RpcOperations.OfServer operations,
            Http2Messages messages,
            KeptBytes.Share share,
            int maxStreams) {
        inDetail = detail.attributes();
        this.routes = routes;
        this.operations = operations;
        this.share = share;
        streams = new StreamTable(share);
        requests = new Http2Parser(true, this, detail, routes, operations);
        responses = new Http2Parser(false, this, detail, routes, operations);
        matcher = new Http2Matcher(streams, messages, detail.attributes(), maxStreams);
    }

    @Override
    public Parser requests() {
        return requests;
    }

    @Override
    public Parser responses() {
        return responses;
    }

    @Override
    public Matcher matcher() {
        return matcher;
    }

    /** Which words of a path are part of its route depends on the answer. */
    @Override
    public void concluded(FramedMessage request, @Nullable FramedMessage response) {
        if (request.message() instanceof Http2Message asked && asked.isUndecided()) {
            // A reset says nothing about what exists, nor does a status that is not known.
            Message answer = response == null ? null : response.message();
            Http2Message said = answer instanceof Http2Message ended ? ended : null;
            long at = response != null ? response.lastExitedAt() : request.lastExitedAt();
            if (asked.isCall()) {
                operations.decide(asked, said != null && said.showsTheMethod(), at);
            } else {
                routes.decide(asked, said != null && !said.hasCode() ? null : answer, at);
            }
        }
    }

    @Override
    public int openStreams() {
        return matcher.waiting();
    }

    /** The client's preface and the frames of both are to come. */
    @Override
    public void takeOver(Handover from) {
        Http2Stream stream = UpgradedRequest.stream(from);
        opened(stream);
        if (!stream.isRefused) {
            matcher.awaited();
        }
        begin();
        ByteView settings = UpgradedRequest.settings(from);
        requests.readSettings(settings, 0, settings.length(), StreamedEvents.UNKNOWN);
    }

    @Override
    public @Nullable Descriptor inside(FramedMessage request) {
        return request.message() instanceof Http2Message asked && asked.isCall() ? Http2Descriptor.GRPC : null;
    }

    /** Those that are open, by their numbers. */
    StreamTable streams() {
        return streams;
    }

    /** The table of a decoder, and whatever streams say, is taken from here. */
    KeptBytes.Share share() {
        return share;
    }

    @Override
    public void close() {
        share.close();
    }

    /** The stream is open; or, for want of room, refused. */
    void opened(Http2Stream stream) {
        streams.keep(stream);
        if (stream.isAsked) {
            highest[stream.id & 1] = Math.max(highest[stream.id & 1], stream.id);
        }
    }

    /** Whether a stream that is not open was before, or will never be asked for. */
    boolean isOver(int stream) {
        return stream <= highest[stream & 1];
    }

    /** The connection begins. */
    void begin() {
        if (inDetail) {
            asking.begin();
            telling.begin();
        }
    }

    /** Bytes are missing, of either direction. */
    void forgetWindows() {
        asking.forget();
        telling.forget();
    }

    /** The windows of what the client sends, or of what the server sends. */
    FlowControl windows(boolean ofClient) {
        return ofClient ? asking : telling;
    }

    /** The parser of what the other side sends. */
    Http2Parser across(boolean ofClient) {
        return ofClient ? responses : requests;
    }
}
