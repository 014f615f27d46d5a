package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.SharedMessages;
import io.kyanos.protocol.nats.NatsMessage.Kind;
import io.kyanos.record.Details;
import org.jspecify.annotations.Nullable;

/**
 * Parses what a client, or a server, sends. Holds the state of at most one message; not thread-safe.
 *
 * <p>Of a message without payload nothing is kept between calls. One with payload is known once its line, and its headers
 * where they say how a request ended, are here; the rest is passed over. INFO, and the PING of the server with its PONG,
 * are no messages: they are skipped.
 */
// https://docs.nats.io/reference/reference-protocols/nats-protocol
final class NatsParser implements Parser {

    /** Longer headers are not looked into. */
    static final int MAX_HEADER_BYTES = 16 * 1024;

    private static final int LINE_END_BYTES = 2;

    private final boolean client;
    private final NatsConversation conversation;
    private final Detail detail;
    private final SharedMessages<NatsMessage> messages;
    private final NatsLine line = new NatsLine();
    private final NatsHeaders headers = new NatsHeaders();

    /** The message whose payload goes on, as far as its line and headers tell. */
    private @Nullable NatsMessage unfinished;

    private @Nullable NatsText text;

    NatsParser(boolean client, NatsConversation conversation, Detail detail, SharedMessages<NatsMessage> messages) {
        this.client = client;
        this.conversation = conversation;
        this.detail = detail;
        this.messages = messages;
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        NatsMessage begun = unfinished;
        if (begun != null) {
            endPayload(begun, view, 0, result);
            return;
        }
        NatsLine.Verdict verdict = line.read(view, 0, client);
        if (verdict == NatsLine.Verdict.PARTLY) {
            result.needMore();
        } else if (verdict != NatsLine.Verdict.WHOLE) {
            result.invalid(verdict.reason());
        } else if (line.operation().hasPayload()) {
            withPayload(view, result);
        } else {
            withoutPayload(view, result);
        }
    }

    private void withoutPayload(ByteView view, ParseResult result) {
        NatsStructure.line(view, line, result);
        Kind kind = take(view);
        if (kind == null) {
            result.skipped(line.length(), 0);
            return;
        }
        headers.clear();
        result.message(withText(message(view, kind, 0)), line.length());
    }

    /** What a line without payload is and what it changes; null if it is no message. */
    private @Nullable Kind take(ByteView view) {
        return switch (line.operation()) {
            case CONNECT -> {
                conversation.subscriptions.begin();
                conversation.verbose = !NatsJson.isFalse(view, line.from(0), line.to(0), NatsJson.VERBOSE);
                yield Kind.CONNECT;
            }
            case SUB -> {
                conversation.subscriptions.add(view, line);
                yield Kind.SUBSCRIBE;
            }
            case UNSUB -> {
                conversation.subscriptions.remove(line);
                yield Kind.UNSUBSCRIBE;
            }
            case INFO -> {
                if (detail.attributes()) {
                    conversation.serverVersion = line.member(NatsJson.VERSION);
                }
                yield null;
            }
            case PING -> client ? Kind.PING : null;
            case PONG -> client ? null : Kind.PONG;
            case OK -> conversation.verbose ? Kind.ACCEPTED : null;
            default -> Kind.ERROR;
        };
    }

    private void withPayload(ByteView view, ParseResult result) {
        int start = line.length();
        int headersEnd = client || line.headers() > MAX_HEADER_BYTES ? start : start + (int) line.headers();
        if (view.length() < headersEnd) {
            result.needMore();
            return;
        }
        headers.read(view, start, headersEnd);
        NatsStructure.line(view, line, result);
        headers.structure(result);
        NatsMessage begun = client ? published(view) : delivered(view);
        long end = start + line.payload();
        int here = (int) Math.min(view.length(), end);
        if (text != null) {
            text.bytes(view, start, here);
        }
        if (view.length() >= line.wireBytes()) {
            endPayload(begun, view, here, result);
        } else {
            unfinished = begun;
            result.begins(0);
            result.skipped(here, end - here);
        }
    }

