package io.kyanos.protocol.http2;

import io.kyanos.record.Attribute;
import io.kyanos.record.StreamedEvents;
import java.util.List;
import java.util.stream.Stream;

/** The attributes of HTTP/2 messages. If a message has a field twice, the first counts. */
final class Http2Attribute {

    static final Attribute METHOD =
            Attribute.ofRequest("method", "The method, as it came").inAnyCase().alsoCalled("verb", "httpmethod");
    static final Attribute PATH = Attribute.ofRequest("path", "The path, without authority and query")
            .alsoCalled("url", "uri", "target", "requesturi");
    static final Attribute QUERY = Attribute.ofRequest("query", "The query, secrets masked; not there without one")
            .alsoCalled("querystring", "params");
    static final Attribute HOST = Attribute.ofRequest("host", "The authority, else the field `host`")
            .inAnyCase()
            .alsoCalled("hostname", "authority", "vhost");
    static final Attribute SCHEME =
            Attribute.ofRequest("scheme", "The scheme: `http`, `https`").inAnyCase();
    static final Attribute STREAM =
            Attribute.ofRequest("stream", "The number of the stream").alsoCalled("streamid");
    static final Attribute USER_AGENT = Attribute.ofRequest(
                    "user_agent", "The client's program: the field `user-agent`")
            .alsoCalled("ua", "agent");
    static final Attribute BODY_BYTES =
            Attribute.listOfBoth("body_bytes", "The size of the body: what DATA frames hold, without padding");
    static final Attribute CONTENT_TYPE =
            Attribute.listOfBoth("content_type", "The field `content-type`").inAnyCase();
    static final Attribute CONTENT_ENCODING = Attribute.listOfBoth("content_encoding", "The field `content-encoding`")
            .inAnyCase();
    static final Attribute REQUEST_ID =
            Attribute.listOfBoth("request_id", "The field `x-request-id`").alsoCalled("xrequestid", "reqid");
    static final Attribute TRACE_ID = Attribute.ofRequest(
                    "trace_id",
                    "The trace id in `traceparent`, else in `b3`, else in `x-b3-traceid`, where that is well-formed")
            .alsoCalled("trace", "xb3traceid");
    static final Attribute SPAN_ID = Attribute.ofRequest("span_id", "The calling span's id, likewise");
    static final Attribute RESET = Attribute.ofResponse(
                    "reset", "The error code with which a side has reset the stream before its end")
            .inAnyCase()
            .alsoCalled("rststream", "errorcode");
    static final Attribute REQUEST_STALLED_MS = Attribute.ofRequest(
                    "request_stalled_ms",
                    "For how many milliseconds at least the client could not [go on with the body](http2.md#stalls), as a"
                            + " window was used up; not there without a body, or where windows are not known")
            .alsoCalled("requeststalled");
    static final Attribute RESPONSE_STALLED_MS = Attribute.ofResponse(
                    "response_stalled_ms", "The same of the server and the body of the response")
            .alsoCalled("stalled", "stalledms", "flowcontrol");
    static final Attribute HEADER = Attribute.listOfBoth(
                    "header.NAME", "Each value of a field that a filter asked for by its name, secrets masked")
            .alsoCalled("headers");

    static final List<Attribute> ALL = Stream.of(
                    List.of(
                            METHOD,
                            PATH,
                            QUERY,
                            HOST,
                            SCHEME,
                            STREAM,
                            USER_AGENT,
                            BODY_BYTES,
                            CONTENT_TYPE,
                            CONTENT_ENCODING,
                            REQUEST_ID,
                            TRACE_ID,
                            SPAN_ID,
                            RESET,
                            REQUEST_STALLED_MS,
                            RESPONSE_STALLED_MS),
                    StreamedEvents.ATTRIBUTES,
                    List.of(HEADER))
            .flatMap(List::stream)
            .toList();

    private Http2Attribute() {}

    /** Whether only streams of events have it. */
    static boolean isOfEvents(Attribute attribute) {
        return StreamedEvents.ATTRIBUTES.contains(attribute);
    }
}
