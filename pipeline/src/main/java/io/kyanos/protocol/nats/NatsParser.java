package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.SharedMessages;
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

    /** The message whose payload goes on, as far as its line and headers tell. */
    private @Nullable NatsMessage inHand;

    private @Nullable NatsText text;

    NatsParser(boolean client, NatsConversation conversation, Detail detail, SharedMessages<NatsMessage> messages) {
        this.client = client;
        this.conversation = conversation;
        this.detail = detail;
        this.messages = messages;
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        if (inHand != null) {
            endPayload(view, result);
            return;
        }
        if (view.isEmpty()) {
            result.needMore();
            return;
        }
        NatsLine.Verdict verdict = line.read(view, client);
        if (verdict == NatsLine.Verdict.PARTLY) {
            result.needMore();
        } else if (verdict != NatsLine.Verdict.WHOLE) {
            line.restart();
            result.invalid(NatsReason.of(verdict));
        } else if (line.operation().hasPayload()) {
            withPayload(view, result);
        } else {
            withoutPayload(view, result);
        }
    }

    private void withoutPayload(ByteView view, ParseResult result) {
        NatsStructure.line(view, line, result);
        int length = line.length();
        NatsMessage.Kind kind = take(view);
        if (kind == null) {
            result.skipped(length, 0);
            return;
        }
        NatsStatus status =
                kind == NatsMessage.Kind.ERROR ? NatsStatus.ofError(view, line.from(0), line.to(0)) : NatsStatus.OK;
        text = detail.text() ? new NatsText(view, line, length - 1, detail) : null;
        result.message(message(view, kind, status, 0, false, length), length);
    }

    /** What a line without payload is and what it changes; null if it is no message. */
    private NatsMessage.@Nullable Kind take(ByteView view) {
        return switch (line.operation()) {
            case CONNECT -> {
                conversation.subscriptions.begin();
                conversation.verbose = !NatsJson.isFalse(view, line.from(0), line.to(0), NatsJson.VERBOSE);
                yield NatsMessage.Kind.CONNECT;
            }
            case SUB -> {
                conversation.subscriptions.add(view, line);
                yield NatsMessage.Kind.SUBSCRIBE;
            }
            case UNSUB -> {
                conversation.subscriptions.remove(view, line);
                yield NatsMessage.Kind.UNSUBSCRIBE;
            }
            case INFO -> {
                if (detail.attributes()) {
                    conversation.serverVersion = NatsJson.text(view, line.from(0), line.to(0), NatsJson.VERSION);
                }
                yield null;
            }
            case PING -> client ? NatsMessage.Kind.PING : null;
            case PONG -> client ? null : NatsMessage.Kind.PONG;
            case OK -> conversation.verbose ? NatsMessage.Kind.ACCEPTED : null;
            default -> NatsMessage.Kind.ERROR;
        };
    }

    private void withPayload(ByteView view, ParseResult result) {
        int lineLength = line.length();
        int headers = !client && line.operation().hasHeaders() && line.headers() <= MAX_HEADER_BYTES
                ? (int) line.headers()
                : 0;
        if (view.length() < lineLength + headers) {
            result.needMore();
            return;
        }
        NatsStructure.line(view, line, result);
        NatsStatus status = NatsStatus.OK;
        if (headers > 0) {
            NatsStructure.headers(view, lineLength, lineLength + headers, result);
            status = NatsStatus.ofHeaders(view, lineLength, lineLength + headers);
        }
        long whole = lineLength + line.payload() + LINE_END_BYTES;
        text = detail.text() ? new NatsText(view, line, lineLength - 1, detail) : null;
        int here = (int) Math.min(view.length(), lineLength + line.payload());
        if (text != null) {
            text.bytes(view, lineLength, here);
        }
        NatsMessage begun = client ? published(view, whole) : delivered(view, status, whole);
        if (view.length() >= whole) {
            int end = (int) whole - LINE_END_BYTES;
            if (!isLineEnd(view, end)) {
                result.invalid(NatsReason.PAYLOAD_END);
                return;
            }
            result.structure(end, (int) whole);
            result.message(withText(begun), (int) whole);
            return;
        }
        inHand = begun;
        result.begins(0);
        result.skipped(here, lineLength + line.payload() - here);
    }

    private NatsMessage published(ByteView view, long wireBytes) {
        int reply = line.replyTo();
        if (reply < 0) {
            return message(view, NatsMessage.Kind.PUBLISH, NatsStatus.OK, 0, false, wireBytes);
        }
        boolean awaited = NatsStructure.isInbox(view, line.from(reply), line.to(reply))
                || !conversation.subscriptions.isComplete()
                || conversation.subscriptions.take(view, line.from(reply), line.to(reply));
        long key = awaited ? Subscriptions.hash(view, line.from(reply), line.to(reply)) : 0;
        return message(view, NatsMessage.Kind.REQUEST, NatsStatus.OK, key, awaited, wireBytes);
    }

    private NatsMessage delivered(ByteView view, NatsStatus status, long wireBytes) {
        long bySubscription = conversation.subscriptions.delivered(view, line);
        long bySubject = Subscriptions.hash(view, line.from(0), line.to(0));
        long key = conversation.answered(bySubject, bySubscription);
        boolean answers = key != 0;
        if (!answers && NatsStructure.isInbox(view, line.from(0), line.to(0))) {
            key = bySubject;
        }
        NatsMessage.Kind kind = answers ? NatsMessage.Kind.ANSWER : NatsMessage.Kind.DELIVERY;
        return message(view, kind, status, key, false, wireBytes);
    }

    private NatsMessage message(
            ByteView view, NatsMessage.Kind kind, NatsStatus status, long key, boolean awaited, long wireBytes) {
        if (!detail.attributes() && !detail.text()) {
            if (key != 0 || awaited) {
                return new NatsMessage(kind, status, key, awaited, wireBytes, null);
            }
            int hash = (kind.hashCode() * 31 + status.hashCode()) * 31 + (int) wireBytes;
            NatsMessage known = messages.at(hash);
            if (known != null && known.says(kind, status, wireBytes)) {
                return known;
            }
            return messages.keep(hash, new NatsMessage(kind, status, 0, false, wireBytes, null));
        }
        return withText(new NatsMessage(kind, status, key, awaited, wireBytes, details(view, kind, status)));
    }

    private NatsMessage.Details details(ByteView view, NatsMessage.Kind kind, NatsStatus status) {
        boolean keep = detail.attributes();
        boolean connects = keep && kind == NatsMessage.Kind.CONNECT;
        boolean fails = keep && kind == NatsMessage.Kind.ERROR;
        boolean hasSubject = keep && line.arguments() > 0 && !line.operation().takesText();
        boolean subjectFirst = hasSubject && line.operation() != NatsOperation.UNSUB;
        boolean queues = hasSubject && line.operation() == NatsOperation.SUB && line.arguments() == 3;
        String version = connects ? NatsJson.text(view, line.from(0), line.to(0), NatsJson.VERSION) : "";
        String language = connects ? NatsJson.text(view, line.from(0), line.to(0), NatsJson.LANGUAGE) : "";
        return new NatsMessage.Details(
                subjectFirst ? argument(view, 0) : "",
                keep && line.replyTo() >= 0 ? argument(view, line.replyTo()) : "",
                queues ? argument(view, 1) : "",
                hasSubject && line.sid() >= 0 ? argument(view, line.sid()) : "",
                keep && line.operation().hasPayload() ? line.payload() - line.headers() : -1,
                version.isEmpty() ? language : language + " " + version,
                connects ? NatsJson.text(view, line.from(0), line.to(0), NatsJson.CLIENT_NAME) : "",
                connects ? conversation.serverVersion : "",
                fails ? unquoted(argument(view, 0)) : keep && status != NatsStatus.OK ? words(view) : "",
                "");
    }

    private String argument(ByteView view, int argument) {
        return view.utf8(line.from(argument), line.to(argument));
    }

    /** Of the status line of the headers. */
    private String words(ByteView view) {
        int from = line.length();
        int end = view.indexOf((byte) '\r', from, Math.min(view.length(), from + (int) line.headers()));
        return end < 0 ? "" : view.utf8(from, end);
    }

    private static String unquoted(String error) {
        boolean quoted = error.length() > 1 && error.startsWith("'") && error.endsWith("'");
        return quoted ? error.substring(1, error.length() - 1) : error;
    }

    private NatsMessage withText(NatsMessage message) {
        NatsText told = text;
        return told == null ? message : message.with(told.text());
    }

    private void endPayload(ByteView view, ParseResult result) {
        NatsMessage message = inHand;
        if (view.length() < LINE_END_BYTES) {
            result.needMore();
        } else if (message == null || !isLineEnd(view, 0)) {
            result.invalid(NatsReason.PAYLOAD_END);
        } else {
            inHand = null;
            result.structure(0, LINE_END_BYTES);
            result.message(withText(message), LINE_END_BYTES);
        }
    }

    private static boolean isLineEnd(ByteView view, int at) {
        return view.byteAt(at) == '\r' && view.byteAt(at + 1) == '\n';
    }

    @Override
    public void passed(ByteView bytes) {
        if (text != null && inHand != null) {
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
        return inHand != null;
    }

    @Override
    public void soFar(ParseResult result) {
        NatsMessage message = inHand;
        if (message == null) {
            result.invalid(NatsReason.CUT_SHORT);
        } else {
            result.message(withText(message), 0);
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
        line.restart();
        soFar(result);
        inHand = null;
    }

    @Override
    public int resync(ByteView view, int from) {
        line.restart();
        inHand = null;
        for (int at = from; at < view.length(); at++) {
            boolean mayBegin = at == from || view.byteAt(at - 1) == '\n';
            if (mayBegin && NatsGuess.mayBegin(view, at, client)) {
                return at;
            }
        }
        return view.length();
    }
}
