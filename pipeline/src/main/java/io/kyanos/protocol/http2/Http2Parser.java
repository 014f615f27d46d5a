package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.grpc.RpcOperations;
import io.kyanos.protocol.http2.StreamPart.Kind;
import io.kyanos.protocol.web.ServerRoutes;
import io.kyanos.protocol.web.StatusCode;
import io.kyanos.record.Details.Value;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parses the frames of one direction (RFC 9113). Hands out the head of each request, which both directions may send, and the end of
 * each response: what lies between belongs to streams that overlap. Not thread-safe.
 */
/*
 * Blocks: a block that CONTINUATION frames go on with is waited for, as no other frame may come in between.
 *
 * Losses: where frames begin is found again by a head that is plausible whose frame another plausible head follows, or that of a
 * block that is well-formed; all that the tables held is unknown by then.
 */
final class Http2Parser implements Parser {

    private static final int HEADER_TABLE_SIZE = 1;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int MAX_FRAME_SIZE = 5;

    private final boolean ofClient;
    private final Http2Conversation conversation;
    private final FieldDecoder decoder;
    private final HeadFields fields;
    private final Frame frame = new Frame();
    private final Frame next = new Frame();
    private final HeaderBlock block;
    private final FrameContent content;

    /** A frame has been seen, so no preface is to come. */
    private boolean begun;

    /** Where frames begin is to be found again. */
    private boolean strict;

    /** What the frame in hand, which is passed over, is of; null if of nothing that is known. */
    private @Nullable Http2Stream passing;

    /** Its response ends where the frame in hand does. */
    private boolean ends;

    /** Bytes of the frame in hand that are passed over. */
    private int rest;

    /** The longest frame that the other side allows. */
    private int maxFrameBytes = Frame.MOST_BYTES;

    Http2Parser(
            boolean ofClient,
            Http2Conversation conversation,
            Detail detail,
            ServerRoutes routes,
            RpcOperations.OfServer operations) {
        this.ofClient = ofClient;
        this.conversation = conversation;
        decoder = new FieldDecoder(conversation.share());
        fields = new HeadFields(detail, routes, operations);
        block = new HeaderBlock(decoder, fields);
        content = new FrameContent(ofClient);
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        Http2Stream passed = passing;
        passing = null;
        if (ends && passed != null) {
            ends = false;
            giveResponse(passed, 0, result);
            return;
        }
        if (rest > 0) {
            result.apart();
            result.skipped(0, rest);
            rest = 0;
            return;
        }
        int preface = begun || !ofClient ? 0 : Frame.prefaceBytes(view, 0);
        if (preface > 0) {
            readPreface(view, preface, result);
        } else if (!frame.read(view, 0)) {
            result.needMore();
        } else if (!begun && (ofClient || frame.type() != Frame.SETTINGS)) {
            invalid(ofClient ? Http2Reason.PREFACE : Http2Reason.FRAME, result);
        } else {
            readFrame(view, result);
        }
    }

    private void readPreface(ByteView view, int preface, ParseResult result) {
        if (preface == Frame.prefaceLength()) {
            begun = true;
            decoder.begin();
            conversation.begin();
            result.structure(0, preface);
            result.apart();
            result.skipped(preface, 0);
        } else if (preface == view.length()) {
            result.needMore();
        } else {
            result.invalid(Http2Reason.PREFACE);
        }
    }

    private void readFrame(ByteView view, ParseResult result) {
        if (!frame.isWellFormed() || (strict && !frame.isPlausible())) {
            invalid(Http2Reason.FRAME, result);
        } else if (frame.length() > maxFrameBytes) {
            invalid(Http2Reason.FRAME_SIZE, result);
        } else if (strict && !isConfirmed(view, result)) {
            // The result says why.
            return;
        } else {
            if (!begun && !ofClient && frame.type() == Frame.SETTINGS && !frame.has(Frame.ACK)) {
                // the server's part of the preface: what it has numbered before is nothing
                decoder.begin();
            }
            strict = false;
            begun = true;
            result.structure(0, frame.tellingBytes());
            read(view, result);
        }
    }

