package io.kyanos.expression;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Attribute;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Message;
import io.kyanos.record.Outcome;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.RecordTimes;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Transport;
import io.kyanos.record.Unanswered;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The fields, by name. docs/filters.md has the same table. */
final class Fields {

    private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}");
    private static final Map<String, Field> FIELDS = new LinkedHashMap<>();

    static {
        add(new WordField("protocol", Protocols.names(), "The protocol", TrafficRecord::protocol));
        add(new WordField(
                "side",
                labels(Side.values(), Side::label),
                "What this end is",
                record -> record.connection().side().label()));
        add(new WordField(
                "transport",
                labels(Transport.values(), Transport::label),
                "What carries the bytes",
                record -> record.connection().transport().label()));
        add(text(
                "process",
                "What the process is called",
                record -> record.connection().process()));
        add(new NumberField(
                "pid", Unit.NONE, "The process", record -> record.connection().tgid()));
        add(new NumberField(
                "fd",
                Unit.NONE,
                "The file descriptor",
                record -> record.connection().fd()));
        add(new IpField(
                "local.ip",
                "This end's address; not of unix sockets",
                record -> record.connection().local()));
        add(new NumberField(
                "local.port",
                Unit.NONE,
                "This end's port; not of unix sockets",
                record -> port(record.connection().local())));
        add(text(
                "local.address",
                "This end with its port, or its path",
                record -> record.connection().local().toString()));
        add(new IpField(
                "remote.ip",
                "The other end's address; not of unix sockets",
                record -> record.connection().remote()));
        add(new NumberField(
                "remote.port",
                Unit.NONE,
                "The other end's port; not of unix sockets",
                record -> port(record.connection().remote())));
        add(text(
                "remote.address",
                "The other end with its port, or its path",
                record -> record.connection().remote().toString()));
        add(text(
                "peer",
                "The other end's name, or its address with its port",
                record -> record.connection().peer()));
        add(new TextField(
                "operation",
                true,
                false,
                "What was asked, as the metrics name it",
                record -> record.request().operation()));
        add(new TextField(
                "resource",
                false,
                true,
                "On what exactly: a path, a key",
                record -> record.request().resource()));
        add(new StatusField("status", "The answer's own code; only of what was answered"));
        add(new WordField(
                "outcome",
                labels(Outcome.values(), Outcome::label),
                "How it ended",
                record -> record.outcome().label()));
        add(new WordField(
                "reason",
                labels(Unanswered.values(), Unanswered::label),
                "Why there is no answer; only where there is none",
                Fields::reason));
        add(new NumberField(
                "latency",
                Unit.DURATION,
                "How long it took; only of what was answered",
                record -> known(record.times().totalNanos())));
        add(new NumberField(
                "first_byte",
                Unit.DURATION,
                "How long it took to the first byte of the response; only of what was answered",
                record -> known(record.times().firstByteNanos())));
        add(new NumberField(
                "request.size",
                Unit.SIZE,
                "The request's bytes",
                record -> record.request().wireBytes()));
        add(new NumberField(
                "response.size", Unit.SIZE, "The response's bytes; only of what was answered", Fields::responseSize));
        add(new TruthField(
                "setup",
                "A request that client libraries send by themselves when they connect",
                record -> record.request().isSetup()));
        add(new TruthField("truncated", "Some bytes were not seen", TrafficRecord::truncated));
        add(new NumberField(
                "start",
                Unit.MOMENT,
                "When it began",
                record -> known(record.times().startedAt())));
        add(new NumberField(
                "end",
                Unit.MOMENT,
                "When it ended",
                record -> known(record.times().endedAt())));
        addAttributes(Protocols.descriptors());
    }

    private Fields() {}

    /** All but headers and attributes by any name. */
    static List<Field> all() {
        return List.copyOf(FIELDS.values());
    }

    /** The field of that name; null if there is none. Names are in any case. */
    static @Nullable Field of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith(RecordFilter.HEADER)
                && HEADER_NAME
                        .matcher(lower.substring(RecordFilter.HEADER.length()))
                        .matches()) {
            return new AttributeField(lower, lower, false, "A header of either message");
        }
        return FIELDS.get(lower);
    }

    /** An attribute by any name. */
    static Field attribute(String name) {
        return new AttributeField("attr[\"" + name + "\"]", name, false, "An attribute by any name");
    }

    /** The names of all fields. */
    static Set<String> names() {
        return FIELDS.keySet();
    }

    private static void add(Field field) {
        FIELDS.put(field.name(), field);
    }

    private static Field text(String name, String meaning, Function<TrafficRecord, String> value) {
        return new TextField(name, false, false, meaning, value);
    }

    /* Protocols share the attributes whose names they share. Where a field has the name, attr["..."] finds the attribute. */
    private static void addAttributes(List<Descriptor> protocols) {
        Map<String, StringJoiner> meanings = new LinkedHashMap<>();
        Map<String, Boolean> anyCase = new HashMap<>();
        for (Descriptor protocol : protocols) {
            for (Attribute attribute : protocol.attributes()) {
                if (!attribute.isFamily() && !FIELDS.containsKey(attribute.name())) {
                    meanings.computeIfAbsent(attribute.name(), name -> new StringJoiner("; "))
                            .add(protocol.title() + ": " + uncapitalised(attribute.meaning()));
                    anyCase.merge(attribute.name(), attribute.isAnyCase(), Boolean::logicalOr);
                }
            }
        }
        meanings.forEach((name, meaning) ->
                add(new AttributeField(name, name, anyCase.getOrDefault(name, false), meaning.toString())));
    }

    /* Not of what begins with several capitals: SQLSTATE. */
    private static String uncapitalised(String text) {
        boolean isWord = text.length() < 2 || !Character.isUpperCase(text.charAt(1));
        return isWord ? text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1) : text;
    }

    private static <T> List<String> labels(T[] values, Function<T, String> label) {
        return Stream.of(values).map(label).toList();
    }

    private static long known(long nanos) {
        return nanos == RecordTimes.UNKNOWN ? NumberField.ABSENT : nanos;
    }

    private static long port(Endpoint end) {
        return end.isUnix() ? NumberField.ABSENT : end.port();
    }

    private static long responseSize(TrafficRecord record) {
        Message response = record.response();
        return response == null ? NumberField.ABSENT : response.wireBytes();
    }

    private static String reason(TrafficRecord record) {
        Unanswered reason = record.unanswered();
        return reason == null ? "" : reason.label();
    }
}
