package io.kyanos.protocol.streamed;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.record.StreamedEvents;

/**
 * Finds server-sent events, by the rules of https://html.spec.whatwg.org/multipage/server-sent-events.html: an event is a
 * block of lines, of which one at least is a field {@code data}, up to an empty line. Lines end in CR LF, LF or CR. What is
 * not ended by an empty line is no event.
 */
/*
 * Gaps: of the line in which bytes are missing only its end is seen, so it is neither empty nor a field. A block that had
 * data before has ended somewhere, which is an event, but not when the next empty line came.
 */
final class ServerSentScanner implements EventScanner {

    private static final byte CR = '\r';
    private static final byte LF = '\n';
    private static final byte[] BOM = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};
    private static final byte[] DATA = {'d', 'a', 't', 'a'};

    /** In place of how many bytes of the name have come: it is another one, or known. */
    private static final int NAMED = -1;

    private static final int NO_BOM = -1;

    private final StreamedEvents events = new StreamedEvents();

    /** How many bytes of a byte order mark have come at the beginning. */
    private int bomBytes;

    /** How many bytes of the current line have come, all of them of the name {@code data}; or {@link #NAMED}. */
    private int nameBytes;

    /** The last byte was a CR, so an LF belongs to it. */
    private boolean afterCr;

    private boolean hasData;

    /** There was data before bytes that are missing, and no empty line since. */
    private boolean hasDataOfBefore;

    @Override
    public void read(ByteView view, int from, int to, ParseResult result) {
        int at = from;
        int cr = from - 1;
        int lf = from - 1;
        while (at < to) {
            if (nameBytes == NAMED) {
                cr = cr < at ? next(view, CR, at, to) : cr;
                lf = lf < at ? next(view, LF, at, to) : lf;
                at = Math.min(cr, lf);
                if (at == to) {
                    return;
                }
            }
            byte octet = view.byteAt(at);
            if (octet == LF && afterCr) {
                afterCr = false;
                result.structure(at, at + 1);
            } else if (octet == CR || octet == LF) {
                endLine(at, result);
                afterCr = octet == CR;
            } else {
                afterCr = false;
                begin(octet, at, result);
            }
            at++;
        }
    }

    @Override
    public void missed() {
        events.miss();
        hasDataOfBefore |= hasData;
        hasData = false;
        bomBytes = NO_BOM;
        nameBytes = NAMED;
        afterCr = false;
    }

    @Override
    public void ended() {
        // Data that no empty line has ended is discarded.
    }

    @Override
    public StreamedEvents events() {
        return events;
    }

    private static int next(ByteView view, byte octet, int from, int to) {
        int at = view.indexOf(octet, from, to);
        return at < 0 ? to : at;
    }

    private void endLine(int at, ParseResult result) {
        result.structure(at, at + 1);
        boolean isEmpty = nameBytes == 0 && bomBytes <= 0;
        hasData |= nameBytes == DATA.length;
        if (isEmpty && hasDataOfBefore) {
            events.event(StreamedEvents.UNKNOWN);
        } else if (isEmpty && hasData) {
            result.event(at, events);
        }
        if (isEmpty) {
            hasData = false;
            hasDataOfBefore = false;
        }
        nameBytes = 0;
        bomBytes = NO_BOM;
    }

    private void begin(byte octet, int at, ParseResult result) {
        if (bomBytes != NO_BOM) {
            boolean isBom = octet == BOM[bomBytes];
            boolean isBroken = !isBom && bomBytes > 0;
            bomBytes = isBom && bomBytes < BOM.length - 1 ? bomBytes + 1 : NO_BOM;
            if (isBom) {
                result.structure(at, at + 1);
                return;
            }
            if (isBroken) {
                nameBytes = NAMED;
                return;
            }
        }
        if (nameBytes == DATA.length) {
            hasData |= octet == ':';
            nameBytes = NAMED;
            if (octet == ':') {
                result.structure(at, at + 1);
            }
        } else if (octet == DATA[nameBytes]) {
            nameBytes++;
            result.structure(at, at + 1);
        } else {
            nameBytes = NAMED;
        }
    }
}