    /** Whether more than its head shows that a frame begins here; if not, the result is set. */
    private boolean isConfirmed(ByteView view, ParseResult result) {
        boolean isBlock = frame.type() == Frame.HEADERS;
        if (endsWhatIsKnown(view)) {
            return true;
        }
        if (view.length() < frame.bytes() + (isBlock ? 0 : Frame.HEAD_BYTES)) {
            result.needMore();
            return false;
        }
        if (isBlock) {
            Http2Guess.Sender sender = FirstField.sender(view, 0, frame);
            if (sender != Http2Guess.Sender.NOBODY
                    && sender != (ofClient ? Http2Guess.Sender.SERVER : Http2Guess.Sender.CLIENT)) {
                return true;
            }
        } else {
            next.read(view, frame.bytes());
            if (next.isPlausible()) {
                return true;
            }
        }
        invalid(Http2Reason.FRAME, result);
        return false;
    }

    /** Whether it is, to the end of what has come, a part of the body of a stream that is open. */
    private boolean endsWhatIsKnown(ByteView view) {
        if (frame.type() != Frame.DATA || frame.length() == 0 || view.length() != frame.bytes()) {
            return false;
        }
        Http2Stream stream = conversation.streams().get(frame.stream());
        return stream != null && (ofClient ? stream.isAsked : stream.isAnswering());
    }

    private void read(ByteView view, ParseResult result) {
        switch (frame.type()) {
            case Frame.DATA -> readData(view, result);
            case Frame.HEADERS, Frame.PUSH_PROMISE -> readBlock(view, result);
            case Frame.RST_STREAM -> readReset(view, result);
            case Frame.SETTINGS -> readSettings(view, result);
            case Frame.GOAWAY -> readGoaway(view, result);
            case Frame.WINDOW_UPDATE -> readWindowUpdate(view, result);
            case Frame.CONTINUATION -> invalid(Http2Reason.CONTINUATION, result);
            default -> {
                result.apart();
                result.skipped(Frame.HEAD_BYTES, frame.length());
            }
        }
    }

    private void readData(ByteView view, ParseResult result) {
        int read = Frame.HEAD_BYTES;
        int padding = 0;
        if (frame.has(Frame.PADDED)) {
            if (view.length() == read) {
                result.needMore();
                return;
            }
            result.structure(read, read + 1);
            padding = 1 + Frame.unsigned(view, read++);
            if (padding > frame.length()) {
                invalid(Http2Reason.PADDING, result);
                return;
            }
        }
        Http2Stream stream = conversation.streams().get(frame.stream());
        conversation.windows(ofClient).sent(stream, frame.length(), result);
        if (stream == null || (!ofClient && !stream.isAnswering())) {
            content.forget();
            result.apart();
        } else if (ofClient) {
            result.apart();
            stream.requestBytes += frame.bytes();
            stream.requestBodyBytes += frame.length() - padding;
            endRequest(stream, result);
            content.begin(stream, frame.length() - padding);
            passing = frame.bytes() == read ? null : stream;
        } else {
            stream.responseBytes += frame.bytes();
            stream.responseBodyBytes += frame.length() - padding;
            stream.goneOnAt = result.timeAt(0);
            content.begin(stream, frame.length() - padding);
            if (frame.has(Frame.END_STREAM) && view.length() >= frame.bytes()) {
                content.read(view, read, result);
                giveResponse(stream, frame.bytes(), result);
                return;
            }
            ends = frame.has(Frame.END_STREAM);
            passing = frame.bytes() == read ? null : stream;
            result.part(stream.id);
        }
        if (content.isWanted()) {
            result.wantPassOver();
        }
        result.skipped(read, frame.bytes() - read);
    }

    @Override
    public void passed(ByteView bytes, ParseResult result) {
        content.read(bytes, 0, result);
    }

    private void readBlock(ByteView view, ParseResult result) {
        int end = block.find(view, frame);
        if (end == HeaderBlock.MORE) {
            result.needMore();
        } else if (end == HeaderBlock.WRONG) {
            invalid(Http2Reason.CONTINUATION, result);
        } else if (!block.locate(view, frame)) {
            invalid(Http2Reason.PADDING, result);
        } else if (!block.decode(view, frame, result)) {
            invalid(Http2Reason.FIELDS, result);
        } else if (frame.type() == Frame.PUSH_PROMISE) {
            readPromise(block.promised(view), end, result);
        } else if (ofClient) {
            readRequestHead(end, result);
        } else {
            readResponseHead(end, result);
        }
    }

