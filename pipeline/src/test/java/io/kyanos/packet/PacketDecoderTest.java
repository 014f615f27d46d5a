package io.kyanos.packet;

import static io.kyanos.packet.Bytes.ethernet;
import static io.kyanos.packet.Bytes.hex;
import static io.kyanos.packet.Bytes.ip4;
import static io.kyanos.packet.Bytes.ip6;
import static io.kyanos.packet.Bytes.join;
import static io.kyanos.packet.Bytes.tcp;
import static io.kyanos.packet.Bytes.u16;
import static io.kyanos.packet.Bytes.u32;
import static io.kyanos.packet.Bytes.udp;
import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.packet.PacketStatistics.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PacketDecoderTest {

    private static final int ETHERNET = 1;
    private static final int RAW = 101;
    private static final int TCP = 6;
    private static final int UDP = 17;

    private static final String OVER_IP4 = "tcp 10.0.0.1:40000>10.0.0.2:7001 request 7/7";
    private static final String OVER_IP6 = "tcp fd00::1:40000>fd00::2:7001 request 7/7";
    private static final byte[] IP4 = ip4(TCP, tcp());
    private static final byte[] IP6 = ip6(TCP, tcp());
    private static final byte[] FRAME = ethernet(0x0800, IP4);

    /** Every way of carrying the same segment, by name. */
    static Map<String, Carried> ways() {
        Map<String, Carried> ways = new LinkedHashMap<>();
        ways.put("ethernet", new Carried(ETHERNET, FRAME, OVER_IP4));
        ways.put("ethernet with padding", new Carried(ETHERNET, join(FRAME, new byte[9]), OVER_IP4));
        ways.put("vlan", new Carried(ETHERNET, ethernet(0x8100, join(hex("0007 0800"), IP4)), OVER_IP4));
        ways.put("qinq", new Carried(ETHERNET, ethernet(0x88a8, join(hex("0008 8100 0007 86dd"), IP6)), OVER_IP6));
        ways.put("old qinq", new Carried(ETHERNET, ethernet(0x9100, join(hex("0008 8100 0007 0800"), IP4)), OVER_IP4));
        ways.put("snap", new Carried(ETHERNET, ethernet(60, join(hex("aaaa03000000 0800"), IP4)), OVER_IP4));
        ways.put("mpls", new Carried(ETHERNET, ethernet(0x8847, join(hex("00010040 00020140"), IP4)), OVER_IP4));
        ways.put("pppoe", new Carried(ETHERNET, ethernet(0x8864, join(hex("1100 0001 0040 0057"), IP6)), OVER_IP6));
        ways.put("cooked", new Carried(113, join(hex("0000 0001 0006 0200000000010000 0800"), IP4), OVER_IP4));
        ways.put(
                "cooked with vlan",
                new Carried(113, join(hex("0000 0001 0006 0200000000010000 8100 0007 0800"), IP4), OVER_IP4));
        ways.put(
                "cooked 2",
                new Carried(276, join(hex("86dd 0000 00000003 0001 00 06 0200000000010000"), IP6), OVER_IP6));
        ways.put("raw", new Carried(RAW, IP6, OVER_IP6));
        ways.put("raw of BSD", new Carried(12, IP4, OVER_IP4));
        ways.put("raw of OpenBSD", new Carried(14, IP4, OVER_IP4));
        ways.put("raw IPv4", new Carried(228, IP4, OVER_IP4));
        ways.put("raw IPv6", new Carried(229, IP6, OVER_IP6));
        ways.put("null, little-endian", new Carried(0, join(hex("02000000"), IP4), OVER_IP4));
        ways.put("null, big-endian", new Carried(0, join(hex("0000001e"), IP6), OVER_IP6));
        ways.put("loop", new Carried(108, join(hex("00000018"), IP6), OVER_IP6));
        ways.put("ppp", new Carried(9, join(hex("ff03 0021"), IP4), OVER_IP4));
        ways.put("ppp, compressed", new Carried(9, join(hex("21"), IP4), OVER_IP4));
        addNetworks(ways);
        addTunnels(ways);
        return ways;
    }

    private static void addNetworks(Map<String, Carried> ways) {
        byte[] options = IP4.clone();
        options[0] = 0x46;
        options[3] += 4;
        byte[] withOptions = join(Arrays.copyOf(options, 20), hex("01010101"), Arrays.copyOfRange(IP4, 20, IP4.length));
        ways.put("IPv4 with options", new Carried(RAW, withOptions, OVER_IP4));
        byte[] offloaded = IP4.clone();
        offloaded[2] = 0;
        offloaded[3] = 0;
        ways.put("IPv4 to be segmented", new Carried(RAW, offloaded, OVER_IP4));
        ways.put("hop-by-hop", new Carried(RAW, ip6(0, join(hex("06 00 010400000000"), tcp())), OVER_IP6));
        ways.put(
                "destination options",
                new Carried(RAW, ip6(60, join(hex("06 01 0104 00000000 0106 000000000000"), tcp())), OVER_IP6));
        ways.put(
                "authentication",
                new Carried(RAW, ip6(51, join(hex("06 02 0000 00000001 00000001 00000000"), tcp())), OVER_IP6));
        ways.put("atomic fragment", new Carried(RAW, ip6(44, join(hex("06 00 0000 00000009"), tcp())), OVER_IP6));
        ways.put(
                "segment routing",
                new Carried(
                        RAW,
                        ip6(43, join(hex("06 02 04 01 00 00 0000 fd000000000000000000000000000099"), tcp())),
                        "tcp fd00::1:40000>fd00::99:7001 request 7/7"));
        ways.put(
                "all of them",
                new Carried(
                        RAW,
                        ip6(0, join(hex("3c 00 010400000000 2c 00 010400000000 06 00 0000 00000009"), tcp())),
                        OVER_IP6));
    }

    private static void addTunnels(Map<String, Carried> ways) {
        String inSpace = "tcp 10.0.0.1:40000>10.0.0.2:7001 space=%s request 7/7";
        ways.put("IP in IP", new Carried(RAW, ip4(4, IP4), OVER_IP4));
        ways.put("IPv6 in IPv4", new Carried(RAW, ip4(41, IP6), OVER_IP6));
        ways.put("IPv4 in IPv6", new Carried(RAW, ip6(4, IP4), OVER_IP4));
        ways.put("GRE", new Carried(RAW, ip4(47, join(hex("0000 0800"), IP4)), OVER_IP4));
        ways.put(
                "GRE with all",
                new Carried(
                        RAW,
                        ip4(47, join(hex("b000 0800 00000000 0000004d 00000001"), IP4)),
                        inSpace.formatted("30000004d")));
        ways.put(
                "bridged in GRE",
                new Carried(RAW, ip4(47, join(hex("2000 6558 00002a00"), FRAME)), inSpace.formatted("300002a00")));
        ways.put(
                "ERSPAN",
                new Carried(RAW, ip4(47, join(hex("1000 88be 00000001 1000 0001 00000000"), FRAME)), OVER_IP4));
        ways.put(
                "ERSPAN III",
                new Carried(RAW, ip4(47, join(hex("1000 22eb 00000001 20000001 00000000 00000000"), FRAME)), OVER_IP4));
        ways.put(
                "PPTP",
                new Carried(RAW, ip4(47, join(hex("3081 880b 00300001 00000001 00000001 ff03 0021"), IP4)), OVER_IP4));
        ways.put(
                "VXLAN",
                new Carried(
                        RAW,
                        ip4(UDP, udp(4789, join(hex("08000000 00002a00"), FRAME))),
                        inSpace.formatted("10000002a")));
        ways.put(
                "old VXLAN",
                new Carried(
                        RAW,
                        ip6(UDP, udp(8472, join(hex("08000000 00000100"), FRAME))),
                        inSpace.formatted("100000001")));
        ways.put(
                "Geneve",
                new Carried(
                        RAW,
                        ip4(UDP, udp(6081, join(hex("01 00 6558 00002b00 00000000"), FRAME))),
                        inSpace.formatted("20000002b")));
        ways.put("Teredo", new Carried(RAW, ip4(UDP, udp(3544, IP6)), OVER_IP6));
        ways.put(
                "Teredo with all",
                new Carried(
                        RAW,
                        ip4(UDP, udp(3544, join(hex("0001 00 00 1122334466778899 00 0000 1122 33446677"), IP6))),
                        OVER_IP6));
    }

    record Carried(int linkType, byte[] bytes, String expected) {}

    static Stream<Arguments> carried() {
        return ways().entrySet().stream().map(way -> Arguments.of(way.getKey(), way.getValue()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("carried")
    void findsTheSegment(String name, Carried carried) {
        assertThat(Decoded.of(carried.linkType, carried.bytes)).containsExactly(carried.expected);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("carried")
    void neverLooksBeyondWhatWasCaptured(String name, Carried carried) {
        for (int captured = 0; captured < carried.bytes.length; captured++) {
            Decoded decoded = new Decoded();

            decoded.frame(carried.linkType, 0, 0, Arrays.copyOf(carried.bytes, captured), carried.bytes.length);

            assertThat(decoded.packets).allSatisfy(packet -> assertThat(packet).doesNotContain("U"));
            long told = Stream.of(Reason.HEAD_CUT, Reason.PAYLOAD_CUT, Reason.NOT_IP)
                    .mapToLong(decoded::count)
                    .sum();
            boolean isWhole = decoded.packets.equals(List.of(carried.expected));
            assertThat(told > 0 || isWhole || decoded.packets.get(0).startsWith("udp"))
                    .as("%s cut at %d: %s", name, captured, decoded.packets)
                    .isTrue();
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("carried")
    void standsEveryByteWithEveryBitChanged(String name, Carried carried) {
        Decoded decoded = new Decoded();
        int frames = 0;
        for (int at = 0; at < carried.bytes.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] changed = carried.bytes.clone();
                changed[at] ^= (byte) (1 << bit);
                decoded.frame(carried.linkType, 0, frames * 2_000_000_000L, changed, changed.length);
                frames++;
            }
        }
        decoded.decoder.finish();

        assertThat(decoded.decoder.statistics().frames()).isEqualTo(frames);
        long explained = decoded.packets.size() - decoded.count(Reason.PAYLOAD_CUT);
        for (Reason reason : Reason.values()) {
            explained += decoded.count(reason);
        }
        assertThat(explained).isEqualTo(frames);
    }

    @Test
    void handsOnWhatTheCaptureHasLeftOfAPayload() {
        Decoded decoded = new Decoded();

        decoded.frame(ETHERNET, 0, 0, Arrays.copyOf(FRAME, FRAME.length - 3), FRAME.length);

        assertThat(decoded.packets).containsExactly("tcp 10.0.0.1:40000>10.0.0.2:7001 requ 4/7");
        assertThat(decoded.count(Reason.PAYLOAD_CUT)).isEqualTo(1);
    }

    @Test
    void tellsWhatAFrameHoldsOtherThanTcpAndUdp() {
        Decoded decoded = new Decoded();

        decoded.frame(ETHERNET, ethernet(0x0806, new byte[28]));
        decoded.frame(RAW, ip4(1, new byte[8]));
        decoded.frame(RAW, ip4(132, new byte[12]));
        decoded.frame(147, new byte[20]);
        decoded.frame(CapturedFrame.NO_LINK_TYPE, new byte[20]);

        assertThat(decoded.packets).isEmpty();
        assertThat(decoded.count(Reason.NOT_IP)).isEqualTo(1);
        assertThat(decoded.decoder.statistics().transports()).containsOnly(Map.entry(1, 1L), Map.entry(132, 1L));
        assertThat(decoded.decoder.statistics().linkTypes()).containsOnly(Map.entry(147, 1L));
        assertThat(decoded.count(Reason.UNKNOWN_INTERFACE)).isEqualTo(1);
    }

    @Test
    void keepsABoundedNumberOfLinkTypesApart() {
        Decoded decoded = new Decoded();

        for (int linkType = 1000; linkType < 2000; linkType++) {
            decoded.frame(linkType, new byte[1]);
        }

        Map<Integer, Long> linkTypes = decoded.decoder.statistics().linkTypes();
        assertThat(linkTypes).hasSize(65).containsEntry(PacketStatistics.OTHER_LINK_TYPES, 936L);
    }

    @Test
    void opensABoundedNumberOfTunnels() {
        byte[] nested = IP4;
        for (int i = 0; i < PacketDecoder.MAX_TUNNELS; i++) {
            nested = ip4(4, nested);
        }
        Decoded decoded = new Decoded();

        decoded.frame(RAW, nested);
        decoded.frame(RAW, ip4(4, nested));

        assertThat(decoded.packets).containsExactly(OVER_IP4);
        assertThat(decoded.count(Reason.NESTED_TOO_DEEP)).isEqualTo(1);
    }

    @Test
    void takesADatagramAtATunnelsPortThatIsNoneForWhatItIs() {
        byte[] question = "question".getBytes(StandardCharsets.US_ASCII);

        assertThat(Decoded.of(RAW, ip4(UDP, udp(8472, question))))
                .containsExactly("udp 10.0.0.1:40000>10.0.0.2:8472 question 8/8");
    }

    @Test
    void refusesLengthsThatCannotBe() {
        Decoded decoded = new Decoded();
        byte[] shortTotal = IP4.clone();
        shortTotal[3] = 19;
        byte[] shortHead = IP4.clone();
        shortHead[0] = 0x44;
        byte[] longOffset = tcp();
        longOffset[12] = (byte) 0xf0;
        byte[] shortOffset = tcp();
        shortOffset[12] = 0x40;
        byte[] shortDatagram = udp(53, new byte[4]);
        shortDatagram[5] = 7;
        byte[] longDatagram = udp(53, new byte[4]);
        longDatagram[5] = 13;

        decoded.frame(RAW, shortTotal);
        decoded.frame(RAW, shortHead);
        decoded.frame(RAW, ip4(TCP, longOffset));
        decoded.frame(RAW, ip4(TCP, shortOffset));
        decoded.frame(RAW, ip4(UDP, shortDatagram));
        decoded.frame(RAW, ip4(UDP, longDatagram));
        decoded.frame(RAW, ip4(47, hex("0007 0800")));

        assertThat(decoded.packets).isEmpty();
        assertThat(decoded.count(Reason.MALFORMED_NETWORK)).isEqualTo(2);
        assertThat(decoded.count(Reason.MALFORMED_TRANSPORT)).isEqualTo(4);
        assertThat(decoded.count(Reason.MALFORMED_TUNNEL)).isEqualTo(1);
    }

    @Test
    void readsTheHeadOfASegment() {
        CapturedFrame frame = new CapturedFrame();
        frame.wrap(IP4, 0, IP4.length, IP4.length, 5, RAW, 3);

        new PacketDecoder().decode(frame, packet -> {
            assertThat(packet.timeNanos()).isEqualTo(5);
            assertThat(packet.sequence()).isEqualTo(0x11223344);
            assertThat(packet.acknowledgement()).isEqualTo(0x55667788);
            assertThat(packet.flags()).isEqualTo(TransportPacket.PSH | TransportPacket.ACK);
            assertThat(packet.has(TransportPacket.SYN)).isFalse();
            assertThat(packet.window()).isEqualTo(1024);
            assertThat(packet.ipId()).isEqualTo(77);
            assertThat(packet.hopLimit()).isEqualTo(64);
        });
    }

    @Test
    void doesNotTrustAHeaderThatClaimsMoreThanAJumbogramHas() {
        byte[] jumbo = ip6(UDP, udp(53, u32(7)));
        jumbo[4] = 0;
        jumbo[5] = 0;

        assertThat(Decoded.of(RAW, jumbo)).hasSize(1);
        assertThat(Decoded.of(RAW, join(jumbo, u16(0)))).hasSize(1);
    }
}
