package io.kyanos.recording;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.KryoException;
import com.esotericsoftware.kryo.Serializer;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Header and statistics by Kryo: classes are registered under ids that never change, fields under keys that never change,
 * each with its length before it, so that a reader passes over the fields that it does not know and keeps its own value
 * for those that are not there. Every length is checked against what is left before anything is allocated.
 */
final class RecordingKryo {

    private static final int HEADER_ID = 32;
    private static final int STATISTICS_ID = 33;
    private static final int MAX_FIELDS = 1024;

    private RecordingKryo() {}

    static byte[] write(Object value) {
        Output output = new Output(1024, RecordingFormat.MAX_HEADER_BYTES);
        kryo().writeClassAndObject(output, value);
        return output.toBytes();
    }

    /** @throws KryoException where the bytes are no value of the type */
    static <T> T read(Class<T> type, byte[] bytes, int offset, int length) {
        Object value = kryo().readClassAndObject(new Input(bytes, offset, length));
        if (!type.isInstance(value)) {
            throw new KryoException("not a " + type.getSimpleName());
        }
        return type.cast(value);
    }

    private static Kryo kryo() {
        Kryo kryo = new Kryo();
        kryo.setRegistrationRequired(true);
        kryo.setReferences(false);
        kryo.register(RecordingHeader.class, new HeaderFields(), HEADER_ID);
        kryo.register(RecordedStatistics.class, new StatisticsFields(), STATISTICS_ID);
        return kryo;
    }

    /** Fields by key, on their way in or out. */
    static final class Fields {

        private final Map<Integer, byte[]> values = new LinkedHashMap<>();

        void put(int key, String text) {
            values.put(key, text.getBytes(StandardCharsets.UTF_8));
        }

        void put(int key, long number) {
            Output output = new Output(10, 10);
            output.writeVarLong(number, false);
            values.put(key, output.toBytes());
        }

        void put(int key, List<String> texts) {
            Output output = new Output(256, RecordingFormat.MAX_HEADER_BYTES);
            for (String text : texts) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                output.writeVarInt(bytes.length, true);
                output.writeBytes(bytes);
            }
            values.put(key, output.toBytes());
        }

        void put(int key, Map<String, Long> counts) {
            Output output = new Output(256, RecordingFormat.MAX_HEADER_BYTES);
            counts.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(count -> {
                byte[] bytes = count.getKey().getBytes(StandardCharsets.UTF_8);
                output.writeVarInt(bytes.length, true);
                output.writeBytes(bytes);
                output.writeVarLong(count.getValue(), false);
            });
            values.put(key, output.toBytes());
        }

        String text(int key, String otherwise) {
            byte[] bytes = values.get(key);
            return bytes == null ? otherwise : utf8(bytes);
        }

        long number(int key, long otherwise) {
            byte[] bytes = values.get(key);
            return bytes == null ? otherwise : new Input(bytes).readVarLong(false);
        }

        boolean has(int key) {
            return values.containsKey(key);
        }

        List<String> texts(int key) {
            List<String> texts = new ArrayList<>();
            byte[] bytes = values.get(key);
            if (bytes != null) {
                Input input = new Input(bytes);
                while (input.position() < bytes.length) {
                    texts.add(utf8(some(input, bytes.length)));
                }
            }
            return texts;
        }

        Map<String, Long> counts(int key) {
            Map<String, Long> counts = new LinkedHashMap<>();
            byte[] bytes = values.get(key);
            if (bytes != null) {
                Input input = new Input(bytes);
                while (input.position() < bytes.length && counts.size() < MAX_FIELDS) {
                    counts.put(utf8(some(input, bytes.length)), input.readVarLong(false));
                }
            }
            return counts;
        }

        void writeTo(Output output) {
            output.writeVarInt(values.size(), true);
            values.forEach((key, bytes) -> {
                output.writeVarInt(key, true);
                output.writeVarInt(bytes.length, true);
                output.writeBytes(bytes);
            });
        }

        static Fields readFrom(Input input) {
            Fields fields = new Fields();
            int count = input.readVarInt(true);
            if (count < 0 || count > MAX_FIELDS) {
                throw new KryoException("fields: " + count + " (expected: <= " + MAX_FIELDS + ")");
            }
            for (int i = 0; i < count; i++) {
                int key = input.readVarInt(true);
                fields.values.put(key, some(input, input.limit()));
            }
            return fields;
        }

