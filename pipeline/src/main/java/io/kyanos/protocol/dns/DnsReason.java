package io.kyanos.protocol.dns;

import java.util.Set;

/** Why bytes are no message of DNS at their place: metric labels. */
final class DnsReason {

    /** A prefix of TCP that leaves no room for a header. */
    static final String LENGTH = "length";
    /** A response where requests are sent, or the other way round. */
    static final String DIRECTION = "direction";
    /** A question that does not end within its message, or is no name. */
    static final String QUESTION = "question";

    static final Set<String> ALL = Set.of(LENGTH, DIRECTION, QUESTION);

    private DnsReason() {}
}
