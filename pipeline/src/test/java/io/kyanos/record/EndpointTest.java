package io.kyanos.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointTest {

    @Test
    void writesIpv4WithoutItsPrefix() {
        byte[] ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff, 10, 1, 2, (byte) 200};
        Endpoint endpoint = new Endpoint(ip, 80);

        assertThat(endpoint.isIpv4()).isTrue();
        assertThat(endpoint.address()).isEqualTo("10.1.2.200");
        assertThat(endpoint).hasToString("10.1.2.200:80");
    }

    @Test
    void writesTheNameOfAUnixSocket() {
        Endpoint path = Endpoint.unix("/run/a.sock\0".getBytes(StandardCharsets.UTF_8));
        Endpoint hidden = Endpoint.unix("\0hidden".getBytes(StandardCharsets.UTF_8));

        assertThat(path).hasToString("/run/a.sock");
        assertThat(path.address()).isEqualTo("/run/a.sock");
        assertThat(path.isUnix()).isTrue();
        assertThat(path.isIpv4()).isFalse();
        assertThat(hidden).hasToString("@hidden").isNotEqualTo(path);
        assertThat(Endpoint.unix(new byte[0])).isEqualTo(Endpoint.UNNAMED).hasToString("unix");
        assertThat(Endpoint.UNNAMED.address()).isEmpty();
    }

    /* The examples of RFC 5952, sections 4 and 5, and the ends. */
    @ParameterizedTest
    @CsvSource({
        "2001:0db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:0:0:0:0:0:1, ::1",
        "fe80:0:0:0:0:0:0:0, fe80::",
        "0:0:0:0:0:0:0:0, ::"
    })
    void writesIpv6InItsShortestForm(String address, String shortest) throws Exception {
        Endpoint endpoint = new Endpoint(InetAddress.getByName(address).getAddress(), 80);

        assertThat(endpoint.address()).isEqualTo(shortest);
        assertThat(endpoint).hasToString("[" + shortest + "]:80");
    }

    @Test
    void keepsItsAddressWhenTheArrayChanges() {
        byte[] ip = new byte[16];
        Endpoint endpoint = new Endpoint(ip, 1);

        ip[0] = 1;

        assertThat(endpoint).isEqualTo(new Endpoint(new byte[16], 1)).hasSameHashCodeAs(new Endpoint(new byte[16], 1));
        assertThat(endpoint).isNotEqualTo(new Endpoint(ip, 1)).isNotEqualTo(new Endpoint(new byte[16], 2));
    }

    @Test
    void refusesWhatIsNotAnAddressOrPort() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Endpoint(new byte[4], 80));
        assertThatIllegalArgumentException().isThrownBy(() -> new Endpoint(new byte[16], 65536));
        assertThatIllegalArgumentException().isThrownBy(() -> new Endpoint(new byte[16], -1));
    }
}
