package io.kyanos.protocol.streamed;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.record.StreamedEvents;

/**
 * Finds streamed JSON texts: each line that is not blank; of a sequence each text that a record separator precedes, which ends
 * with its first line (RFC 7464). A last line needs no end.
 */
/*
 * Gaps: a line of which anything was seen is an event, but where bytes inside are missing it is not known when it ended. A
 * line end at once after missing bytes may be that of a blank line.
 */
final class LineScanner implements EventScanner {

    private static final byte LF = '\n';
    private static final byte RECORD_SEPARATOR = 0x1e;

    private final boolean isSequence;
    private final StreamedEvents events = new StreamedEvents();

    /** The current line is not blank. */
    private boolean begun;

    /** It is an event. */
    private boolean counts;

    /** Bytes of it are missing. */
    private boolean hasGap;

    LineScanner(boolean isSequence) {
        this.isSequence = isSequence;
    }

    @Override
    public void read(ByteView view, int from, int to, ParseResult result) {
        int at = from;
        while (at < to) {
            if (begun) {
                at = view.indexOf(LF, at, to);
                if (at < 0) {
                    break;
                }
            }
            byte octet = view.byteAt(at);
            if (octet == LF) {
                end(at, result);
            } else if (isBlank(octet)) {
                result.structure(at, at + 1);
            } else {
                begun = true;
                counts = !isSequence || octet == RECORD_SEPARATOR;
                if (isSequence && counts) {
                    result.structure(at, at + 1);
                }
            }
            at++;
        }
        if (counts && !hasGap && to > from) {
            result.eventSoFar(to - 1, events);
        }
    }

    @Override
    public void missed() {
        events.miss();
        hasGap = counts;
    }

    @Override
    public void ended() {
        if (counts) {
            events.endSoFar();
            counts = false;
        }
    }

    @Override
    public StreamedEvents events() {
        return events;
    }

    private void end(int at, ParseResult result) {
        result.structure(at, at + 1);
        if (counts && hasGap) {
            events.event(StreamedEvents.UNKNOWN);
        } else if (counts) {
            result.event(at, events);
        }
        begun = false;
        counts = false;
        hasGap = false;
    }

    private static boolean isBlank(byte octet) {
        return octet == ' ' || octet == '\t' || octet == '\r';
    }
}
