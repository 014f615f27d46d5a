package io.kyanos.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Compares what Java reads with the golden layout, which is made of the compiled kernel side. */
class EventLayoutTest {

    private record Place(int offset, int size) {}

    private static final String GOLDEN = "/META-INF/bpf/events.layout";

    /** Constants of offsets, and the fields that they stand for. */
    private static final Map<String, String> DECODER_OFFSETS = Map.ofEntries(
            Map.entry("EMITTED_AT_OFFSET", "ky_event emitted_at"),
            Map.entry("GENERATION_OFFSET", "ky_event generation"),
            Map.entry("SOCKET_OFFSET", "ky_event socket"),
            Map.entry("TGID_FD_OFFSET", "ky_event tgid_fd"),
            Map.entry("KIND_OFFSET", "ky_event kind"),
            Map.entry("DIRECTION_OFFSET", "ky_event direction"),
            Map.entry("FLAGS_OFFSET", "ky_event flags"),
            Map.entry("TID_OFFSET", "ky_event tid"),
            Map.entry("ADDRESS_IP_OFFSET", "ky_address ip"),
            Map.entry("ADDRESS_PORT_OFFSET", "ky_address port"),
            Map.entry("ADDRESS_FAMILY_OFFSET", "ky_address family"),
            Map.entry("ADDRESS_NAME_LENGTH_OFFSET", "ky_address name_length"),
            Map.entry("OPENED_AT_OFFSET", "ky_opened opened_at"),
            Map.entry("OPENED_CGROUP_OFFSET", "ky_opened cgroup"),
            Map.entry("OPENED_LOCAL_OFFSET", "ky_opened local"),
            Map.entry("OPENED_REMOTE_OFFSET", "ky_opened remote"),
            Map.entry("OPENED_NETNS_OFFSET", "ky_opened netns"),
            Map.entry("OPENED_ORIGIN_OFFSET", "ky_opened origin"),
            Map.entry("OPENED_SIDE_OFFSET", "ky_opened side"),
            Map.entry("OPENED_TRANSPORT_OFFSET", "ky_opened transport"),
            Map.entry("OPENED_TRACE_STATE_OFFSET", "ky_opened trace_state"),
            Map.entry("INFERRED_PROTOCOL_OFFSET", "ky_inferred protocol"),
            Map.entry("INFERRED_MESSAGE_OFFSET", "ky_inferred message"),
            Map.entry("CLOSED_AT_OFFSET", "ky_closed closed_at"),
            Map.entry("CLOSED_EGRESS_END_OFFSET", "ky_closed egress_end"),
            Map.entry("CLOSED_INGRESS_END_OFFSET", "ky_closed ingress_end"),
            Map.entry("CLOSED_REASON_OFFSET", "ky_closed reason"),
            Map.entry("CLOSED_FIRST_END_OFFSET", "ky_closed first_end"),
            Map.entry("DATA_ENTERED_AT_OFFSET", "ky_data entered_at"),
            Map.entry("DATA_EXITED_AT_OFFSET", "ky_data exited_at"),
            Map.entry("DATA_POSITION_OFFSET", "ky_data position"),
            Map.entry("DATA_LENGTH_OFFSET", "ky_data length"),
            Map.entry("DATA_CAPTURED_OFFSET", "ky_data captured"),
            Map.entry("DATA_CALL_OFFSET", "ky_data call"),
            Map.entry("DATA_DATA_OFFSET_OFFSET", "ky_data data_offset"),
            Map.entry("DATA_PROTOCOL_OFFSET", "ky_data protocol"),
            Map.entry("DATA_TRACE_STATE_OFFSET", "ky_data trace_state"),
            Map.entry("PROCESS_STARTED_AT_OFFSET", "ky_process started_at"),
            Map.entry("PROCESS_CGROUP_OFFSET", "ky_process cgroup"),
            Map.entry("PROCESS_TGID_OFFSET", "ky_process tgid"),
            Map.entry("PROCESS_PARENT_TGID_OFFSET", "ky_process parent_tgid"),
            Map.entry("PROCESS_NAME_OFFSET", "ky_process name"),
            Map.entry("PROCESS_COMM_OFFSET", "ky_process comm"),
            Map.entry("PROCESS_STARTED_AS_OFFSET", "ky_process started_as"));

    private static final Map<String, String> ENTRY_OFFSETS = Map.of(
            "GENERATION_OFFSET", "ky_connection generation",
            "TGID_FD_OFFSET", "ky_connection tgid_fd",
            "FLAGS_OFFSET", "ky_connection flags",
            "LOCAL_OFFSET", "ky_connection local",
            "REMOTE_OFFSET", "ky_connection remote",
            "ORIGIN_OFFSET", "ky_connection origin",
            "SIDE_OFFSET", "ky_connection side",
            "TRANSPORT_OFFSET", "ky_connection transport",
            "TRACE_STATE_OFFSET", "ky_connection trace_state");

