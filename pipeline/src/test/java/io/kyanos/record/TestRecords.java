package io.kyanos.record;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Builds records for tests: a plain answered HTTP request of a client, and what a test changes about it. */
public final class TestRecords {

    public static final long STARTED_AT = 1_767_225_600_000_000_001L;

    private long generation = 7;
    private String protocol = "http";
    private Side side = Side.CLIENT;
    private String process = "curl";
    private String peerName = "";
    private Endpoint local = ipv4(127, 0, 0, 1, 45678);
    private Endpoint remote = ipv4(10, 0, 0, 7, 80);
    private Transport transport = Transport.TCP;
    private long startedAt = STARTED_AT;
    private Trace trace = Trace.NONE;
    private boolean setup;
    private long totalNanos = 1_500_000;
    private long requestBytes = 120;
    private long responseBytes = 2048;
    private String operation = "GET /users/{id}";
    private String resource = "/users/42";
    private String status = "200";
    private String requestText = "";
    private String responseText = "";
    private Outcome outcome = Outcome.OK;
    private @Nullable Unanswered unanswered;
    private boolean truncated;
    private boolean requestTimed = true;
    private boolean responseTimed = true;
    private Optional<StreamedEvents> streamed = Optional.empty();
    private final List<Details.Value> requestAttributes = new ArrayList<>();
    private final List<Details.Value> responseAttributes = new ArrayList<>();

    private TestRecords() {}

    public static TestRecords http() {
        return new TestRecords();
    }

    public static TestRecords redis() {
        TestRecords records = new TestRecords();
        records.protocol = "redis";
        records.process = "redis-server";
        records.side = Side.SERVER;
        records.operation = "GET";
        records.resource = "user:42";
        records.status = "OK";
        return records;
    }

    public static Endpoint ipv4(int a, int b, int c, int d, int port) {
        byte[] ip = new byte[16];
        ip[10] = (byte) 0xff;
        ip[11] = (byte) 0xff;
        ip[12] = (byte) a;
        ip[13] = (byte) b;
        ip[14] = (byte) c;
        ip[15] = (byte) d;
        return new Endpoint(ip, port);
    }

    /** Of its connection. */
    public TestRecords generation(long value) {
        generation = value;
        return this;
    }

    public TestRecords side(Side value) {
        side = value;
        return this;
    }

    public TestRecords process(String value) {
        process = value;
        return this;
    }

    public TestRecords peerName(String value) {
        peerName = value;
        return this;
    }

    public TestRecords local(Endpoint value) {
        local = value;
        return this;
    }

    public TestRecords remote(Endpoint value) {
        remote = value;
        return this;
    }

    /** Between an end without a name and this one. */
    public TestRecords overUnix(String path) {
        transport = Transport.UNIX;
        local = Endpoint.UNNAMED;
        remote = Endpoint.unix(path.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** Each message a datagram. */
    public TestRecords overUdp() {
        transport = Transport.UDP;
        return this;
    }

    /** Later than others by this. */
    public TestRecords laterByNanos(long value) {
        startedAt = STARTED_AT + value;
        return this;
    }

    public TestRecords trace(Trace value) {
        trace = value;
        return this;
    }

    public TestRecords tookNanos(long value) {
        totalNanos = value;
        return this;
    }

    public TestRecords sizes(long request, long response) {
        requestBytes = request;
        responseBytes = response;
        return this;
    }

    public TestRecords operation(String value) {
        operation = value;
        return this;
    }

    public TestRecords resource(String value) {
        resource = value;
        return this;
    }

    public TestRecords status(String value, Outcome valueOutcome) {
        status = value;
        outcome = valueOutcome;
        return this;
    }

    public TestRecords texts(String request, String response) {
        requestText = request;
        responseText = response;
        return this;
    }

    public TestRecords unanswered(Unanswered reason) {
        unanswered = reason;
        outcome = Outcome.UNANSWERED;
        return this;
    }

    public TestRecords oneWay() {
        outcome = Outcome.ONE_WAY;
        return this;
    }

    /** The request lets the other end wait. */
    public TestRecords untimedRequest() {
        requestTimed = false;
        return this;
    }

    /** The request is one that client libraries send by themselves. */
    public TestRecords setup() {
        setup = true;
        return this;
    }

    /** The answer was put off. */
    public TestRecords untimedResponse() {
        responseTimed = false;
        return this;
    }

    public TestRecords truncated() {
        truncated = true;
        return this;
    }

    /** The answer is a stream of events, which came at these times. */
    public TestRecords events(long... nanos) {
        StreamedEvents events = new StreamedEvents();
        for (long at : nanos) {
            events.event(at);
        }
        streamed = Optional.of(events);
        return this;
    }

    /** One text of the request. */
    public TestRecords attribute(String name, String value) {
        return attribute(Attribute.ofRequest(name, ""), value);
    }

    public TestRecords attribute(Attribute attribute, String value) {
        requestAttributes.add(new Details.Value(attribute, value));
        return this;
    }

    /** One text of the response. */
    public TestRecords responseAttribute(String name, String value) {
        return responseAttribute(Attribute.ofResponse(name, ""), value);
    }

    public TestRecords responseAttribute(Attribute attribute, String value) {
        responseAttributes.add(new Details.Value(attribute, value));
        return this;
    }

    public TrafficRecord build() {
        boolean answered = outcome != Outcome.UNANSWERED && outcome != Outcome.ONE_WAY;
        long total = answered ? totalNanos : RecordTimes.UNKNOWN;
        RecordTimes times = new RecordTimes(startedAt, startedAt + (answered ? total : 0), total, total);
        ConnectionDescription connection =
                new ConnectionDescription(generation, 4321, 9, process, side, transport, local, remote, peerName);
        Message request = new TestMessage(
                operation,
                "",
                Outcome.OK,
                requestBytes,
                new Details(resource, requestAttributes, requestText),
                requestTimed,
                setup,
                trace,
                Optional.empty());
        Message response = answered
                ? new TestMessage(
                        "",
                        status,
                        outcome,
                        responseBytes,
                        new Details("", responseAttributes, responseText),
                        responseTimed,
                        false,
                        Trace.NONE,
                        streamed)
                : null;
        return new TrafficRecord(
                connection,
                protocol,
                request,
                response,
                outcome,
                unanswered,
                times,
                truncated,
                List.of(new StepTime(requestBytes, startedAt)),
                answered ? List.of(new StepTime(responseBytes, startedAt + total)) : List.of());
    }

    private record TestMessage(
            String operation,
            String status,
            Outcome outcome,
            long wireBytes,
            Details details,
            boolean isTimed,
            boolean isSetup,
            Trace trace,
            Optional<StreamedEvents> streamed)
            implements Message {}
}
