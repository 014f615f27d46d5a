package io.kyanos.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointTest {

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
    void writesIpv4Dotted() {
        byte[] ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 0, (byte) 200, 3};

        assertThat(new Endpoint(ip, 80)).hasToString("10.0.200.3:80");
    }
}
