package io.kyanos.protocol.grpc;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Descriptor.Limit;
import io.kyanos.protocol.Descriptor.Status;
import io.kyanos.protocol.FilterFlag;
import io.kyanos.protocol.FilterFlag.Match;
import io.kyanos.record.Attribute;
import io.kyanos.record.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What gRPC says about itself. */
public final class GrpcDescriptor {

    /** The status of a call whose response is whole, where the fields that tell it are not known. */
    public static final String UNKNOWN_STATUS = "unknown";

    private static final FilterFlag SERVICE = new FilterFlag(
            "rpc-service",
            "SERVICE",
            "rpc_service",
            Match.EQUAL,
            "services, like grpc.health.v1.Health",
            "These services, with their packages: grpc.health.v1.Health.",
            "these services");
    private static final FilterFlag METHOD = new FilterFlag(
            "rpc-method",
            "METHOD",
            "rpc_method",
            Match.EQUAL,
            "methods, like Check,Watch",
            "These methods: Check,Watch.",
            "these methods");

    private GrpcDescriptor() {}

    /**
     * The descriptor.
     *
     * @param ofHttp the attributes that calls have as other exchanges of the protocol that carries them do
     * @param flagsOfHttp its flags that choose by these
     * @param ofResets the statuses of exchanges that a side has broken off
     */
    public static Descriptor of(List<Attribute> ofHttp, List<FilterFlag> flagsOfHttp, List<Status> ofResets) {
        List<Attribute> attributes = new ArrayList<>(GrpcAttribute.ALL);
        attributes.addAll(ofHttp);
        List<FilterFlag> flags = new ArrayList<>(List.of(SERVICE, METHOD));
        flags.addAll(flagsOfHttp);
        List<Status> statuses = new ArrayList<>(ownStatuses());
        statuses.addAll(ofResets);
        return Descriptor.named("grpc", "gRPC")
                .summary(
                        "gRPC over HTTP/2 in clear text, with gRPC-Web and Connect there: a record for each call, unary or streaming")
                .operation(
                        "Service and method as they are called: `grpc.health.v1.Health/Check`, once a server has shown that"
                                + " it has the method, by a status other than `UNIMPLEMENTED` or by a message; until then `other`, as"
                                + " what exceeds `kyanos.http.max-routes` or a tenth of that for one server. Where the name was missed"
                                + " it is `unknown`.")
                .resource("Authority and path: `shop.example/grpc.health.v1.Health/Check`.")
                .page("grpc.md")
                .attributes(attributes)
                .flags(flags.toArray(FilterFlag[]::new))
                .statuses(statuses)
                .limits(
                        new Limit(
                                "bytes of a name that becomes an operation", RpcOperations.MAX_BYTES, "It is `other`."),
                        new Limit("fields of bytes in the metadata of a message", CallFields.MOST_BINARY, "Left out."))
                .clients(
                        "Clients that break a call off, also as its deadline is over, reset the stream: `CANCEL`.",
                        "The C core (Python, C++, Ruby) rounds deadlines up, 1 s to `1010m`; that of grpcio 1.85 tells what is left of"
                                + " it: `998m`.",
                        "`-bin` fields are Base64 with padding (Node) or without (Java, Go, C core), or raw bytes behind a NUL (C core"
                                + " to itself).",
                        "Most number `grpc-status` and what else repeats: joined in the middle, a connection's statuses are"
                                + " `unknown` until one comes that has not been said before.")
                .build();
    }

    private static List<Status> ownStatuses() {
        return List.of(
                new Status(
                        GrpcStatus.OK.name(),
                        Outcome.OK,
                        "Of Connect's unary calls, whose status is that of HTTP, any success."),
                new Status(
                        names(Outcome.SERVER_ERROR),
                        Outcome.SERVER_ERROR,
                        "From `grpc-status`; a response without it has [the one that clients take it for]"
                                + "(https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md)."),
                new Status(names(Outcome.CLIENT_ERROR), Outcome.CLIENT_ERROR, "The same."),
                new Status(GrpcStatus.OTHER.name(), Outcome.ERROR, "Another number."),
                new Status("400 to 499", Outcome.CLIENT_ERROR, "Of Connect's unary calls: the status of HTTP."),
                new Status("500 to 999", Outcome.SERVER_ERROR, "The same."),
                new Status(
                        UNKNOWN_STATUS,
                        Outcome.UNKNOWN,
                        "The response is whole, but its fields refer to ones that were sent before the capture began."));
    }

    private static String names(Outcome of) {
        return String.join(
                ", ",
                Arrays.stream(GrpcStatus.values())
                        .filter(status -> status.outcome() == of)
                        .map(GrpcStatus::name)
                        .toList());
    }
}
