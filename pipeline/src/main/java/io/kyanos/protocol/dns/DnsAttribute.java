package io.kyanos.protocol.dns;

import io.kyanos.record.Attribute;
import java.util.List;

/** What messages of DNS tell beside what every message tells. */
final class DnsAttribute {

    static final Attribute NAME =
            Attribute.ofRequest("name", "The name that was asked for, in lower case, without its last dot");
    static final Attribute TYPE =
            Attribute.ofRequest("type", "The type that was asked for: `A`; `TYPE65280` of one without a name");
    static final Attribute CLASS = Attribute.ofRequest("class", "The class that was asked for, unless it is `IN`");
    static final Attribute ID = Attribute.ofRequest("id", "The number by which the answer is known");
    static final Attribute EDNS_SIZE = Attribute.ofRequest(
            "edns_size", "The size of datagrams that the client can take, where it says so by EDNS");
    static final Attribute RETRIES = Attribute.ofRequest(
            "retries", "How often the client has repeated the question while it waited; not there if never");
    static final Attribute FLAGS = Attribute.ofResponse(
            "flags", "Those that are set of `aa` (by the zone's own server), `tc` (cut short), `rd`, `ra`, `ad`, `cd`");
    static final Attribute ANSWERS = Attribute.ofResponse("answers", "How many records the answer section has");
    static final Attribute ANSWER = new Attribute(
            "answer",
            Attribute.Source.RESPONSE,
            true,
            "What the first " + DnsMessage.MAX_ANSWERS
                    + " records of the answer section say: an address, a name, or the text of a zone file");
    static final Attribute TTL =
            Attribute.ofResponse("ttl", "For how many seconds the shortest-lived of these records may be kept");
    static final Attribute EXTENDED_ERROR =
            Attribute.ofResponse("extended_error", "The number of the extended error (RFC 8914), where there is one");

    static final List<Attribute> ALL = List.of(
            NAME, TYPE, CLASS, ID, EDNS_SIZE, RETRIES, FLAGS, ANSWERS, ANSWER, TTL, EXTENDED_ERROR, Attribute.REASON);

    private DnsAttribute() {}
}
