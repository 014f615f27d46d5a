package io.kyanos.protocol.streamed;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.record.StreamedEvents;
import java.nio.charset.StandardCharsets;

/** Feeds a scanner with content in pieces; each byte came at the time of its index. */
final class Scanning {

    private final EventScanner scanner;
    private final ParseResult result = new ParseResult();
    private int position;

    Scanning(StreamedType type) {
        scanner = type.newScanner();
    }

    static StreamedEvents whole(StreamedType type, String content) {
        return new Scanning(type).add(content).ended();
    }

    Scanning add(String latin1) {
        byte[] bytes = latin1.getBytes(StandardCharsets.ISO_8859_1);
        // Bytes around the piece belong to something else, and look like events.
        byte[] surrounded = ("\n\n" + latin1 + "data\n\n").getBytes(StandardCharsets.ISO_8859_1);
        int start = position;
        result.restart();
        result.timedBy(index -> start + index - 1L);
        scanner.read(new ByteView(surrounded, 1, surrounded.length - 1), 1, 1 + bytes.length, result);
        position += bytes.length;
        return this;
    }

    Scanning miss(int bytes) {
        scanner.missed();
        position += bytes;
        return this;
    }

    StreamedEvents ended() {
        scanner.ended();
        return scanner.events();
    }

    StreamedEvents events() {
        return scanner.events();
    }
}
