package io.kyanos.connection;

import io.kyanos.event.Direction;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.SpanList;

/** What a direction's first bytes would be to a protocol that may still turn out to be theirs. Not thread-safe. */
final class TentativeStructure {

    private final SpanList spans = new SpanList();
    private final ParseResult result = new ParseResult();
    private final ByteView rest = new ByteView();

    TentativeStructure() {
        result.collectStructure(spans);
    }

    /** Tells what is structure of the messages at the beginning, and of the one that waits for more. */
    void tell(Parser parser, byte[] head, Direction direction, long position, StructureListener to) {
        int at = 0;
        while (at < head.length) {
            rest.wrap(head, at, head.length - at);
            result.restart();
            parser.parse(rest, result);
            int length = result.length();
            if (result.kind() == ParseResult.Kind.NEED_MORE) {
                result.restart();
                parser.structureSoFar(rest, result);
                length = rest.length();
            }
            if (length == 0 || result.kind() == ParseResult.Kind.INVALID) {
                return;
            }
            to.understood(direction, position + at, position + at + length);
            for (int i = 0; i < spans.count() && spans.from(i) < length; i++) {
                to.structure(direction, position + at + spans.from(i), position + at + Math.min(spans.to(i), length));
            }
            boolean goesOn = result.kind() == ParseResult.Kind.MESSAGE
                    || (result.kind() == ParseResult.Kind.SKIPPED && result.passOver() == 0);
            at = goesOn ? at + length : head.length;
        }
    }
}
