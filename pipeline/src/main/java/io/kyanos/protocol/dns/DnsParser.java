package io.kyanos.protocol.dns;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.dns.DnsFrame.Extent;
import java.util.ArrayList;
import java.util.List;
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
        if (extent == Extent.BAD || asksNothing(view.length())) {
            result.invalid(DnsReason.QUESTION);
        } else if (view.length() >= DnsFrame.HEADER_BYTES && frame.isResponse() != ofResponses) {
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
    private boolean asksNothing(int length) {
        return !ofResponses && length >= DnsFrame.HEADER_BYTES && frame.questions() == 0 && frame.additionals() == 0;
    }

    private void stream(ByteView view, ParseResult result) {
        if (view.length() < PREFIX_BYTES) {
            result.needMore();
            return;
        }
        int length = length(view);
        if (length < DnsFrame.HEADER_BYTES) {
            refuse(DnsReason.LENGTH, result);
            return;
        }
        if (uncertain && !DnsGuess.mayBegin(view, 0, ofResponses)) {
            refuse(DnsReason.QUESTION, result);
            return;
        }
        int end = PREFIX_BYTES + length;
        if (view.length() < end) {
            begin(view, end);
            result.needMore();
            return;
        }
        begun = null;
        uncertain = false;
        result.structure(0, PREFIX_BYTES);
        Extent extent = frame.read(view, PREFIX_BYTES, end, result);
        if (frame.isResponse() != ofResponses) {
            refuse(DnsReason.DIRECTION, result);
        } else if (extent == Extent.BAD || extent == Extent.HEAD) {
            refuse(DnsReason.QUESTION, result);
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

    private void refuse(String reason, ParseResult result) {
        begun = null;
        giveUpTransfer(result);
        result.invalid(reason);
    }

    /** What is missing, or cannot be read, may have been a part of it. */
    private void giveUpTransfer(ParseResult result) {
        if (isInMessage()) {
            result.ends(ZoneTransfer.KEY);
        }
        if (ofResponses) {
            transfer.lost();
        }
    }

    private static int length(ByteView view) {
        return ((view.byteAt(0) & 0xff) << 8) | (view.byteAt(1) & 0xff);
    }

    @Override
    public void structureSoFar(ByteView view, ParseResult result) {
        if (!ofDatagrams && view.length() >= PREFIX_BYTES) {
            result.structure(0, PREFIX_BYTES);
            frame.read(view, PREFIX_BYTES, Math.min(view.length(), PREFIX_BYTES + length(view)), result);
        }
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

    private DnsMessage message(long wireBytes) {
        DnsMessage.Details details = detail.attributes() || detail.text() ? details() : null;
        if (ofResponses) {
            return DnsMessage.response(frame.id(), frame.responseCode(), wireBytes, frame.questionShape(), details);
        }
        return DnsMessage.query(frame.id(), operation(), wireBytes, frame.questionShape(), details);
    }

    private String operation() {
        if (frame.opcode() != 0) {
            return QueryType.operation(frame.opcode());
        }
        return QueryType.label(frame.questionType());
    }

    private DnsMessage.Details details() {
        List<String> answer = List.of();
        long ttl = -1;
        if (ofResponses && frame.answers() > 0 && detail.attributes()) {
            answer = new ArrayList<>(Math.min(frame.answers(), DnsMessage.MAX_ANSWERS));
            int at = frame.recordsAt();
            while (at < frame.end() && answer.size() < Math.min(frame.answers(), DnsMessage.MAX_ANSWERS)) {
                int fixedPart = frame.fixedPart(at);
                answer.add(DnsText.data(frame, fixedPart));
                long lives = frame.timeToLive(fixedPart);
                ttl = ttl < 0 ? lives : Math.min(ttl, lives);
                at = fixedPart + DnsFrame.RECORD_BYTES + frame.dataLength(fixedPart);
            }
        }
        String name = ofResponses || !detail.attributes() ? "" : DnsText.name(frame);
        String head = ofResponses ? ResponseCode.name(frame.responseCode()) : operation();
        String text = detail.text() ? DnsText.message(frame, head, detail.maxTextBytes()) : "";
        return new DnsMessage.Details(
                name,
                frame.questionType(),
                frame.questionClass(),
                frame.ednsSize(),
                frame.flags(),
                frame.answers(),
                answer,
                ttl,
                frame.extendedError(),
                text);
    }

    /** Of a datagram: the rest of it. */
    @Override
    public void missed(long bytes) {
        DnsMessage message = begun;
        if (message != null) {
            begun = message.longer(bytes);
        }
    }

    @Override
    public boolean isInMessage() {
        return ofResponses && transfer.isBegun();
    }

    @Override
    public void lost(ParseResult result) {
        DnsMessage message = begun;
        begun = null;
        boolean isOfTransfer = isInMessage() && message != null && transfer.isOf(message.id());
        long before = isOfTransfer ? transfer.bytesBefore() : 0;
        if (message == null || (isInMessage() && !isOfTransfer)) {
            result.invalid(CUT_SHORT);
        } else {
            result.message(message.longer(before), 0);
        }
        giveUpTransfer(result);
    }

    @Override
    public void ended(ParseResult result) {
        lost(result);
    }

    @Override
    public int resync(ByteView view, int from) {
        uncertain = true;
        for (int at = from; at < view.length(); at++) {
            if (DnsGuess.mayBegin(view, at, ofResponses)) {
                return at;
            }
        }
        return view.length();
    }
}
