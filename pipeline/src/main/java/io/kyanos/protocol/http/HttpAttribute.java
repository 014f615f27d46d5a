package io.kyanos.protocol.http;

import io.kyanos.record.Attribute;
import io.kyanos.record.StreamedEvents;
import java.util.List;
import java.util.stream.Stream;

/** The attributes of HTTP messages. If a message has a field twice, the first counts. */
final class HttpAttribute {

    static final Attribute METHOD =
            Attribute.ofRequest("method", "The method, as it came").inAnyCase().alsoCalled("verb", "httpmethod");
    static final Attribute PATH = Attribute.ofRequest("path", "The path, without host and query")
            .alsoCalled("url", "uri", "target", "requesturi");
    static final Attribute QUERY = Attribute.ofRequest("query", "The query, secrets masked; not there without one")
            .alsoCalled("querystring", "params");
    static final Attribute HOST = Attribute.ofRequest(
                    "host",
                    "The host, with its port if it has one: of the target where that names one, else of the field `Host`")
            .inAnyCase()
            .alsoCalled("hostname", "authority", "vhost");
    static final Attribute VERSION = Attribute.listOfBoth("version", "The version in the start line: `1.1`")
            .inAnyCase();
    static final Attribute USER_AGENT = Attribute.ofRequest(
                    "user_agent", "The client's program: the field `User-Agent`")
            .alsoCalled("ua", "agent");
    static final Attribute REASON =
            Attribute.REASON.meaning(Attribute.REASON.meaning() + "; else the words of the status line");
    static final Attribute CONTENT_TYPE =
            Attribute.listOfBoth("content_type", "The field `Content-Type`").inAnyCase();
    static final Attribute CONTENT_ENCODING = Attribute.listOfBoth("content_encoding", "The field `Content-Encoding`")
            .inAnyCase();
    static final Attribute UPGRADE = Attribute.listOfBoth(
                    "upgrade", "What the connection is to become: the field `Upgrade`")
            .inAnyCase();
    static final Attribute REQUEST_ID =
            Attribute.listOfBoth("request_id", "The field `X-Request-Id`").alsoCalled("xrequestid", "reqid");
    static final Attribute CORRELATION_ID = Attribute.listOfBoth("correlation_id", "The field `X-Correlation-Id`");
    static final Attribute AMZN_TRACE_ID = Attribute.listOfBoth("amzn_trace_id", "The field `X-Amzn-Trace-Id`");
    static final Attribute B3_TRACE_ID = Attribute.listOfBoth("b3_trace_id", "The field `X-B3-TraceId`");
    static final Attribute B3_SPAN_ID = Attribute.listOfBoth("b3_span_id", "The field `X-B3-SpanId`");
    static final Attribute B3 = Attribute.listOfBoth("b3", "The field `b3`");
    static final Attribute TRACEPARENT = Attribute.listOfBoth("traceparent", "The field `traceparent`");
    static final Attribute TRACE_ID = Attribute.listOfBoth(
                    "trace_id",
                    "The trace id in `traceparent`, else in `b3`, else in `X-B3-TraceId`, where that is well-formed")
            .alsoCalled("trace", "xb3traceid");
    static final Attribute SPAN_ID = Attribute.listOfBoth("span_id", "The calling span's id, likewise");
    static final Attribute MALFORMED = Attribute.listOfBoth(
                    "malformed", "What is not as it should be, [in one word each](http.md#malformed-messages)")
            .inAnyCase();
    static final Attribute HEADER = Attribute.listOfBoth(
                    "header.NAME", "Each value of a field that a filter asked for by its name, secrets masked")
            .alsoCalled("headers");

    static final List<Attribute> ALL = Stream.of(
                    List.of(
                            METHOD,
                            PATH,
                            QUERY,
                            HOST,
                            VERSION,
                            USER_AGENT,
                            REASON,
                            CONTENT_TYPE,
                            CONTENT_ENCODING,
                            UPGRADE,
                            REQUEST_ID,
                            CORRELATION_ID,
                            AMZN_TRACE_ID,
                            B3_TRACE_ID,
                            B3_SPAN_ID,
                            B3,
                            TRACEPARENT,
                            TRACE_ID,
                            SPAN_ID,
                            MALFORMED),
                    StreamedEvents.ATTRIBUTES,
                    List.of(HEADER))
            .flatMap(List::stream)
            .toList();

    private HttpAttribute() {}
}
