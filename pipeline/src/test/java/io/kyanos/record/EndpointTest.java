package io.kyanos.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;

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
    void writesIpv6InBrackets() throws UnknownHostException {
        Endpoint endpoint = new Endpoint(InetAddress.getByName("fe80::1").getAddress(), 443);

        assertThat(endpoint.isIpv4()).isFalse();
        assertThat(endpoint).hasToString("[fe80:0:0:0:0:0:0:1]:443");
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
    void refusesWhatIsNoAddressOrNoPort() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Endpoint(new byte[4], 80));
        assertThatIllegalArgumentException().isThrownBy(() -> new Endpoint(new byte[16], 65536));
        assertThatIllegalArgumentException().isThrownBy(() -> new Endpoint(new byte[16], -1));
    }
}
