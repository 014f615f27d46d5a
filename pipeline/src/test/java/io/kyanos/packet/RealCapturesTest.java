package io.kyanos.packet;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.packet.PacketStatistics.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What tcpdump has written of the traffic that {@code packets/make.sh} makes: the same in each file. */
class RealCapturesTest {

    @ParameterizedTest
    @CsvSource({
        "ethernet.pcap, 10.9.0., 8",
        "ethernet-nanos.pcap, fd09::, 8",
        "any-cooked1.pcap, 10.9.0., 8",
        "any-cooked2.pcap, 10.9.0., 8",
        "fragments.pcap, 10.9.0., 4000",
        "fragments6.pcap, fd09::, 4000",
        "vxlan.pcap, 10.9.22., 8",
    })
    void findsTheTrafficInEachCapture(String file, String network, int questionBytes) throws IOException {
        Decoded decoded = read(file);

        assertThat(payloads(decoded, "tcp", network + "2:7001")).containsExactly("request 7/7");
        assertThat(payloads(decoded, "tcp", network + "1:")).containsExactly("answer:request 14/14");
        String question = "question".repeat(questionBytes / 8);
        assertThat(payloads(decoded, "udp", network + "2:7002"))
                .containsExactly(question + " " + questionBytes + "/" + questionBytes);
        assertThat(payloads(decoded, "udp", network + "1:"))
                .containsExactly("reply:" + question + " " + (questionBytes + 6) + "/" + (questionBytes + 6));
        for (Reason reason : Reason.values()) {
            boolean isExpected = reason == Reason.NOT_IP || reason == Reason.OTHER_TRANSPORT;
            assertThat(decoded.count(reason))
                    .as("%s", reason)
                    .matches(count -> count == 0 || (isExpected && file.equals("vxlan.pcap")));
        }
    }

    @ParameterizedTest
    @CsvSource({"merged.pcapng", "merged.pcapng.gz"})
    void readsWhatWiresharkHasMerged(String file) throws IOException {
        Decoded decoded = read(file);

        assertThat(payloads(decoded, "tcp", "fd09::2:7001")).containsExactly("request 7/7");
        assertThat(payloads(decoded, "tcp", "10.9.0.2:7001")).containsExactly("request 7/7");
        assertThat(decoded.decoder.statistics().frames())
                .isEqualTo(read("ethernet-nanos.pcap").decoder.statistics().frames()
                        + read("any-cooked1.pcap").decoder.statistics().frames());
    }

    /** Segments are handed on each time: their sequence numbers tell. */
    @Test
    void countsADatagramThatABridgeHasShownTwiceOnce() throws IOException {
        Decoded decoded = read("bridge-cooked2.pcap");

        assertThat(payloads(decoded, "tcp", "10.9.0.2:7001")).containsExactly("request 7/7", "request 7/7");
        assertThat(payloads(decoded, "udp", "10.9.0.2:7002")).containsExactly("question 8/8");
        assertThat(payloads(decoded, "udp", "10.9.0.1:")).containsExactly("reply:question 14/14");
        assertThat(decoded.count(Reason.DUPLICATE)).isEqualTo(2);
    }

    @Test
    void tellsHowMuchACutPayloadHad() throws IOException {
        Decoded decoded = read("cut.pcap");

        assertThat(payloads(decoded, "tcp", "10.9.0.2:7001")).containsExactly(" 0/7");
        assertThat(payloads(decoded, "udp", "10.9.0.2:7002")).containsExactly("questionquestion 16/64");
        assertThat(decoded.count(Reason.PAYLOAD_CUT)).isEqualTo(4);
    }

    private static List<String> payloads(Decoded decoded, String transport, String to) {
        return decoded.packets.stream()
                .filter(packet -> packet.startsWith(transport) && packet.contains(">" + to) && !packet.endsWith(" 0/0"))
                .map(packet -> packet.replaceFirst("^\\S+ \\S+ (space=\\S+ )?", ""))
                .toList();
    }

    private static Decoded read(String file) throws IOException {
        Decoded decoded = new Decoded();
        InputStream in = RealCapturesTest.class.getResourceAsStream("/packets/" + file);
        assertThat(in).as(file).isNotNull();
        try (CaptureFile capture = CaptureFile.open(in, file)) {
            CapturedFrame frame = new CapturedFrame();
            while (capture.next(frame)) {
                decoded.decoder.decode(frame, decoded::on);
            }
            assertThat(capture.brokenOff()).isEmpty();
        }
        decoded.decoder.finish();
        return decoded;
    }
}