        /** As many bytes as the number before them says. */
        private static byte[] some(Input input, int end) {
            int length = input.readVarInt(true);
            if (length < 0 || length > end - input.position()) {
                throw new KryoException(
                        "field of " + length + " bytes (expected: <= " + (end - input.position()) + ")");
            }
            return input.readBytes(length);
        }

        private static String utf8(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static final class HeaderFields extends Serializer<RecordingHeader> {

        private static final int KYANOS_VERSION = 1;
        private static final int KERNEL_RELEASE = 2;
        private static final int MACHINE = 3;
        private static final int POSSIBLE_CPUS = 4;
        private static final int REALTIME_MINUS_MONOTONIC = 5;
        private static final int STARTED_AT = 6;
        private static final int TRANSPORT = 7;
        private static final int PAYLOAD_CAP = 8;
        private static final int BYTE_ORDER = 9;
        private static final int WIRE_VERSION = 10;
        private static final int WIRE_LAYOUT_FINGERPRINT = 11;
        private static final int FILTERS = 12;
        private static final int REDACTED = 13;
        private static final int PROTOCOLS = 14;
        private static final int MAJOR = 15;
        private static final int MINOR = 16;
        private static final int STREAMS = 17;

        @Override
        public void write(Kryo kryo, Output output, RecordingHeader header) {
            Fields fields = new Fields();
            fields.put(KYANOS_VERSION, header.kyanosVersion());
            fields.put(KERNEL_RELEASE, header.kernelRelease());
            fields.put(MACHINE, header.machine());
            fields.put(POSSIBLE_CPUS, header.possibleCpus());
            fields.put(REALTIME_MINUS_MONOTONIC, header.realtimeMinusMonotonicNanos());
            fields.put(STARTED_AT, header.startedAtNanos());
            fields.put(TRANSPORT, header.transport());
            fields.put(PAYLOAD_CAP, header.payloadCapBytes());
            fields.put(BYTE_ORDER, header.byteOrder());
            fields.put(WIRE_VERSION, header.wireVersion());
            fields.put(WIRE_LAYOUT_FINGERPRINT, header.wireLayoutFingerprint());
            fields.put(FILTERS, header.filters());
            fields.put(REDACTED, header.redacted() ? 1 : 0);
            fields.put(PROTOCOLS, header.protocols());
            fields.put(MAJOR, header.major());
            fields.put(MINOR, header.minor());
            fields.put(STREAMS, header.streams());
            fields.writeTo(output);
        }

        @Override
        public RecordingHeader read(Kryo kryo, Input input, Class<? extends RecordingHeader> type) {
            Fields fields = Fields.readFrom(input);
            return new RecordingHeader(
                    (int) fields.number(MAJOR, RecordingHeader.MAJOR),
                    (int) fields.number(MINOR, 0),
                    fields.text(KYANOS_VERSION, "unknown"),
                    fields.text(KERNEL_RELEASE, "unknown"),
                    fields.text(MACHINE, "unknown"),
                    (int) fields.number(POSSIBLE_CPUS, 0),
                    fields.number(REALTIME_MINUS_MONOTONIC, 0),
                    fields.number(STARTED_AT, 0),
                    fields.text(TRANSPORT, "unknown"),
                    (int) fields.number(PAYLOAD_CAP, 0),
                    fields.text(BYTE_ORDER, RecordingHeader.LITTLE_ENDIAN),
                    (int) fields.number(WIRE_VERSION, RecordingHeader.WIRE_VERSION),
                    fields.text(WIRE_LAYOUT_FINGERPRINT, ""),
                    fields.texts(FILTERS),
                    fields.number(REDACTED, 0) != 0,
                    fields.texts(PROTOCOLS),
                    fields.has(STREAMS) ? fields.texts(STREAMS) : RecordingHeader.STREAMS);
        }
    }

    private static final class StatisticsFields extends Serializer<RecordedStatistics> {

        private static final int LOST_EVENTS = 1;
        private static final int COUNTS = 2;

        @Override
        public void write(Kryo kryo, Output output, RecordedStatistics statistics) {
            Fields fields = new Fields();
            fields.put(LOST_EVENTS, statistics.lostEvents());
            fields.put(COUNTS, statistics.counts());
            fields.writeTo(output);
        }

        @Override
        public RecordedStatistics read(Kryo kryo, Input input, Class<? extends RecordedStatistics> type) {
            Fields fields = Fields.readFrom(input);
            return new RecordedStatistics(fields.counts(LOST_EVENTS), fields.counts(COUNTS));
        }
    }
}
