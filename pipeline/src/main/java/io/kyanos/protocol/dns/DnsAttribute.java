package io.kyanos.protocol.dns;

import io.kyanos.record.Attribute;
import java.util.List;

/** What messages of DNS tell beside what every message tells. */
final class DnsAttribute {

    static final Attribute NAME = Attribute.ofRequest(
                    "query_name", "The name that was asked for, in lower case, without its last dot: the resource")
            .inAnyCase()
            .alsoCalled("name", "domain", "qname");
    static final Attribute TYPE = Attribute.ofRequest(
                    "query_type", "The type that was asked for: `A`; `TYPE65280` of one without a name")
            .inAnyCase()
            .alsoCalled("qtype", "rrtype");
    static final Attribute CLASS = Attribute.ofRequest(
                    "query_class", "The class that was asked for; not there where it is `IN`")
            .inAnyCase()
            .alsoCalled("qclass");
    static final Attribute ID = Attribute.ofRequest("query_id", "The number by which the answer is known")
            .alsoCalled("qid");
    static final Attribute EDNS_SIZE =
            Attribute.ofRequest("edns_size", "The size of datagrams that the client can take; not there without EDNS");
    static final Attribute RETRIES = Attribute.ofRequest(
            "retries", "How often the client repeated the query while it waited; not there if it did not");
    static final Attribute FLAGS = Attribute.ofResponse(
            "flags", "Those that are set of `aa` (by the zone's own server), `tc` (cut short), `rd`, `ra`, `ad`, `cd`");
    static final Attribute ANSWERS = Attribute.ofResponse("answers", "How many records the answer section has");
    static final Attribute ANSWER = Attribute.listOfResponse(
            "answer",
            "What the first " + DnsDetails.MAX_ANSWERS
                    + " records of the answer section say: an address, a name, or as a zone file has it");
    static final Attribute TTL =
            Attribute.ofResponse("ttl", "For how many seconds the one of these that is shortest-lived may be kept");
    static final Attribute EXTENDED_ERROR = Attribute.ofResponse(
            "extended_error", "The number of the extended error (RFC 8914); not there without one");

    static final List<Attribute> ALL =
            List.of(NAME, TYPE, CLASS, ID, EDNS_SIZE, RETRIES, FLAGS, ANSWERS, ANSWER, TTL, EXTENDED_ERROR);

    private DnsAttribute() {}
}
