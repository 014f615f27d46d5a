package io.kyanos.sink;

import static io.kyanos.sink.JsonPresence.ADDRESSED;
import static io.kyanos.sink.JsonPresence.ALWAYS;
import static io.kyanos.sink.JsonPresence.ANSWERED;
import static io.kyanos.sink.JsonPresence.ANSWERED_AND_KNOWN;
import static io.kyanos.sink.JsonPresence.UNANSWERED;

import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Transport;
import io.kyanos.record.Unanswered;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;

/** The fields of a record in JSON, in their order. docs/json.md has the same table. */
final class JsonFields {

    /** The field that says which attributes there may be. */
    static final String PROTOCOL = "protocol";

    static final String ATTRIBUTES = "attributes";

    private static final String BYTES = "bytes";

    static final List<JsonField> ALL = List.of(
            JsonField.moment(
                    "start_time",
                    "When it began, by the [definitions](latency.md)",
                    record -> record.times().startedAt()),
            JsonField.moment(
                    "end_time",
                    "When it ended; without an answer, when it became clear that none would come",
                    record -> record.times().endedAt()),
            JsonField.text(PROTOCOL, ALWAYS, "Its name, as `kyanos watch --list` prints them", TrafficRecord::protocol),
            JsonField.word(
                    "side",
                    labels(Side.values(), Side::label),
                    ALWAYS,
                    "What this end of the connection is",
                    record -> record.connection().side().label()),
            JsonField.word(
                    "transport",
                    labels(Transport.values(), Transport::label),
                    ALWAYS,
                    "What carries the bytes",
                    record -> record.connection().transport().label()),
            JsonField.text(
                    "local_addr",
                    ALWAYS,
                    "This end's address, or the name of its unix socket, which may be empty",
                    record -> record.connection().local().address()),
            JsonField.whole(
                    "local_port",
                    JsonType.PORT,
                    "",
                    ADDRESSED,
                    "This end's port",
                    record -> record.connection().local().port()),
            JsonField.text(
                    "remote_addr",
                    ALWAYS,
                    "The other end's address, likewise",
                    record -> record.connection().remote().address()),
            JsonField.whole(
                    "remote_port",
                    JsonType.PORT,
                    "",
                    ADDRESSED,
                    "The other end's port",
                    record -> record.connection().remote().port()),
            JsonField.whole(
                    "pid",
                    JsonType.COUNT,
                    "",
                    ALWAYS,
                    "The process, as the first pid namespace numbers it; 0 of a packet capture, which shows none",
                    record -> record.connection().tgid()),
            JsonField.millis(
                    "total_duration_ms",
                    ANSWERED_AND_KNOWN,
                    "How long it took, by the [definitions](latency.md)",
                    record -> record.times().totalNanos()),
            JsonField.millis(
                    "first_byte_ms",
                    ANSWERED_AND_KNOWN,
                    "The part of it to the first byte of the response, likewise",
                    record -> record.times().firstByteNanos()),
            JsonField.millis(
                    "black_box_duration_ms",
                    ANSWERED_AND_KNOWN,
                    "The part of it in the process, of a server alone: between system calls that is all of it",
                    JsonFields::blackBoxNanos),
            JsonField.whole(
                    "req_size_bytes",
                    JsonType.COUNT,
                    BYTES,
                    ALWAYS,
                    "The request on the wire",
                    record -> record.request().wireBytes()),
            JsonField.whole(
                    "resp_size_bytes",
                    JsonType.COUNT,
                    BYTES,
                    ANSWERED,
                    "The response on the wire",
                    record -> response(record).wireBytes()),
            JsonField.text(
                    "request",
                    ALWAYS,
                    "The request as text: `--max-print-bytes` of what was captured, secrets masked; empty for 0",
                    record -> record.request().text()),
            JsonField.text(
                    "response",
                    ANSWERED,
                    "The response, likewise",
                    record -> response(record).text()),
            JsonField.calls(
                    "req_syscall_events",
                    ALWAYS,
                    "The system calls that carried the request",
                    TrafficRecord::requestCalls),
            JsonField.calls(
                    "resp_syscall_events",
                    ANSWERED,
                    "The system calls that carried the response",
                    TrafficRecord::responseCalls),
            JsonField.text(
                    "operation",
                    ALWAYS,
                    "What was asked, as the metrics name it: `GET /users/{id}`, `HGET`",
                    record -> record.request().operation()),
            JsonField.text(
                    "resource",
                    ALWAYS,
                    "On what exactly: host and path, the first key; empty where there is nothing",
                    record -> record.request().resource()),
            JsonField.text(
                    "status",
                    ANSWERED,
                    "The protocol's own answer code: `404`, `OK`, `WRONGTYPE`",
                    record -> response(record).status()),
            JsonField.word(
                    "outcome",
                    labels(Outcome.values(), Outcome::label),
                    ALWAYS,
                    "How it ended",
                    record -> record.outcome().label()),
            JsonField.word(
                    "unanswered",
                    labels(Unanswered.values(), Unanswered::label),
                    UNANSWERED,
                    "[Why there is no answer](latency.md#without-an-answer)",
                    record -> Objects.requireNonNull(record.unanswered()).label()),
            JsonField.truth(
                    "setup",
                    "A request that client libraries [send by themselves](protocols.md) when they connect, so that an"
                            + " error in its answer is not the program's",
                    record -> record.request().isSetup()),
            JsonField.text(
                    "process",
                    ALWAYS,
                    "The process by name, as the metrics name it; empty of a packet capture",
                    record -> record.connection().process()),
            JsonField.text(
                    "peer",
                    ALWAYS,
                    "The other end: its name if known, else its address with its port, or the name of the unix socket",
                    record -> record.connection().peer()),
            JsonField.attributes(ATTRIBUTES, "What else the messages tell, by protocol: see below"),
            JsonField.truth(
                    "truncated",
                    "Bytes were lost, so that [a size or a time may be wrong](latency.md#truncated-records)",
                    TrafficRecord::truncated));

    private JsonFields() {}

    private static Message response(TrafficRecord record) {
        return Objects.requireNonNull(record.response());
    }

    private static long blackBoxNanos(TrafficRecord record) {
        return record.connection().side() == Side.SERVER ? record.times().totalNanos() : RecordTimes.UNKNOWN;
    }

    private static <T> List<String> labels(T[] values, Function<T, String> label) {
        return Stream.of(values).map(label).toList();
    }
}
