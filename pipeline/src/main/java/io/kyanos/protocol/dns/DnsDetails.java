package io.kyanos.protocol.dns;

import io.kyanos.protocol.Detail;
import io.kyanos.record.Details;
import io.kyanos.record.Message.AttributeVisitor;
import java.util.ArrayList;
import java.util.List;

/** What is kept of a message beside its labels and size. Not for the hot path. */
final class DnsDetails {

    /** Records of an answer section whose data are kept. */
    static final int MAX_ANSWERS = 16;

    /** Flags that say something of an answer, from {@link DnsFrame#AUTHORITATIVE} down; the reserved one has no name. */
    private static final String[] FLAGS = {"aa", "tc", "rd", "ra", "", "ad", "cd"};

    private DnsDetails() {}

    static Details of(DnsFrame frame, Detail detail) {
        if (!detail.details()) {
            return Details.NONE;
        }
        String name = frame.questionName();
        String text = detail.text() ? text(frame, name, detail.maxTextBytes()) : "";
        if (!detail.attributes()) {
            return new Details("", List.of(), text);
        }
        List<Details.Value> attributes = new ArrayList<>();
        if (frame.isResponse()) {
            response(frame, Details.into(attributes));
            return new Details("", attributes, text);
        }
        query(frame, name, Details.into(attributes));
        return new Details(name, attributes, text);
    }

    private static void query(DnsFrame frame, String name, AttributeVisitor tell) {
        if (frame.hasQuestion()) {
            tell.attribute(DnsAttribute.NAME, name);
            tell.attribute(DnsAttribute.TYPE, QueryType.text(frame.questionType()));
            if (frame.questionClass() != QueryType.IN) {
                tell.attribute(DnsAttribute.CLASS, QueryType.classText(frame.questionClass()));
            }
        }
        tell.attribute(DnsAttribute.ID, Integer.toString(frame.id()));
        tell.unlessNegative(DnsAttribute.EDNS_SIZE, frame.ednsSize());
    }

    private static void response(DnsFrame frame, AttributeVisitor tell) {
        tell.unlessEmpty(DnsAttribute.FLAGS, flags(frame));
        tell.attribute(DnsAttribute.ANSWERS, Integer.toString(frame.answers()));
        long ttl = -1;
        frame.rewind();
        for (int i = Math.min(frame.answers(), MAX_ANSWERS); i > 0 && frame.nextRecord(); i--) {
            StringBuilder answer = new StringBuilder();
            RecordData.append(answer, frame);
            tell.attribute(DnsAttribute.ANSWER, answer.toString());
            ttl = ttl < 0 ? frame.timeToLive() : Math.min(ttl, frame.timeToLive());
        }
        tell.unlessNegative(DnsAttribute.TTL, ttl);
        tell.unlessNegative(DnsAttribute.EXTENDED_ERROR, frame.extendedError());
    }

    /** As they are called: {@code aa rd ra}. */
    private static String flags(DnsFrame frame) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < FLAGS.length; i++) {
            if ((frame.flags() & (DnsFrame.AUTHORITATIVE >> i)) != 0 && !FLAGS[i].isEmpty()) {
                out.append(out.isEmpty() ? "" : " ").append(FLAGS[i]);
            }
        }
        return out.toString();
    }

    /** The whole message, a line for the header, the question, and each record; cut to so many characters. */
    private static String text(DnsFrame frame, String name, int maxCharacters) {
        StringBuilder out =
                new StringBuilder(frame.isResponse() ? ResponseCode.name(frame.responseCode()) : frame.operation());
        String flags = flags(frame);
        out.append(flags.isEmpty() ? "" : ", ").append(flags);
        if (frame.hasQuestion()) {
            out.append('\n').append(name);
            out.append(' ').append(QueryType.classText(frame.questionClass()));
            out.append(' ').append(QueryType.text(frame.questionType()));
        }
        frame.rewind();
        while (out.length() <= maxCharacters && frame.nextRecord()) {
            if (frame.type() != QueryType.OPT) {
                frame.appendRecordName(out.append('\n'));
                out.append(' ').append(frame.timeToLive());
                out.append(' ').append(QueryType.classText(frame.classOf()));
                out.append(' ').append(QueryType.text(frame.type())).append(' ');
                RecordData.append(out, frame);
            }
        }
        if (out.length() > maxCharacters) {
            out.setLength(maxCharacters);
            out.append("...");
        }
        return out.toString();
    }
}
