package io.kyanos.recording;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.InOrderMatcher;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.StreamKind;
import io.kyanos.record.Endpoint;
import java.util.function.BiConsumer;

/**
 * Lines that begin with {@code ?} one way and with {@code !} the other, of which the test says what is structure.
 *
 * @param structure told of each whole line, {@code [0, length)} of the view
 */
record LineProtocol(BiConsumer<ByteView, ParseResult> structure) implements Protocol {

    private static final Descriptor DESCRIPTOR = Descriptor.of("line", "Lines");

    @Override
    public Descriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public Guess guess(ByteView head, ByteView other) {
        return switch (head.byteAt(0)) {
            case '?' -> Guess.REQUEST;
            case '!' -> Guess.RESPONSE;
            default -> Guess.NO;
        };
    }

    @Override
    public Conversation newConversation(StreamKind kind, Detail detail, Endpoint server) {
        Matcher matcher = new InOrderMatcher(10);
        return new Conversation() {
            @Override
            public Parser requests() {
                return new Lines((byte) '?');
            }

            @Override
            public Parser responses() {
                return new Lines((byte) '!');
            }

            @Override
            public Matcher matcher() {
                return matcher;
            }
        };
    }

    private final class Lines implements Parser {

        private final byte begins;

        Lines(byte begins) {
            this.begins = begins;
        }

        @Override
        public void parse(ByteView view, ParseResult result) {
            int lineFeed = view.indexOf((byte) '\n', 0, view.length());
            if (view.byteAt(0) != begins) {
                result.invalid("begins");
            } else if (lineFeed < 0) {
                result.needMore();
            } else {
                structure.accept(new ByteView(bytes(view), 0, lineFeed + 1), result);
                result.skipped(lineFeed + 1, 0);
            }
        }

        @Override
        public void lost(ParseResult result) {
            result.invalid("lost");
        }

        @Override
        public int resync(ByteView view, int from) {
            int at = view.indexOf(begins, from, view.length());
            return at < 0 ? view.length() : at;
        }

        private static byte[] bytes(ByteView view) {
            byte[] bytes = new byte[view.length()];
            view.copyTo(0, bytes, 0, bytes.length);
            return bytes;
        }
    }
}
