package io.kyanos.cli;

import io.kyanos.Kyanos;
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
import java.util.List;

/** The command with one protocol more: what begins with {@code THROW} is a request that its parser cannot stand. */
public final class ThrowingProtocol implements Protocol {

    private static final Descriptor DESCRIPTOR = Descriptor.of("throwing", "Throwing");
    private static final String START = "THROW";

    public static void main(String[] args) {
        Assembly production = Assembly.production();
        Assembly assembly = new Assembly(
                production.in(),
                production.out(),
                production.err(),
                production.screen(),
                production.environment(),
                production.zone(),
                production.interrupts(),
                (system, config, request) -> Kyanos.start(system, config, request, List.of(new ThrowingProtocol())),
                production.settingsReaders());
        System.exit(Main.run(assembly, args));
    }

    @Override
    public Descriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public Guess guess(ByteView head, ByteView other) {
        for (int i = 0; i < START.length(); i++) {
            if (i == head.length()) {
                return Guess.UNSURE;
            }
            if (head.byteAt(i) != START.charAt(i)) {
                return Guess.NO;
            }
        }
        return Guess.REQUEST;
    }

    @Override
    public Conversation newConversation(StreamKind kind, Detail detail, Endpoint server) {
        Matcher matcher = new InOrderMatcher(10);
        return new Conversation() {
            @Override
            public Parser requests() {
                return new ThrowingParser();
            }

            @Override
            public Parser responses() {
                return new ThrowingParser();
            }

            @Override
            public Matcher matcher() {
                return matcher;
            }
        };
    }

    private static final class ThrowingParser implements Parser {

        @Override
        public void parse(ByteView view, ParseResult result) {
            throw new IllegalStateException("a bug, made for the test");
        }

        @Override
        public void lost(ParseResult result) {
            result.invalid("lost");
        }

        @Override
        public int resync(ByteView view, int from) {
            return from;
        }
    }
}
