package io.kyanos.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressRangeTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.7, 10.0.0.7, 10.0.0.8",
        "10.0.0.0/8, 10.255.255.255, 11.0.0.0",
        "10.1.2.3/8, 10.0.0.0, 9.255.255.255",
        "0.0.0.0/0, 255.255.255.255, ::1",
        "10.0.0.1-10.0.0.9, 10.0.0.9, 10.0.0.10",
        "10.0.0.1-10.0.0.9, 10.0.0.1, 10.0.0.0",
        "::1, ::1, ::2",
        "[::1], ::1, ::2",
        "fe80::/10, febf::1, fec0::1",
        "2001:db8::/32, 2001:db8:ffff::1, 2001:db9::",
        "2001:db8::5-2001:db8::a, 2001:db8::9, 2001:db8::b",
        "::ffff:10.0.0.0/104, 10.9.9.9, 11.0.0.1",
        "8000::/1, ffff::1, 7fff::1",
        "::ffff:127.0.0.1, 127.0.0.1, ::1"
    })
    void knowsWhatIsInside(String range, String inside, String outside) throws Exception {
        assertThat(AddressRange.parse(range).contains(end(inside))).isTrue();
        assertThat(AddressRange.parse(range).contains(end(outside))).isFalse();
        assertThat(AddressRange.parse("::/0").contains(end(inside))).isTrue();
        assertThat(AddressRange.parse("::/0").contains(Endpoint.UNNAMED)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10.0.0.0/33 | 10.0.0.0/33 (expected: a length of 0 to 32 behind the /)",
                "10.0.0.0/ | 10.0.0.0/ (expected: a length of 0 to 32 behind the /)",
                "fe80::/129 | fe80::/129 (expected: a length of 0 to 128 behind the /)",
                "10.0.0.9-10.0.0.1 | 10.0.0.9-10.0.0.1 (expected: the lower end first, like 10.0.0.1-10.0.0.9)",
                "10.0.0.9-fe80::1 | 10.0.0.9-fe80::1 (expected: both ends IPv4, or both IPv6)",
                "fe80::1%eth0 | fe80::1%eth0 (expected: an address without a zone, like fe80::1, as it holds on every interface)",
            })
    void refusesWithWhatIsExpected(String text, String message) {
        assertThatThrownBy(() -> AddressRange.parse(text)).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource({"300.1.1.1", "localhost", "10.0.0", "''", "::1::", "[10.0.0.1]", "10.0.0.1-", "-10.0.0.1"})
    void refusesWhatIsNotAnAddress(String text) {
        assertThatThrownBy(() -> AddressRange.parse(text))
                .hasMessage(text + " (expected: " + AddressRange.EXPECTED + ")");
    }

    @Test
    void prefixesAreTheSameAddresses() throws Exception {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            int from = random.nextInt(300);
            int to = from + random.nextInt(300);
            AddressRange range =
                    AddressRange.parse("10.0." + from / 256 + "." + from % 256 + "-10.0." + to / 256 + "." + to % 256);
            for (int i = 0; i < 700; i += 1 + random.nextInt(9)) {
                Endpoint end = end("10.0." + i / 256 + "." + i % 256);
                long covering = range.prefixes().stream()
                        .filter(prefix -> isInside(prefix, end))
                        .count();
                assertThat(covering).as("%s %s", range, end).isEqualTo(range.contains(end) ? 1 : 0);
            }
            assertThat(range.prefixes()).allMatch(range::contains);
        }
    }

    @Test
    void everyAddressIsOnePrefix() {
        assertThat(AddressRange.parse("::/0").prefixes()).containsExactly(new AddressRange.Prefix(0, 0, 0));
        assertThat(AddressRange.parse("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")
                        .prefixes())
                .hasSize(254);
    }

    private static boolean isInside(AddressRange.Prefix prefix, Endpoint end) {
        int low = prefix.length() - Long.SIZE;
        return end.ipHigh() == prefix.high() && (end.ipLow() ^ prefix.low()) >>> (Long.SIZE - low) == 0;
    }

    private static Endpoint end(String address) throws UnknownHostException {
        byte[] ip = InetAddress.getByName(address).getAddress();
        byte[] sixteen = new byte[16];
        if (ip.length == 4) {
            sixteen[10] = (byte) 0xff;
            sixteen[11] = (byte) 0xff;
        }
        System.arraycopy(ip, 0, sixteen, 16 - ip.length, ip.length);
        return new Endpoint(sixteen, 80);
    }
}