    private final Map<String, Place> fields = new HashMap<>();
    private final Map<String, Integer> structSizes = new HashMap<>();
    private final Map<String, Integer> enums = new HashMap<>();

    EventLayoutTest() throws IOException {
        try (InputStream in = EventLayoutTest.class.getResourceAsStream(GOLDEN)) {
            assertThat(in).as(GOLDEN).isNotNull();
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                String[] words = line.split(" ");
                if (words[0].equals("enum")) {
                    enums.put(words[1], Integer.parseInt(words[2]));
                } else {
                    Place place = new Place(Integer.parseInt(words[2]), Integer.parseInt(words[3]));
                    fields.put(words[0] + " " + words[1], place);
                    structSizes.merge(words[0], place.offset() + place.size(), Math::max);
                }
            }
        }
    }

    @Test
    void everyOffsetOfTheDecoderIsTheFieldsOwn() {
        assertThat(constants(EventDecoder.class, "_OFFSET")).isEqualTo(offsets(DECODER_OFFSETS));
    }

    @Test
    void everyOffsetOfTheConnectionEntryIsTheFieldsOwn() {
        assertThat(constants(ConnectionEntry.class, "_OFFSET")).isEqualTo(offsets(ENTRY_OFFSETS));
    }

    @Test
    void everySizeIsTheStructsOrTheFieldsOwn() {
        assertThat(constants(EventDecoder.class, "_SIZE"))
                .isEqualTo(new TreeMap<>(Map.of(
                        "EVENT_SIZE", structSizes.get("ky_event"),
                        "ADDRESS_SIZE", structSizes.get("ky_address"),
                        "OPENED_SIZE", structSizes.get("ky_opened"),
                        "INFERRED_SIZE", structSizes.get("ky_inferred"),
                        "CLOSED_SIZE", structSizes.get("ky_closed"),
                        "DATA_SIZE", structSizes.get("ky_data"),
                        "PROCESS_SIZE", structSizes.get("ky_process"),
                        "PROCESS_NAME_SIZE", place("ky_process name").size(),
                        "PROCESS_COMM_SIZE", place("ky_process comm").size(),
                        "PROCESS_STARTED_AS_SIZE",
                                place("ky_process started_as").size())));
        assertThat(ConnectionEntry.SIZE).isEqualTo(structSizes.get("ky_connection"));
    }

    @Test
    void everyStructBeginsWithTheCommonFields() {
        for (String struct : new String[] {"ky_opened", "ky_inferred", "ky_closed", "ky_data", "ky_process"}) {
            assertThat(place(struct + " event")).isEqualTo(new Place(0, structSizes.get("ky_event")));
        }
    }

    @Test
    void everyCodeIsTheWiresOwn() {
        Map<String, Integer> codes =
                constants(EventDecoder.class, "KIND_|FLAG_|SIDE_|ORIGIN_|TRANSPORT_|CLOSE_|END_", "_OFFSET");

        assertThat(codes).hasSizeGreaterThanOrEqualTo(19);
        codes.forEach((name, code) -> assertThat(enums).containsEntry("KY_" + name, code));
        assertThat(enums).containsEntry("KY_PROTOCOL_UNKNOWN", EventDecoder.PROTOCOL_UNKNOWN);
        assertThat(enums).containsEntry("KY_CONNECTION_PENDING", ConnectionEntry.FLAG_PENDING);
    }

    @Test
    void everyKindFlagAndReasonOfTheWireIsKnown() {
        Map<String, Integer> codes =
                constants(EventDecoder.class, "KIND_|CLOSE_|END_|FLAG_|ORIGIN_|TRANSPORT_", "_OFFSET");

        assertThat(enums.keySet().stream()
                        .filter(name -> name.matches("KY_(KIND|CLOSE|END|FLAG|ORIGIN|TRANSPORT)_.*"))
                        .map(name -> name.substring("KY_".length())))
                .containsExactlyInAnyOrderElementsOf(codes.keySet());
    }

    @Test
    void everyTraceStateHasItsCode() {
        for (TraceState state : TraceState.values()) {
            assertThat(enums).containsEntry("KY_TRACE_" + state.name(), state.code());
            assertThat(TraceState.of(state.code())).isEqualTo(state);
        }
        assertThat(enums.keySet().stream().filter(name -> name.startsWith("KY_TRACE_")))
                .hasSameSizeAs(TraceState.values());
    }

    @Test
    void everyDirectionHasItsCode() {
        for (Direction direction : Direction.values()) {
            assertThat(Direction.of(enums.get("KY_" + direction.name()))).isEqualTo(direction);
        }
    }

    @Test
    void readsEveryFieldWithItsWholeWidthAndNoMore() {
        reads("ky_event emitted_at", EventDecoder::emittedAt);
        reads("ky_event generation", EventDecoder::generation);
        reads("ky_event socket", EventDecoder::socket);
        reads("ky_event tgid_fd", event -> (long) event.tgid() << 32 | event.fd());
        reads("ky_event kind", EventDecoder::kind);
        reads("ky_event tid", EventDecoder::tid);
        reads("ky_opened opened_at", EventDecoder::openedAt);
        reads("ky_opened netns", EventDecoder::netns);
        reads("ky_opened origin", EventDecoder::origin);
        reads("ky_opened side", EventDecoder::side);
        reads("ky_opened transport", EventDecoder::transport);
        reads("ky_inferred protocol", EventDecoder::inferredProtocol);
        reads("ky_closed closed_at", EventDecoder::closedAt);
        reads("ky_closed egress_end", event -> event.closedEnd(Direction.EGRESS));
        reads("ky_closed ingress_end", event -> event.closedEnd(Direction.INGRESS));
        reads("ky_closed reason", EventDecoder::closeReason);
        reads("ky_closed first_end", EventDecoder::closedFirstEnd);
        reads("ky_data entered_at", EventDecoder::enteredAt);
        reads("ky_data exited_at", EventDecoder::exitedAt);
        reads("ky_data position", EventDecoder::position);
        reads("ky_data length", EventDecoder::dataLength);
        reads("ky_data captured", EventDecoder::captured);
        reads("ky_data data_offset", EventDecoder::payloadIndex);
        reads("ky_data protocol", EventDecoder::guessedProtocol);
        reads("ky_process tgid", EventDecoder::processTgid);
        reads("ky_process parent_tgid", EventDecoder::parentTgid);
        readsAddress("ky_opened local", EventDecoder::localIp, EventDecoder::localPort);
        readsAddress("ky_opened remote", EventDecoder::remoteIp, EventDecoder::remotePort);
        readsAddressAfter("ky_data");
    }

    @Test
    void readsEveryFlagOfItsField() {
        constants(EventDecoder.class, "FLAG_", "_OFFSET").forEach((name, flag) -> {
            byte[] event = filled(place("ky_event flags"), flag);

            assertThat(decoder(event).hasFlag(flag)).as(name).isTrue();
            assertThat(decoder(event).hasFlag(0xffff & ~flag)).as(name).isFalse();
        });
    }

    @Test
    void readsTraceStatesAndDirectionsOfTheirFields() {
        for (TraceState state : TraceState.values()) {
            assertThat(decoder(filled(place("ky_opened trace_state"), state.code()))
                            .openedTraceState())
                    .isEqualTo(state);
            assertThat(decoder(filled(place("ky_data trace_state"), state.code()))
                            .dataTraceState())
                    .isEqualTo(state);
        }
        for (Direction direction : Direction.values()) {
            byte[] event = filled(place("ky_event direction"), enums.get("KY_" + direction.name()));

            assertThat(decoder(event).direction()).isEqualTo(direction);
        }
    }

    @Test
    void readsNamesUpToTheirZeroOrTheEndOfTheField() {
        byte[] event = new byte[structSizes.get("ky_process")];
        Place name = place("ky_process name");
        Place comm = place("ky_process comm");
        Arrays.fill(event, name.offset(), name.offset() + name.size(), (byte) 'n');
        event[comm.offset()] = 'c';

        assertThat(decoder(event).executableName()).isEqualTo("n".repeat(name.size()));
        assertThat(decoder(event).comm()).isEqualTo("c");
    }

    @Test
    void knowsNoStartOfAProcessInAnEarlierLayout() {
        Place start = place("ky_process started_as");
        byte[] event = new byte[structSizes.get("ky_process")];
        event[place("ky_event kind").offset()] =
                (byte) enums.get("KY_KIND_EXEC").intValue();
        event[start.offset()] = 's';

        assertThat(decoder(event).startedAs()).isEqualTo("s");
        EventDecoder earlier = new EventDecoder();
        assertThat(earlier.wrap(event, 0, start.offset())).isTrue();
        assertThat(earlier.startedAs()).isEmpty();
        assertThat(earlier.wrap(event, 0, start.offset() - 1)).isFalse();
    }

    @Test
    void readsEveryFieldOfAConnectionEntry() {
        byte[] bytes = new byte[structSizes.get("ky_connection")];
        ByteBuffer entry = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        entry.putLong(place("ky_connection generation").offset(), 0x0102030405060708L);
        int local = place("ky_connection local").offset();
        int remote = place("ky_connection remote").offset();
        entry.put(local + place("ky_address ip").offset() + 15, (byte) 1);
        entry.putShort(local + place("ky_address port").offset(), (short) 40000);
        entry.put(remote + place("ky_address ip").offset() + 15, (byte) 2);
        entry.putShort(remote + place("ky_address port").offset(), (short) 80);
        entry.put(place("ky_connection origin").offset(), (byte) 3);
        entry.put(place("ky_connection side").offset(), (byte) 2);
        entry.put(place("ky_connection trace_state").offset(), (byte) 2);
        entry.putLong(place("ky_connection tgid_fd").offset(), 7L << 32 | 9);
        entry.put(place("ky_connection flags").offset(), (byte) 3);

        ConnectionEntry read = new ConnectionEntry(bytes);

        assertThat(read.generation()).isEqualTo(0x0102030405060708L);
        assertThat(read.localIp()).hasSize(place("ky_address ip").size()).endsWith(1);
        assertThat(read.localPort()).isEqualTo(40000);
        assertThat(read.remoteIp()).endsWith(2);
        assertThat(read.remotePort()).isEqualTo(80);
        assertThat(read.origin()).isEqualTo(3);
        assertThat(read.side()).isEqualTo(2);
        assertThat(read.traceState()).isEqualTo(TraceState.HEADS);
        assertThat(read.tgidFd()).isEqualTo(7L << 32 | 9);
        assertThat(read.isPending()).isTrue();
        entry.put(place("ky_connection flags").offset(), (byte) 2);
        assertThat(read.isPending()).isFalse();
    }

    private void reads(String field, ToLongFunction<EventDecoder> accessor) {
        Place place = place(field);
        long value = 0x0102030405060708L >>> (64 - 8 * place.size());

        assertThat(accessor.applyAsLong(decoder(filled(place, value))))
                .as(field)
                .isEqualTo(value);
    }

    private void readsAddress(String field, Function<EventDecoder, byte[]> ip, ToLongFunction<EventDecoder> port) {
        int address = place(field).offset();
        Place ipPlace = place("ky_address ip");
        Place portPlace = place("ky_address port");
        byte[] event = filled(new Place(address + portPlace.offset(), portPlace.size()), 0xfedc);
        Arrays.fill(event, address + ipPlace.offset(), address + ipPlace.offset() + ipPlace.size(), (byte) 9);
        byte[] nines = new byte[ipPlace.size()];
        Arrays.fill(nines, (byte) 9);

        assertThat(ip.apply(decoder(event))).as(field).isEqualTo(nines);
        assertThat(port.applyAsLong(decoder(event))).as(field).isEqualTo(0xfedc);
    }

    private void readsAddressAfter(String struct) {
        int address = Objects.requireNonNull(structSizes.get(struct), struct);
        Place port = place("ky_address port");
        byte[] event = filled(new Place(address + port.offset(), port.size()), 0xfedc);
        Arrays.fill(event, address, address + place("ky_address ip").size(), (byte) 9);

        assertThat(decoder(event).peerIp()).hasSize(16).containsOnly(9);
        assertThat(decoder(event).peerPort()).isEqualTo(0xfedc);
    }

    /** An event of which one field has a value and every other byte is set. */
    private static byte[] filled(Place place, long value) {
        byte[] event = new byte[256];
        Arrays.fill(event, (byte) 0x7f);
        for (int i = 0; i < place.size(); i++) {
            event[place.offset() + i] = (byte) (value >>> (8 * i));
        }
        return event;
    }

    private static EventDecoder decoder(byte[] event) {
        EventDecoder decoder = new EventDecoder();
        decoder.wrap(event, 0, event.length);
        return decoder;
    }

    private Map<String, Integer> offsets(Map<String, String> constants) {
        return new TreeMap<>(constants.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> place(entry.getValue()).offset())));
    }

    private Place place(String field) {
        Place place = fields.get(field);
        assertThat(place).as("%s in the layout", field).isNotNull();
        return place;
    }

    /** The constants whose names end so. */
    private static Map<String, Integer> constants(Class<?> type, String suffix) {
        return constants(type, ".*" + suffix, "none");
    }

    /** The {@code int} constants whose names begin with {@code prefixes} and do not end with {@code notSuffix}. */
    private static Map<String, Integer> constants(Class<?> type, String prefixes, String notSuffix) {
        Map<String, Integer> constants = new TreeMap<>();
        for (Field field : type.getDeclaredFields()) {
            boolean isConstant = Modifier.isStatic(field.getModifiers()) && field.getType() == int.class;
            String pattern = prefixes.startsWith(".*") ? prefixes : "(" + prefixes + ").*";
            if (isConstant
                    && field.getName().matches(pattern)
                    && !field.getName().endsWith(notSuffix)) {
                field.setAccessible(true);
                try {
                    constants.put(field.getName(), field.getInt(null));
                } catch (IllegalAccessException e) {
                    throw new AssertionError(e);
                }
            }
        }
        return constants;
    }
}