    private void readRequestHead(int end, ParseResult result) {
        Http2Stream stream = conversation.streams().get(frame.stream());
        if (stream != null && stream.isAsked) {
            stream.requestBytes += end;
            endRequest(stream, result);
            result.apart();
            result.skipped(end, 0);
        } else if (!fields.isRequest()) {
            result.apart();
            result.skipped(end, 0);
        } else {
            giveRequest(stream == null ? new Http2Stream(frame.stream()) : stream, end, result);
        }
    }

    private void readPromise(int promised, int end, ParseResult result) {
        if (ofClient || !fields.isRequest() || conversation.streams().get(promised) != null) {
            result.apart();
            result.skipped(end, 0);
        } else {
            giveRequest(new Http2Stream(promised), end, result);
        }
    }

    private void giveRequest(Http2Stream stream, int end, ParseResult result) {
        stream.requestBytes = end;
        stream.isAsked = true;
        if (frame.type() == Frame.PUSH_PROMISE) {
            stream.requestEndedAt = result.timeAt(0);
        } else {
            endRequest(stream, result);
            beginBody(stream, result);
        }
        fields.describe(stream);
        conversation.opened(stream);
        result.message(new StreamPart(Kind.REQUEST, stream, ErrorCode.NO_ERROR, end), end);
    }

    /** The request ends with the frame in hand, if that says so. */
    private void endRequest(Http2Stream stream, ParseResult result) {
        if (frame.has(Frame.END_STREAM)) {
            stream.requestEndedAt = result.timeAt(0);
        }
    }

    /** A body may follow the head in hand. */
    private void beginBody(Http2Stream stream, ParseResult result) {
        if (!frame.has(Frame.END_STREAM)) {
            conversation.windows(ofClient).begins(stream, result);
        }
    }

    private void readResponseHead(int end, ParseResult result) {
        Http2Stream known = conversation.streams().get(frame.stream());
        if (fields.code() != 0 && StatusCode.isInterim(fields.code())) {
            result.apart();
            result.skipped(end, 0);
            return;
        }
        if (known == null ? conversation.isOver(frame.stream()) : known.ended) {
            result.apart();
            result.skipped(end, 0);
            return;
        }
        Http2Stream stream = known == null ? new Http2Stream(frame.stream()) : known;
        if (!stream.answered) {
            stream.answered = true;
            stream.answeredAt = result.timeAt(0);
            stream.goneOnAt = stream.answeredAt;
            beginBody(stream, result);
            stream.code = fields.code();
            stream.codeMissed = fields.hasUnknown();
            stream.responseValues = fields.values();
            if (known == null) {
                conversation.opened(stream);
            }
            if (stream.isRefused) {
                result.apart();
                result.skipped(end, 0);
                return;
            }
            result.begins(0, stream.id);
        } else {
            if (stream.code == 0) {
                // What came before was an interim response, of which this was not known.
                stream.code = fields.code();
            }
            stream.responseValues = joined(stream.responseValues, fields.values());
        }
        fields.answer(stream, frame.has(Frame.END_STREAM));
        conversation.streams().keep(stream);
        stream.responseBytes += end;
        if (frame.has(Frame.END_STREAM)) {
            giveResponse(stream, end, result);
        } else {
            result.part(stream.id);
            result.skipped(end, 0);
        }
    }

    private static List<Value> joined(List<Value> head, List<Value> trailers) {
        if (trailers.isEmpty()) {
            return head;
        }
        List<Value> all = new ArrayList<>(head);
        all.addAll(trailers);
        return all;
    }

    private static void giveResponse(Http2Stream stream, int length, ParseResult result) {
        stream.ended = true;
        if (stream.events != null) {
            stream.events.ended();
        }
        result.ends(stream.id);
        result.message(new StreamPart(Kind.RESPONSE, stream, ErrorCode.NO_ERROR, stream.responseBytes), length);
    }

    private void readReset(ByteView view, ParseResult result) {
        if (view.length() < frame.bytes()) {
            result.needMore();
            return;
        }
        result.structure(Frame.HEAD_BYTES, frame.bytes());
        Http2Stream stream = conversation.streams().get(frame.stream());
        if (stream == null || stream.ended) {
            result.apart();
            result.skipped(frame.bytes(), 0);
            return;
        }
        stream.ended = true;
        conversation.windows(true).reset(stream, result);
        conversation.windows(false).reset(stream, result);
        ErrorCode code = ErrorCode.of(Frame.int32(view, Frame.HEAD_BYTES));
        if (ofClient) {
            result.message(new StreamPart(Kind.RESET, stream, code, frame.bytes()), frame.bytes());
        } else {
            stream.responseBytes += frame.bytes();
            result.ends(stream.id);
            result.message(new StreamPart(Kind.RESET, stream, code, stream.responseBytes), frame.bytes());
        }
    }

