package io.kyanos.protocol;

import io.kyanos.record.Message;

/** Parses one message whose bytes are all there, as the parse stage does. Not thread-safe. */
public final class WholeMessage {

    private final Parser parser;
    private final byte[] bytes;
    private final ByteView view = new ByteView();
    private final ParseResult result = new ParseResult();

    /** A message of {@code bytes}, which {@code parser} takes each time as the next one of its stream. */
    public WholeMessage(Parser parser, byte[] bytes) {
        this.parser = parser;
        this.bytes = bytes;
    }

    /** Parses the message; throws where the bytes are not exactly one. */
    public Message parse() {
        int at = 0;
        while (true) {
            view.wrap(bytes, at, bytes.length - at);
            parser.parse(view, result);
            at += result.length();
            Message message = result.message();
            if (message != null && at == bytes.length) {
                return message;
            }
            if (result.kind() != ParseResult.Kind.SKIPPED || result.passOver() > bytes.length - at) {
                throw new IllegalStateException(result.kind() + " at " + at + " " + result.reason());
            }
            int passOver = (int) result.passOver();
            view.wrap(bytes, at, passOver);
            parser.passed(view, result);
            at += passOver;
        }
    }
}
