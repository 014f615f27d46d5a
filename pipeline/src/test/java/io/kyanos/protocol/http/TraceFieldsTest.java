package io.kyanos.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.Detail;
import io.kyanos.record.Trace;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceFieldsTest {

    private static final String W3C = "0af7651916cd43dd8448eb211c80319c";
    private static final String W3C_SPAN = "b7ad6b7169203331";
    private static final String B3 = "80f198ee56343ba864fe8b2a57d3eff7";
    private static final String B3_SPAN = "e457b5a2e4d86bd1";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "traceparent: 00-" + W3C + "-" + W3C_SPAN + "-01          | " + W3C + " | " + W3C_SPAN + " | ''",
                "TraceParent: 00-" + W3C + "-" + W3C_SPAN + "-00          | " + W3C + " | " + W3C_SPAN + " | ''",
                "traceparent: cc-" + W3C + "-" + W3C_SPAN + "-01-more     | " + W3C + " | " + W3C_SPAN + " | ''",
                "b3: " + B3 + "-" + B3_SPAN + "                           | " + B3 + " | " + B3_SPAN + " | ''",
                "B3: " + B3 + "-" + B3_SPAN + "-1-05e3ac9a4f6e3b90        | " + B3 + " | " + B3_SPAN + " | ''",
                "b3: " + B3_SPAN + "-" + B3_SPAN + "-d                    | " + B3_SPAN + " | " + B3_SPAN + " | ''",
                "X-B3-TraceId: " + B3 + "~X-B3-SpanId: " + B3_SPAN + "    | " + B3 + " | " + B3_SPAN + " | ''",
                "X-B3-SpanId: " + B3_SPAN + "~x-b3-traceid: " + B3_SPAN + " | " + B3_SPAN + " | " + B3_SPAN + " | ''",
                "X-B3-TraceId: " + B3 + "                                 | " + B3 + " | '' | ''",
                "X-Request-Id: 3D8E1F9A-0000-4abc-8def-001122334455       | '' | '' | 3D8E1F9A-0000-4abc-8def-001122334455",
                "x-request-id: " + W3C + "                                | '' | '' | " + W3C,
                "b3: " + B3 + "-" + B3_SPAN + "~traceparent: 00-" + W3C + "-" + W3C_SPAN + "-01 | " + W3C + " | "
                        + W3C_SPAN + " | ''",
                "X-B3-TraceId: " + W3C + "~b3: " + B3 + "-" + B3_SPAN + " | " + B3 + " | " + B3_SPAN + " | ''",
                "traceparent: 00-" + W3C + "-" + W3C_SPAN + "-01~traceparent: 00-" + B3 + "-" + B3_SPAN + "-01 | " + W3C
                        + " | " + W3C_SPAN + " | ''",
            })
    void idsAreTakenFromTheFieldsThatNameThem(String fields, String trace, String span, String request) {
        assertThat(traceOf(fields)).isEqualTo(new Trace(trace, span, request));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "traceparent: 00-" + W3C + "-" + W3C_SPAN,
                "traceparent: 0g-" + W3C + "-" + W3C_SPAN + "-01",
                "traceparent: 00-" + W3C + "-" + W3C_SPAN + "-0g",
                "traceparent: 00-" + W3C + "-0000000000000000-01",
                "traceparent: ff-" + W3C + "-" + W3C_SPAN + "-01",
                "traceparent: 00_" + W3C + "_" + W3C_SPAN + "_01",
                "traceparents: 00-" + W3C + "-" + W3C_SPAN + "-01",
                "b3: 0",
                "b3: " + B3,
                "b3: " + B3 + "-" + B3_SPAN + "-x",
                "b3: " + B3 + "-" + B3_SPAN + "-1-secret",
                "b3: " + B3 + "-" + B3_SPAN + "-1-05e3ac9a4f6e3b90-1",
                "x-b3-spanid: " + B3_SPAN,
                "x-b3-traceid: MARIO",
                "x-request-id: order-4711-of-mario",
            })
    void whatIsNotWellFormedSaysNothing(String fields) {
        assertThat(traceOf(fields)).isEqualTo(Trace.NONE);
    }

    @Test
    void aRequestHasNoneOfTheOneBefore() {
        String traced = "GET /a HTTP/1.1\r\ntraceparent: 00-" + W3C + "-" + W3C_SPAN + "-01\r\n\r\n";
        Wire wire = new Wire(Detail.NONE.withTraces())
                .request(traced + "GET /b HTTP/1.1\r\n\r\nPOST /c HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi" + traced)
                .request("GET /d HTTP/1.1\r\nHost: x\r\n")
                .end();

        assertThat(wire.requests)
                .extracting(request -> request.trace().traceId())
                .containsExactly(W3C, "", "", W3C, "");
    }

    @Test
    void aHeadThatIsTooLongToBeHeldHasThemToo() {
        Wire wire = new Wire(Detail.NONE.withTraces())
                .request("GET /a HTTP/1.1\r\n" + "X-Filler: abcdefgh\r\n".repeat(4000))
                .request("traceparent: 00-" + W3C + "-" + W3C_SPAN + "-01\r\n\r\n")
                .request("GET /b HTTP/1.1\r\n\r\n")
                .end();

        assertThat(wire.requests)
                .extracting(request -> request.trace().traceId())
                .containsExactly(W3C, "");
    }

    @Test
    void nothingIsKeptUnlessAsked() {
        String head = "GET /a HTTP/1.1\r\ntraceparent: 00-" + W3C + "-" + W3C_SPAN + "-01\r\n\r\n";

        assertThat(new Wire(Detail.NONE).request(head).end().requests.get(0).trace())
                .isEqualTo(Trace.NONE);
        assertThat(new Wire(new Detail(true, 0, true))
                        .request(head)
                        .end()
                        .requests
                        .get(0)
                        .trace())
                .isEqualTo(Trace.NONE);
    }

    @Test
    void attributesHaveTheSameIds() {
        List<String> attributes = new ArrayList<>();
        new Wire(new Detail(true, 0, true))
                .request("GET /a HTTP/1.1\r\nX-B3-TraceId: " + B3 + "\r\nX-B3-SpanId: " + B3_SPAN + "\r\nb3: 0\r\n\r\n")
                .end()
                .requests
                .get(0)
                .attributes((name, value) -> attributes.add(name + "=" + value));

        assertThat(attributes)
                .containsSubsequence(
                        "b3_trace_id=" + B3, "b3_span_id=" + B3_SPAN, "b3=0", "trace_id=" + B3, "span_id=" + B3_SPAN);
    }

    private static Trace traceOf(String fields) {
        Wire wire = new Wire(Detail.NONE.withTraces())
                .request("GET /a HTTP/1.1\r\n" + fields.replace("~", "\r\n") + "\r\n\r\n")
                .end();
        return wire.requests.get(0).trace();
    }
}