    /** Of what may follow the code, for people to read, there is no need. */
    private void readGoaway(ByteView view, ParseResult result) {
        int end = Frame.HEAD_BYTES + Frame.LEAST_GOAWAY_BYTES;
        if (view.length() < end) {
            result.needMore();
            return;
        }
        result.structure(Frame.HEAD_BYTES, end);
        Http2Stream last = new Http2Stream(Frame.int32(view, Frame.HEAD_BYTES) & Integer.MAX_VALUE);
        rest = frame.bytes() - end;
        result.message(new StreamPart(Kind.GOAWAY, last, ErrorCode.REFUSED_STREAM, end), end);
    }

    private void readSettings(ByteView view, ParseResult result) {
        if (view.length() < frame.bytes()) {
            result.needMore();
            return;
        }
        readSettings(view, Frame.HEAD_BYTES, frame.bytes(), result.timeAt(0));
        result.structure(Frame.HEAD_BYTES, frame.bytes());
        result.apart();
        result.skipped(frame.bytes(), 0);
    }

    private void readWindowUpdate(ByteView view, ParseResult result) {
        if (view.length() < frame.bytes()) {
            result.needMore();
            return;
        }
        FlowControl windows = conversation.windows(!ofClient);
        if (frame.stream() == 0) {
            windows.allow(FlowControl.increment(view), result);
        } else {
            Http2Stream stream = conversation.streams().get(frame.stream());
            if (stream != null) {
                windows.allow(stream, FlowControl.increment(view), result);
            }
        }
        result.structure(Frame.HEAD_BYTES, frame.bytes());
        result.apart();
        result.skipped(frame.bytes(), 0);
    }

    /** What this side allows the other, in {@code [from, to)}. */
    void readSettings(ByteView view, int from, int to, long now) {
        for (int at = from; at < to; at += Frame.SETTING_BYTES) {
            int value = Frame.int32(view, at + 2);
            int most = value < 0 ? Integer.MAX_VALUE : value;
            switch (Frame.int16(view, at)) {
                case HEADER_TABLE_SIZE -> conversation.across(ofClient).decoder.allow(most);
                case INITIAL_WINDOW_SIZE ->
                    conversation
                            .windows(!ofClient)
                            .resize(most, conversation.streams().values(), now);
                case MAX_FRAME_SIZE -> conversation.across(ofClient).allowFrames(most);
                default -> {
                    // says nothing about frames or fields
                }
            }
        }
    }

    /** Frames that are under way may be as long as was allowed before. */
    private void allowFrames(int most) {
        maxFrameBytes = maxFrameBytes == Frame.MOST_BYTES ? most : Math.max(most, maxFrameBytes);
    }

    @Override
    public void missed(long bytes) {
        if (ofClient && passing != null) {
            passing.requestIncomplete = true;
        }
        content.missed(bytes);
    }

    private void invalid(String reason, ParseResult result) {
        forget();
        result.invalid(reason);
    }

    private void forget() {
        strict = true;
        begun = true;
        rest = 0;
        ends = false;
        passing = null;
        content.forget();
        decoder.forget();
        conversation.forgetWindows();
    }

    @Override
    public void lost(ParseResult result) {
        invalid(Http2Reason.CUT_SHORT, result);
    }

    /** What is still to come of a body does not. */
    @Override
    public void ended(ParseResult result) {
        Http2Stream cut = passing;
        if (cut != null && ofClient) {
            cut.requestBytes -= content.left();
            cut.requestBodyBytes -= content.left();
        } else if (cut != null) {
            cut.responseBytes -= content.left();
            cut.responseBodyBytes -= content.left();
        }
        lost(result);
    }

    @Override
    public int resync(ByteView view, int from) {
        forget();
        int at = from;
        while (at < view.length()) {
            if (!frame.read(view, at) ? view.byteAt(at) == 0 : frame.isPlausible()) {
                return at;
            }
            at++;
        }
        return at;
    }

    @Override
    public void structureSoFar(ByteView view, ParseResult result) {
        if (frame.read(view, 0)) {
            result.structure(0, frame.tellingBytes());
        }
    }
}
