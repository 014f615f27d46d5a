package io.kyanos.protocol.dns;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.dns.DnsFrame.Extent;
import io.kyanos.record.Details;
import org.jspecify.annotations.Nullable;

/**
 * The parser of queries or of responses: of a stream each behind its length, of datagrams one in each. A message whose
 * records are not what its header promises is taken as far as its question goes. Not thread-safe.
 */
final class DnsParser implements Parser {

    /** Of the length before a message of a stream; https://www.rfc-editor.org/rfc/rfc1035#section-4.2.2 */
    static final int PREFIX_BYTES = 2;

    private static final String CUT_SHORT = "cut_short";

    private final boolean ofResponses;
    private final boolean ofDatagrams;
    private final Detail detail;
    private final ZoneTransfer transfer;
    private final DnsFrame frame = new DnsFrame();

    /** What is known of a message of which more is to come. */
    private @Nullable DnsMessage begun;

    /** Where the next message begins is not certain: it must look like one in every detail. */
    private boolean uncertain;

    DnsParser(boolean ofResponses, boolean ofDatagrams, Detail detail, ZoneTransfer transfer) {
        this.ofResponses = ofResponses;
        this.ofDatagrams = ofDatagrams;
        this.detail = detail;
        this.transfer = transfer;
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        if (ofDatagrams) {
            datagram(view, result);
        } else {
            stream(view, result);
        }
    }

    private void datagram(ByteView view, ParseResult result) {
        begun = null;
        Extent extent = frame.read(view, 0, view.length(), result);
        boolean hasHeader = view.length() >= DnsFrame.HEADER_BYTES;
        if (extent == Extent.BAD || (hasHeader && asksNothing())) {
            result.invalid(DnsReason.QUESTION);
        } else if (hasHeader && frame.isResponse() != ofResponses) {
            result.invalid(DnsReason.DIRECTION);
        } else if (extent == Extent.HEAD) {
            result.needMore();
        } else if (extent == Extent.PART) {
            begun = message(view.length());
            result.needMore();
        } else {
            result.message(message(view.length()), view.length());
        }
    }

    /** Without a question there is at least the option record with a cookie (RFC 7873); zeros are no query. */
    private boolean asksNothing() {
        return !ofResponses && frame.questions() == 0 && frame.additionals() == 0;
    }

    private void stream(ByteView view, ParseResult result) {
        if (view.length() < PREFIX_BYTES) {
            result.needMore();
            return;
        }
        int end = end(view);
        if (end < PREFIX_BYTES + DnsFrame.HEADER_BYTES) {
            invalid(DnsReason.LENGTH, result);
        } else if (uncertain && !DnsGuess.mayBegin(view, 0, ofResponses)) {
            invalid(DnsReason.QUESTION, result);
        } else if (view.length() < end) {
            begin(view, end);
            result.needMore();
        } else {
            whole(view, end, result);
        }
    }

    private static int end(ByteView view) {
        return PREFIX_BYTES + DnsFrame.number(view, 0);
    }

    /** Notes what can be told of a message of which not all bytes are here, should they never come. */
    private void begin(ByteView view, int end) {
        if (begun != null || uncertain || view.length() < PREFIX_BYTES + DnsFrame.HEADER_BYTES) {
            return;
        }
        Extent extent = frame.read(view, PREFIX_BYTES, view.length(), null);
        if (frame.isResponse() == ofResponses && extent != Extent.HEAD && extent != Extent.BAD) {
            begun = message(end);
        }
    }

    private void whole(ByteView view, int end, ParseResult result) {
        begun = null;
        uncertain = false;
        result.structure(0, PREFIX_BYTES);
        Extent extent = frame.read(view, PREFIX_BYTES, end, result);
        if (frame.isResponse() != ofResponses) {
            invalid(DnsReason.DIRECTION, result);
        } else if (extent == Extent.BAD || extent == Extent.HEAD) {
            invalid(DnsReason.QUESTION, result);
        } else if (ofResponses) {
            response(end, result);
        } else {
            transfer.asked(frame.id(), frame.questionType());
            result.message(message(end), end);
        }
    }

    private void response(int end, ParseResult result) {
        switch (transfer.take(frame, end)) {
            case FIRST -> {
                result.begins(0, ZoneTransfer.KEY);
                result.skipped(end, 0);
            }
            case ANOTHER -> result.skipped(end, 0);
            case LAST -> {
                result.ends(ZoneTransfer.KEY);
                result.message(message(end).longer(transfer.bytesBefore()), end);
            }
            case NONE -> result.message(message(end), end);
        }
    }

    private DnsMessage message(long wireBytes) {
        Details details = DnsDetails.of(frame, detail);
        int id = frame.id();
        int shape = frame.questionShape();
        return ofResponses
                ? new DnsMessage.Response(id, shape, frame.responseCode(), wireBytes, details)
                : new DnsMessage.Query(id, shape, frame.operation(), wireBytes, 0, details);
    }

    /** What is missing, or cannot be read, may have been a part of a transfer. */
    private void invalid(String reason, ParseResult result) {
        lost(result);
        result.invalid(reason);
    }

    @Override
    public void structureSoFar(ByteView view, ParseResult result) {
        if (ofDatagrams || view.length() < PREFIX_BYTES + DnsFrame.HEADER_BYTES) {
            return;
        }
        int to = Math.min(view.length(), end(view));
        if (frame.read(view, PREFIX_BYTES, to, null) != Extent.BAD && frame.isResponse() == ofResponses) {
            result.structure(0, PREFIX_BYTES);
            frame.read(view, PREFIX_BYTES, to, result);
        }
    }

    /** Of a datagram: the rest of it. */
    @Override
    public void missed(long bytes) {
        DnsMessage message = begun;
        begun = message == null ? null : message.longer(bytes);
    }

    @Override
    public boolean isInMessage() {
        return ofResponses && transfer.isBegun();
    }

    @Override
    public void lost(ParseResult result) {
        DnsMessage cut = begun;
        begun = null;
        if (isInMessage()) {
            result.ends(ZoneTransfer.KEY);
            cut = cut != null && transfer.isOf(cut.id()) ? cut.longer(transfer.bytesBefore()) : null;
        }
        if (ofResponses) {
            transfer.lost();
        }
        if (cut == null) {
            result.invalid(CUT_SHORT);
        } else {
            result.message(cut, 0);
        }
    }

    @Override
    public int resync(ByteView view, int from) {
        uncertain = true;
        int at = from;
        while (at < view.length() && !DnsGuess.mayBegin(view, at, ofResponses)) {
            at++;
        }
        return at;
    }
}
