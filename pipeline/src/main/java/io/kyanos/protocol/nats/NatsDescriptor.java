package io.kyanos.protocol.nats;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Descriptor.Limit;
import io.kyanos.protocol.FilterFlag;
import io.kyanos.protocol.FilterFlag.Match;

/** What NATS says of itself. */
final class NatsDescriptor {

    private static final FilterFlag SUBJECT = new FilterFlag(
            "subject",
            "SUBJECT",
            "subject",
            Match.EQUAL,
            "subjects, like orders.new,orders.old",
            "These subjects: orders.new,orders.old.",
            "these subjects");
    private static final FilterFlag SUBJECT_PREFIX = new FilterFlag(
            "subject-prefix",
            "PREFIX",
            "subject",
            Match.PREFIX,
            "some text",
            "Subjects that begin so. May be given several times.",
            "subjects that begin so");

    private NatsDescriptor() {}

    static Descriptor of() {
        return Descriptor.named("nats", "NATS")
                .summary(
                        "the protocol between clients and servers: publications, deliveries, request and reply, headers")
                .operation(
                        "`REQUEST` for a publication that names a reply subject, `PUB` for any other, `MSG` for a delivery,"
                                + " `SUB`, `UNSUB`, `CONNECT`, the client's `PING`; of an error that answers none of these"
                                + " `-ERR` with its words, if they are known.")
                .resource("The subject.")
                .attributes(NatsAttribute.ALL)
                .flags(SUBJECT, SUBJECT_PREFIX)
                .statuses(NatsStatus.described())
                .setup("`CONNECT`")
                .limits(
                        new Limit("bytes of a control line", NatsLine.MAX_BYTES, "Invalid: `line_too_long`."),
                        new Limit("bytes of a payload", NatsLine.MAX_PAYLOAD, "Invalid: `size`."),
                        new Limit(
                                "bytes of headers that are looked into for a code",
                                NatsParser.MAX_HEADER_BYTES,
                                "The status is `OK`."),
                        new Limit(
                                "subscriptions of a connection that are remembered",
                                Subscriptions.MOST,
                                "Every publication that names a reply subject waits for an answer."),
                        new Limit(
                                "requests that wait on one connection",
                                NatsMatcher.MAX_WAITING,
                                "The oldest are `unanswered`."))
                .reasons(NatsReason.ALL)
                .clients(
                        "A request is answered by its first reply; further ones are records of their own: `MSG`.",
                        "The end that serves requests sees a `MSG` and, later, a `PUB`: only the end that asks knows how long"
                                + " it took.",
                        "A publication that names a reply subject to which its connection has not subscribed is one-way.",
                        "`CONNECT` is answered only to verbose clients; to others the `PONG` that follows shows that it was"
                                + " accepted, so it is one-way, unless an error comes first.",
                        "Servers send `INFO` at any time; it is no record, nor is their `PING`.",
                        "nats-py leaves two blanks where an argument is empty.",
                        "nats-server writes all that waits for a client by one call, which may be larger than what is captured"
                                + " of a call: raise `kyanos.capture.max-payload-bytes` where `gap_capped` bytes show.")
                .build();
    }
}