    private NatsMessage published(ByteView view) {
        int reply = line.index(NatsArgument.REPLY_TO);
        if (reply < 0) {
            return message(view, Kind.PUBLISH, 0);
        }
        boolean isAwaited = line.isInbox(reply)
                || !conversation.subscriptions.isComplete()
                || conversation.subscriptions.take(view, line.from(reply), line.to(reply));
        return message(view, Kind.REQUEST, isAwaited ? line.hash(NatsArgument.REPLY_TO) : 0);
    }

    private NatsMessage delivered(ByteView view) {
        long bySubscription = conversation.subscriptions.delivered(line);
        long bySubject = line.hash(NatsArgument.SUBJECT);
        long answered = conversation.answered(bySubject, bySubscription);
        if (answered != 0) {
            return message(view, Kind.ANSWER, answered);
        }
        boolean mayAnswer = line.isInbox(line.index(NatsArgument.SUBJECT));
        return message(view, Kind.DELIVERY, mayAnswer ? bySubject : 0);
    }

    private NatsMessage message(ByteView view, Kind kind, long key) {
        boolean isError = kind == Kind.ERROR;
        NatsStatus status = isError ? NatsStatus.ofError(view, line.from(0), line.to(0)) : headers.status();
        long wireBytes = line.wireBytes();
        text = detail.text() ? new NatsText(view, line, detail) : null;
        if (detail.attributes() || key != 0) {
            Details details = detail.attributes()
                    ? NatsDetails.of(line, headers, kind, conversation.serverVersion)
                    : Details.NONE;
            return new NatsMessage(kind, status, key, wireBytes, details);
        }
        int hash = (kind.hashCode() * 31 + status.label().hashCode()) * 31 + (int) wireBytes;
        NatsMessage known = messages.at(hash);
        if (known != null && known.kind() == kind && known.answer().equals(status) && known.wireBytes() == wireBytes) {
            return known;
        }
        return messages.keep(hash, new NatsMessage(kind, status, 0, wireBytes, Details.NONE));
    }

    private NatsMessage withText(NatsMessage message) {
        NatsText told = text;
        return told == null ? message : message.with(told.text());
    }

    /** The payload of what has begun ends at {@code end}, and the last line end shall follow. */
    private void endPayload(NatsMessage begun, ByteView view, int end, ParseResult result) {
        if (view.length() < end + LINE_END_BYTES) {
            result.needMore();
        } else if (view.byteAt(end) != '\r' || view.byteAt(end + 1) != '\n') {
            result.invalid(NatsReason.PAYLOAD_END);
        } else {
            unfinished = null;
            result.structure(end, end + LINE_END_BYTES);
            result.message(withText(begun), end + LINE_END_BYTES);
        }
    }

    @Override
    public void passed(ByteView bytes) {
        if (text != null && unfinished != null) {
            text.bytes(bytes, 0, bytes.length());
        }
    }

    @Override
    public void missed(long bytes) {
        if (text != null) {
            text.missed();
        }
    }

    @Override
    public boolean isInMessage() {
        return unfinished != null;
    }

    @Override
    public void soFar(ParseResult result) {
        NatsMessage begun = unfinished;
        if (begun == null) {
            result.invalid(NatsReason.CUT_SHORT);
        } else {
            result.message(withText(begun), 0);
        }
    }

    @Override
    public void lost(ParseResult result) {
        if (client) {
            conversation.subscriptions.lose();
        }
        ended(result);
    }

    @Override
    public void ended(ParseResult result) {
        soFar(result);
        forget();
    }

    @Override
    public int resync(ByteView view, int from) {
        forget();
        for (int at = from; at < view.length(); at++) {
            boolean mayBegin = at == from || view.byteAt(at - 1) == '\n';
            if (mayBegin && NatsGuess.mayBegin(line, view, at, client)) {
                return at;
            }
        }
        return view.length();
    }

    private void forget() {
        line.restart();
        unfinished = null;
    }
}
