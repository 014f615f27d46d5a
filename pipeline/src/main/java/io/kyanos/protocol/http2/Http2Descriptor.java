package io.kyanos.protocol.http2;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Descriptor.Limit;
import io.kyanos.protocol.Descriptor.Status;
import io.kyanos.protocol.grpc.GrpcDescriptor;
import io.kyanos.protocol.web.RequestFlags;
import io.kyanos.record.Outcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What HTTP/2 says about itself. */
final class Http2Descriptor {

    private static final List<Status> OF_RESETS = List.of(
            new Status(
                    ErrorCode.NO_ERROR.name(),
                    Outcome.OK,
                    "A side has reset the stream before the response ended, without an error."),
            new Status(
                    "INTERNAL_ERROR, REFUSED_STREAM, CONNECT_ERROR",
                    Outcome.SERVER_ERROR,
                    "A side has reset the stream before the response ended, with this code."),
            new Status(
                    "CANCEL, PROTOCOL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED,"
                            + " FRAME_SIZE_ERROR, COMPRESSION_ERROR, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY,"
                            + " HTTP_1_1_REQUIRED",
                    Outcome.CLIENT_ERROR,
                    "The same."),
            new Status(ErrorCode.UNKNOWN_ERROR.name(), Outcome.ERROR, "The same, with another code."));

    /** What the calls say about themselves that streams may be. */
    static final Descriptor GRPC = GrpcDescriptor.of(
            Http2Attribute.ALL.stream()
                    .filter(attribute ->
                            !attribute.equals(Http2Attribute.METHOD) && !Http2Attribute.isOfEvents(attribute))
                    .toList(),
            Arrays.stream(RequestFlags.all())
                    .filter(flag -> !flag.attribute().equals(Http2Attribute.METHOD.name()))
                    .toList(),
            OF_RESETS);

    private Http2Descriptor() {}

    static Descriptor of() {
        List<Status> statuses = new ArrayList<>(
                List.of(
                        new Status(
                                "200 to 399",
                                Outcome.OK,
                                "Success, or a redirection. Interim responses are no answers and in no record."),
                        new Status("400 to 499", Outcome.CLIENT_ERROR, "A client's error by its class."),
                        new Status("500 to 999", Outcome.SERVER_ERROR, "A server's error, or of no known class."),
                        new Status(
                                Http2Message.UNKNOWN,
                                Outcome.UNKNOWN,
                                "The response is whole, but its status refers to one that was sent before the capture began.")));
        statuses.addAll(OF_RESETS);
        return Descriptor.named("http2", "HTTP/2")
                .aliases("h2", "h2c")
                .summary(
                        "HTTP/2 in clear text, by prior knowledge or after an upgrade: a record for each stream, pushed ones as well; calls are of gRPC")
                .operation(
                        "The method and the [route](metrics.md#what-can-appear-in-a-route): `GET /users/{id}`. Where the"
                                + " connection's beginning or blocks of fields were missed, what is not known is `unknown`.")
                .resource("Authority and path: `shop.example/users/42`; of `CONNECT` the authority.")
                .attributes(Http2Attribute.ALL)
                .flags(RequestFlags.all())
                .page("http2.md")
                .statuses(statuses)
                .limits(
                        new Limit("bytes of a header block", HeaderBlock.MAX_BYTES, "Invalid: `continuation`."),
                        new Limit("bytes of a field's name or value", FieldDecoder.MAX_TEXT_BYTES, "It is not known."),
                        new Limit(
                                "bytes of a table of fields",
                                FieldTable.MOST_BYTES,
                                "Its oldest fields are not known."),
                        new Limit(
                                "streams of a connection that are open at once",
                                Http2Protocol.DEFAULT_MAX_STREAMS,
                                "Further ones are `unanswered`."),
                        new Limit(
                                "bytes that tables and open streams of all connections take",
                                KeptBytes.DEFAULT_MOST,
                                "Fields are not known, further streams are `unanswered`; counted as `http2_memory`."))
                .reasons(Http2Reason.ALL)
                .carries(GRPC)
                .clients(
                        "Servers speak first or wait for the client's preface: nghttpd and Node do, nginx and Go do not.",
                        "nginx numbers fields and never refers to them, so its answers are known from the middle of a"
                                + " connection as well.",
                        "After an upgrade (`nghttp -u`, `curl --http2`, the JDK's client; nghttpx) the request is HTTP/1's and its"
                                + " answer stream 1: one record, of HTTP/2. nghttpd upgrades nothing.",
                        "nghttp opens streams 3 to 11 for priorities only; its first request is stream 13.",
                        "nginx and hypercorn end a connection after 1000 requests, with GOAWAY.",
                        "From the middle of a connection, paths are known from the first request on where clients spell"
                                + " them each time: h2load, nghttp, Node, the JDK's client. Go and httpx number them: those that"
                                + " they had asked for before are `unknown` until other fields have filled a table of 4 KiB, some"
                                + " 90 paths of ten bytes. The host, of all but the JDK's client, likewise.",
                        "Statuses that HPACK has numbers for (200, 204, 206, 304, 400, 404, 500) are known from the"
                                + " middle of a connection as well. Others, as Jetty's 201, are spelled once and then numbered:"
                                + " until they have left the server's table, a request that is answered so has the status"
                                + " `unknown`.")
                .build();
    }
}
