package io.kyanos.protocol.dns;

import io.kyanos.protocol.Descriptor.InvalidReason;
import java.util.List;

/** Why bytes are no message of DNS at their place: metric labels. */
final class DnsReason {

    static final String LENGTH = "length";
    static final String DIRECTION = "direction";
    static final String QUESTION = "question";

    static final List<InvalidReason> ALL = List.of(
            new InvalidReason(LENGTH, "A length before a message of TCP that leaves no room for a header."),
            new InvalidReason(DIRECTION, "A response where queries are sent, or the other way round."),
            new InvalidReason(QUESTION, "A question that is no name, or does not end within its message."));

    private DnsReason() {}
}
