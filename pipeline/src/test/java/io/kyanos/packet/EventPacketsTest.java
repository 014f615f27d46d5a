package io.kyanos.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventPacketsTest {

    private static final int CLIENT = 1;
    private static final int SERVER = 2;
    private static final long CLOCK_OFFSET = 1_000_000;

    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private final EventDecoder decoder = new EventDecoder();
    private final EventPackets packets = new EventPackets(open(), CLOCK_OFFSET);

    @Test
    void writesAConnectionFromItsBeginningToItsEnd() throws IOException {
        on(opened(CLIENT, EventDecoder.ORIGIN_CONNECT));
        on(data(CLIENT, 20, 25, Direction.EGRESS, "request"));
        on(EventEncoder.closed(40, CLIENT, 1, 3, 7, 6, EventDecoder.CLOSE_NORMAL));
        packets.passed(39);
        on(data(CLIENT, 26, 35, Direction.INGRESS, "answer"));
        packets.passed(40);

        assertThat(written())
                .containsExactly(
                        "1000010 40000>80 S ''",
                        "1000010 80>40000 SA ''",
                        "1000010 40000>80 A ''",
                        "1000020 40000>80 A 'request'",
                        "1000035 80>40000 A 'answer'",
                        "1000040 40000>80 FA ''",
                        "1000040 80>40000 FA ''",
                        "1000040 40000>80 A ''");
    }

    @Test
    void letsTheRemoteEndBeginWhatWasAccepted() throws IOException {
        on(opened(SERVER, EventDecoder.ORIGIN_ACCEPT));

        assertThat(written().get(0)).isEqualTo("1000010 80>40000 S ''");
    }

    @Test
    void writesNoHandshakeOfWhatWasOpenBefore() throws IOException {
        on(opened(SERVER, EventDecoder.ORIGIN_FIRST_USE));
        on(data(SERVER, 20, 25, Direction.INGRESS, "late"));

        assertThat(written()).containsExactly("1000025 80>40000 A 'late'");
    }

    @Test
    void writesAResetOfTheEndThatWasFirst() throws IOException {
        on(opened(SERVER, EventDecoder.ORIGIN_FIRST_USE));
        on(EventEncoder.endedFirst(
                EventEncoder.closed(40, SERVER, 1, 3, 0, 0, EventDecoder.CLOSE_RESET), EventDecoder.END_PEER));
        packets.passed(Long.MAX_VALUE);

        assertThat(written()).containsExactly("1000040 80>40000 RA ''");
    }

    @Test
    void writesOneOfTwoConnectionsBetweenTheSameEnds() throws IOException {
        on(opened(CLIENT, EventDecoder.ORIGIN_FIRST_USE));
        on(opened(SERVER, EventDecoder.ORIGIN_FIRST_USE));
        on(data(CLIENT, 20, 25, Direction.EGRESS, "request"));
        on(data(SERVER, 20, 26, Direction.INGRESS, "request"));

        assertThat(written()).containsExactly("1000020 40000>80 A 'request'");
        assertThat(packets.otherEnds()).isEqualTo(1);
    }

    @Test
    void writesALaterConnectionBetweenTheSameEnds() throws IOException {
        on(opened(CLIENT, EventDecoder.ORIGIN_FIRST_USE));
        on(EventEncoder.closed(40, CLIENT, 1, 3, 0, 0, EventDecoder.CLOSE_FILTERED));
        packets.passed(40);
        on(opened(SERVER, EventDecoder.ORIGIN_FIRST_USE));
        on(data(SERVER, 50, 55, Direction.EGRESS, "again"));

        assertThat(written()).containsExactly("1000050 40000>80 A 'again'");
    }

    @Test
    void writesADatagramThatBothEndsMoveOnce() throws IOException {
        on(EventEncoder.carriedBy(opened(CLIENT, EventDecoder.ORIGIN_FIRST_USE), EventDecoder.TRANSPORT_UDP, "", ""));
        on(data(CLIENT, 20, 25, Direction.EGRESS, "question"));
        on(data(CLIENT, 20_000_000_020L, 20_000_000_025L, Direction.EGRESS, "question"));

        assertThat(written()).containsExactly("1000020 40000>80  'question'", "20001000020 40000>80  'question'");
    }

    @Test
    void countsConnectionsOverUnixSockets() throws IOException {
        on(EventEncoder.carriedBy(opened(CLIENT, EventDecoder.ORIGIN_CONNECT), EventDecoder.TRANSPORT_UNIX, "a", "b"));
        on(data(CLIENT, 20, 25, Direction.EGRESS, "request"));

        assertThat(written()).isEmpty();
        assertThat(packets.unixConnections()).isEqualTo(1);
    }

    @Test
    void remembersABoundedNumberOfConnections() throws IOException {
        for (int generation = 1; generation <= EventPackets.MAX_CONNECTIONS + 1; generation++) {
            on(opened(generation, EventDecoder.ORIGIN_FIRST_USE));
        }

        assertThat(packets.knows(1)).isFalse();
        assertThat(packets.knows(2)).isTrue();
    }

    private static byte[] opened(long generation, int origin) {
        return EventEncoder.opened(10, generation, 1, 3, 0, origin);
    }

    private static byte[] data(long generation, long entered, long exited, Direction direction, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return EventEncoder.data(entered, exited, generation, 1, 3, direction, 0, bytes, bytes.length);
    }

    private void on(byte[] event) throws IOException {
        assertThat(decoder.wrap(event, 0, event.length)).isTrue();
        packets.on(decoder);
    }

    private List<String> written() throws IOException {
        List<String> written = new ArrayList<>();
        PacketDecoder reader = new PacketDecoder();
        CapturedFrame frame = new CapturedFrame();
        try (CaptureFile capture = CaptureFile.open(new ByteArrayInputStream(file.toByteArray()), "written")) {
            while (capture.next(frame)) {
                reader.decode(
                        frame,
                        packet -> written.add(packet.timeNanos() + " " + packet.sourcePort() + ">"
                                + packet.destinationPort() + " "
                                + (packet.has(TransportPacket.SYN) ? "S" : "")
                                + (packet.has(TransportPacket.FIN) ? "F" : "")
                                + (packet.has(TransportPacket.RST) ? "R" : "")
                                + (packet.has(TransportPacket.ACK) ? "A" : "") + " '"
                                + new String(
                                        packet.array(),
                                        packet.payloadOffset(),
                                        packet.captured(),
                                        StandardCharsets.US_ASCII)
                                + "'"));
            }
        }
        return written;
    }

    private CaptureWriter open() {
        try {
            return CaptureWriter.open(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
