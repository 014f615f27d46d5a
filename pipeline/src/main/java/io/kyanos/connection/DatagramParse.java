package io.kyanos.connection;

import io.kyanos.event.EventDecoder;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.FramedMessage;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.SpanList;
import io.kyanos.record.Message;
import io.kyanos.record.StepTime;
import java.util.List;

/**
 * The way of one datagram from bytes to framed messages: it begins with one and ends with one, whatever came before and
 * comes after. Reused by all peers of a socket; not thread-safe.
 */
final class DatagramParse {

    private final Connection connection;
    private final String protocol;
    private final boolean keepCalls;
    private final ByteView view = new ByteView();
    private final ParseResult result = new ParseResult();
    private final SpanList spans = new SpanList();
    private String reason = "";

    DatagramParse(Connection connection, String protocol) {
        this.connection = connection;
        this.protocol = protocol;
        this.keepCalls = connection.settings().detail().text();
        if (connection.structure() != null) {
            result.collectStructure(spans);
        }
    }

    /** Why the latest datagram was not understood. */
    String reason() {
        return reason;
    }

    /** Gives its messages to the conversation, and accounts for it. False, and nothing done, if its first bytes are none. */
    boolean take(EventDecoder event, PeerConversation with, boolean asRequest) {
        Parser parser = with.parser(asRequest);
        int captured = event.captured();
        int at = 0;
        boolean goesOn = true;
        while (goesOn) {
            view.wrap(event.array(), event.payloadIndex() + at, captured - at);
            result.restart();
            parser.parse(view, result);
            goesOn = false;
            switch (result.kind()) {
                case MESSAGE, SKIPPED, UPGRADED -> {
                    int length = result.length();
                    reportStructure(event, at, length);
                    give(event, with, asRequest);
                    at += length;
                    goesOn = length > 0 && at < captured;
                }
                case NEED_MORE -> at = cut(parser, event, at, with, asRequest);
                case INVALID -> reason = result.reason();
            }
        }
        if (at == 0) {
            return false;
        }
        Account account = connection.account(event.direction());
        account.bytes(Fate.PARSED, at);
        account.unparsed(protocol, Unparsed.ENDED.label(), captured - at);
        account.bytes(Fate.ofUncaptured(event), event.dataLength() - captured);
        return true;
    }

    /** The message goes on behind what was captured, or its datagram ends too early. Returns up to where it is understood. */
    private int cut(Parser parser, EventDecoder event, int at, PeerConversation with, boolean asRequest) {
        int notCaptured = event.dataLength() - event.captured();
        if (notCaptured > 0) {
            parser.missed(notCaptured);
        }
        parser.lost(result);
        if (result.message() == null && notCaptured == 0) {
            reason = Unparsed.ENDED.label();
            return at;
        }
        reportStructure(event, at, event.captured() - at);
        give(event, with, asRequest);
        return event.captured();
    }

    private void give(EventDecoder event, PeerConversation with, boolean asRequest) {
        Message message = result.message();
        if (message == null) {
            return;
        }
        connection.books().parsed();
        long begin = event.position();
        long at = event.exitedAt();
        List<StepTime> calls = keepCalls
                ? List.of(new StepTime(
                        event.dataLength(), at + connection.settings().epochOffsetNanos()))
                : List.of();
        boolean truncated = event.captured() < event.dataLength();
        with.message(
                new FramedMessage(
                        message, begin, begin + event.dataLength(), truncated, event.enteredAt(), at, at, calls),
                asRequest);
    }

    private void reportStructure(EventDecoder event, int at, int length) {
        StructureListener listener = connection.structure();
        if (listener == null) {
            return;
        }
        long begin = event.position() + at;
        for (int i = 0; i < spans.count() && spans.from(i) < length; i++) {
            listener.structure(event.direction(), begin + spans.from(i), begin + Math.min(spans.to(i), length));
        }
    }
}
