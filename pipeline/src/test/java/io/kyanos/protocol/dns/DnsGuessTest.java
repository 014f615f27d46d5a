package io.kyanos.protocol.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Flow;
import io.kyanos.protocol.ForeignDialogue;
import io.kyanos.protocol.Guess;
import io.kyanos.record.Endpoint;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DnsGuessTest {

    private static final String QUERY = "1234 0100 0001 0000 0000 0000 03777777076578616d706c6503636f6d00 0001 0001";
    private static final String RESPONSE =
            "1234 8180 0001 0001 0000 0000 03777777076578616d706c6503636f6d00 0001 0001 c00c 0001 0001 0000012c 0004 c0000201";

    /** Datagrams as real programs send them. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "NTP client of chrony, 230006200000000000000000000000000000000000000000000000000000000000000000000000008a7f3b9c1d2e4f50",
        "NTP client of systemd, 230000000000000000000000000000000000000000000000000000000000000000000000000000003f1c2a7b99d81e02",
        "NTP server, 240203e80000001700000c2fd83a952ee9d5f0a1b2c3d4e5e9d5f1008a7f3b9ce9d5f10012345678e9d5f10012349999",
        "NTP server with a root delay of one second, 240203e80001000000010000c0000201e9d5f0a1b2c3d4e5e9d5f1008a7f3b9ce9d5f10012345678e9d5f10012349999",
        "QUIC Initial, c00000000108f067a5502a4262b500004075d6e1b2c3d4e5f60718293a4b5c6d7e8f9001122334455667",
        "QUIC short header, 43f067a5502a4262b5119c8d7e6f5a4b3c2d1e0f00112233445566778899aabbccddeeff0011",
        "STUN binding request, 000100002112a442b7e7a701bc34d686fa87dfae",
        "STUN binding request with attributes, 000100082112a442b7e7a701bc34d686fa87dfae802200044a6f6521",
        "STUN binding response, 0101000c2112a442b7e7a701bc34d686fa87dfae002000080001a147e112a643",
        "DTLS 1.2 ClientHello, 16feff000000000000000000360100002a000000000000002afefd00000000000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c00000002c02b0100",
        "DTLS 1.2 record, 17fefd0001000000000005001c00010000000000053d9e7a5be2f1c4d6a8b0918273645546372819",
        "memcached get, 0001000000010000676574206b65790d0a",
        "memcached answer, 000100000001000056414c5545206b6579203020330d0a6162630d0a454e440d0a",
        "SNMP get, 302602010104067075626c6963a019020411223344020100020100300b300906052b060102010500",
        "DHCP discover, 01010600a1b2c3d400008000000000000000000000000000000000000011223344550000000000000000000000000000",
        "RADIUS access request, 0101003800112233445566778899aabbccddeeff01066e656d6f0212aabbccddeeff00112233445566778899",
        "TFTP read, 0001626f6f742e696d67006f6374657400",
        "RTP, 80600001000000a012345678d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5d5",
        "RTCP sender report, 80c8000612345678e9d5f1008a7f3b9c000000a00000000100000048",
        "WireGuard initiation, 0100000011223344aabbccddeeff00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0011",
        "VXLAN, 0800000000000100ffffffffffff0242ac1100020806000108000604000102",
        "CoAP get, 400100017b42746573740a",
        "GELF chunk, 1e0f0102030405060708000278da4bcc"
    })
    void isNoOtherProtocolOfDatagrams(String name, String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex.strip());

        for (int length = 0; length <= bytes.length; length++) {
            assertThat(datagram(bytes, length, false, 40000, 9999))
                    .as("first %d bytes", length)
                    .isEqualTo(Guess.NO);
        }
        assertThat(datagram(bytes, bytes.length, true, 40000, 9999)).isEqualTo(Guess.NO);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<34>1 2026-11-27T22:14:15.003Z host app - ID47 - message",
                "<13>Nov 27 22:14:15 host app[42]: message\n",
                "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP host\r\n\r\n",
                "OPTIONS sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/UDP host\r\n\r\n",
                "app.requests:1|c|#env:prod",
                "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n",
                "{\"version\":\"1.1\",\"host\":\"a\"}",
                "ping"
            })
    void isNoTextInDatagrams(String text) {
        ByteView view = ByteView.of(text);

        assertThat(DnsProtocol.INSTANCE.guessDatagram(view)).isEqualTo(Guess.NO);
        assertThat(DnsProtocol.INSTANCE.guess(view, new ByteView())).isIn(Guess.NO, Guess.UNSURE);
    }

    @Test
    void isNoOtherDialogue() {
        for (ForeignDialogue dialogue : ForeignDialogue.all()) {
            for (ForeignDialogue.Said said : dialogue.steps()) {
                byte[] bytes = said.bytes();
                assertThat(datagram(bytes, bytes.length, true, 1, 2))
                        .as(dialogue.name())
                        .isEqualTo(Guess.NO);
                assertThat(DnsProtocol.INSTANCE.guess(new ByteView(bytes, 0, bytes.length), new ByteView()))
                        .as(dialogue.name())
                        .isIn(Guess.NO, Guess.UNSURE);
            }
        }
    }

    @Test
    void isHardlyEverRandom() {
        Random random = new Random(5);
        byte[] bytes = new byte[64];
        for (int i = 0; i < 200_000; i++) {
            random.nextBytes(bytes);

            assertThat(datagram(bytes, 12 + random.nextInt(52), random.nextBoolean(), 1, 2))
                    .isEqualTo(Guess.NO);
        }
    }

    @Test
    void recognisesEveryCommonQueryAndResponse() {
        int known = 0;
        for (Flow flow : Flow.of("dns")) {
            for (Flow.Step step : flow.steps()) {
                if (!flow.isOfDatagrams() || flow.name().equals("udp-broken.flow")) {
                    continue;
                }
                boolean hasQuestion = step.bytes()[5] == 1;
                boolean isOfKnownCode = (step.bytes()[3] & 0xf) <= 10;
                Guess expected =
                        !hasQuestion || !isOfKnownCode ? Guess.NO : step.isRequest() ? Guess.REQUEST : Guess.RESPONSE;
                assertThat(datagram(step.bytes(), step.bytes().length, true, 1, 53))
                        .as("%s at %d", flow, step.atNanos())
                        .isEqualTo(expected);
                known++;
            }
        }
        assertThat(known).isGreaterThan(40);
    }

    @Test
    void isKnownByItsQuestionWhereTheRestWasNotCaptured() {
        byte[] response = HexFormat.of().parseHex(RESPONSE.replace(" ", ""));
        int question = 12 + 17 + 4;

        for (int length = 0; length < response.length; length++) {
            assertThat(datagram(response, length, false, 1, 53))
                    .as("first %d bytes", length)
                    .isEqualTo(length < question ? Guess.NO : Guess.RESPONSE);
            assertThat(datagram(response, length, true, 1, 53)).isEqualTo(Guess.NO);
        }
    }

    /** mDNS, LLMNR and NetBIOS have the format of DNS, but nobody who has to answer. */
    @ParameterizedTest
    @ValueSource(ints = {5353, 5355, 137})
    void isNoRelative(int port) {
        byte[] query = HexFormat.of().parseHex(QUERY.replace(" ", ""));

        assertThat(datagram(query, query.length, true, 40000, 53)).isEqualTo(Guess.REQUEST);
        assertThat(datagram(query, query.length, true, 40000, port)).isEqualTo(Guess.NO);
        assertThat(datagram(query, query.length, true, port, 40000)).isEqualTo(Guess.NO);
    }

    @ParameterizedTest
    @CsvSource({
        "a query with a response code, 0100 0001, 0103 0001",
        "a query that is cut short, 0100 0001, 0300 0001",
        "a reserved bit, 0100 0001, 0140 0001",
        "an unknown operation, 0100 0001, 3900 0001",
        "no question, 0100 0001, 0100 0000",
        "two questions, 0100 0001, 0100 0002",
        "a query with answers, 0001 0000 0000 0000 03, 0001 0001 0000 0000 03",
        "a class of mDNS, 0001 0001, 0001 8001",
        "a type of none, 0001 0001, 0000 0001",
        "a label of 64 bytes, 03777777, 40777777"
    })
    void isNoneWhere(String what, String of, String instead) {
        String right = QUERY.replace(" ", "");
        String from = of.replace(" ", "");
        int at =
                what.startsWith("a class") || what.startsWith("a type") ? right.lastIndexOf(from) : right.indexOf(from);
        String wrong = right.substring(0, at) + instead.replace(" ", "") + right.substring(at + from.length());
        byte[] bytes = HexFormat.of().parseHex(wrong);

        assertThat(datagram(bytes, bytes.length, true, 1, 53)).isEqualTo(Guess.NO);
    }

    private static Guess datagram(byte[] bytes, int length, boolean whole, int localPort, int peerPort) {
        return DnsProtocol.INSTANCE.guessDatagram(
                new ByteView(bytes, 0, length),
                whole,
                new Endpoint(new byte[16], localPort),
                new Endpoint(new byte[16], peerPort));
    }
}
