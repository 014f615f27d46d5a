package io.kyanos.protocol.http;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Descriptor.Limit;
import io.kyanos.protocol.Descriptor.Status;
import io.kyanos.protocol.web.RequestFlags;
import io.kyanos.record.Outcome;
import java.util.List;

/** What HTTP says about itself. */
final class HttpDescriptor {

    private HttpDescriptor() {}

    static Descriptor of() {
        return Descriptor.named("http", "HTTP")
                .aliases("http1")
                .summary("HTTP/1.0 and HTTP/1.1")
                .page("http.md")
                .operation("The method and the [route](metrics.md#what-can-appear-in-a-route): `GET /users/{id}`.")
                .resource(
                        "Host and path: `shop.example/users/42`; of `CONNECT` host and port, of `OPTIONS *` the host.")
                .attributes(HttpAttribute.ALL)
                .flags(RequestFlags.all())
                .statuses(List.of(
                        new Status(
                                "101 to 399",
                                Outcome.OK,
                                "A switch of protocols but to [HTTP/2](http.md), success, or a redirection. Interim responses (`100`, `102`, `103`)"
                                        + " are no answers and in no record."),
                        new Status("400 to 499", Outcome.CLIENT_ERROR, "A client's error by its class, `404` as well."),
                        new Status(
                                "500 to 999",
                                Outcome.SERVER_ERROR,
                                "A code of no known class is taken for a server's error (RFC 9110 section 15).")))
                .limits(
                        new Limit(
                                "bytes of a head",
                                HttpHead.MAX_HEAD_BYTES,
                                "Fields beyond are left out; the message is `malformed`: `head_too_long`."),
                        new Limit("fields of a head", HttpHead.MAX_HEADERS, "Those beyond are left out."),
                        new Limit("bytes of a field", HttpHead.MAX_HEADER_BYTES, "It is left out."),
                        new Limit("bytes of a line between chunks", Body.MAX_CHUNK_LINE_BYTES, "Invalid: `chunk`."),
                        new Limit("bytes of trailers", Body.MAX_TRAILER_BYTES, "Invalid: `trailers`."),
                        new Limit(
                                "requests that wait for their responses on one connection",
                                HttpProtocol.DEFAULT_MAX_WAITING,
                                "The oldest are `unanswered`."))
                .reasons(Reason.ALL)
                .clients(
                        "A request may be answered before its body, or even its head, has been sent: nginx and haproxy refuse"
                                + " so what is larger than their buffers.",
                        "nginx completes a response that its upstream has cut: the upstream's record says `incomplete`, the"
                                + " client's does not.",
                        "Programs ask for upgrades that are not granted (`Upgrade: h2c` of the JDK's client): such a request is"
                                + " an ordinary one.")
                .build();
    }
}
