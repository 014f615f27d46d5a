package io.kyanos.protocol.dns;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Descriptor.Limit;
import io.kyanos.protocol.FilterFlag;
import io.kyanos.protocol.FilterFlag.Match;
import io.kyanos.protocol.StreamKind;

/** What DNS says of itself. */
final class DnsDescriptor {

    private static final FilterFlag QUERY_TYPE = new FilterFlag(
            "query-type",
            "TYPE",
            "query_type",
            Match.EQUAL_IN_ANY_CASE,
            "types of records, like A,AAAA",
            "Queries of these types: A,AAAA.",
            "queries of these types");
    private static final FilterFlag QUERY_NAME = new FilterFlag(
            "query-name",
            "NAME",
            "query_name",
            Match.EQUAL_IN_ANY_CASE,
            "names, like example.com",
            "Queries for these names, in any case: example.com.",
            "queries for these names");
    private static final FilterFlag QUERY_NAME_REGEX = new FilterFlag(
            "query-name-regex",
            "REGEX",
            "query_name",
            Match.REGEX,
            "a regular expression",
            "Queries for names in which this is found: '\\.example\\.com$'.",
            "queries for names in which this is found");

    private DnsDescriptor() {}

    static Descriptor of() {
        return Descriptor.named("dns", "DNS")
                .aliases("domain")
                .kinds(StreamKind.WIRE, StreamKind.DATAGRAM)
                .summary(
                        "RFC 1035 over UDP and TCP, on any port, with EDNS: queries, transfers of zones, NOTIFY, UPDATE. Not"
                                + " mDNS, LLMNR and NetBIOS names (ports 5353, 5355, 137), which are asked of everybody; not DNS over"
                                + " TLS, HTTPS or QUIC")
                .page("dns.md")
                .operation(
                        "The type that is asked for, `A`, or what else than a query it is: `NOTIFY`, `UPDATE`. A type that"
                                + " is not in the table is `other`.")
                .resource("The name that is asked for, in lower case, without its last dot.")
                .attributes(DnsAttribute.ALL)
                .flags(QUERY_TYPE, QUERY_NAME, QUERY_NAME_REGEX)
                .statuses(ResponseCode.STATUSES)
                .limits(
                        new Limit(
                                "queries that wait on one connection, or of one peer on a UDP socket",
                                DnsConversation.MAX_WAITING,
                                "The oldest are `unanswered`."),
                        new Limit(
                                "records of an answer whose data a record keeps",
                                DnsDetails.MAX_ANSWERS,
                                "The attribute `answers` counts all."))
                .reasons(DnsReason.ALL)
                .clients(
                        "glibc sends the queries for `A` and `AAAA` by one call on one socket, without EDNS; each is a record. It"
                                + " tries a name in every search domain first, so `NXDOMAIN` is common.",
                        "A query that its client repeats on the same socket, as glibc does after 5 s, is one record, from the"
                                + " first time it was sent; the attribute `retries` says how often. Resolvers like unbound and"
                                + " dnsmasq ask again with another number, so each attempt is a record, `unanswered` if nothing"
                                + " comes.",
                        "An answer that does not fit (`tc` among its flags) is a record, and so is the same query over TCP.",
                        "A client that gives up closes its socket, so its query is `unanswered` for the reason `closed`; a server"
                                + " that never answers lets it be a `timeout`.")
                .build();
    }
}
