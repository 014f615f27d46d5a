package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kyanos.record.AddressRange;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Side;
import io.kyanos.record.TestRecords;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptureFiltersTest {

    private static final Endpoint LOCAL = TestRecords.ipv4(10, 0, 0, 1, 8080);
    private static final Endpoint REMOTE = TestRecords.ipv4(10, 1, 0, 9, 50000);
    private static final Endpoint NO_PEER = TestRecords.ipv4(0, 0, 0, 0, 0);

    @Test
    void wantsEverythingWithoutFilters() {
        assertThat(CaptureFilters.NONE.wants(LOCAL, REMOTE, Side.SERVER)).isTrue();
        assertThat(CaptureFilters.NONE.chooseProcesses()).isFalse();
    }

    @Test
    void wantsPortsByRangesAndExclusionsWin() {
        CaptureFilters filters = CaptureFilters.NONE.withLocalPorts(
                new Choice<>(Set.of(PortRange.parse("8000-8099")), Set.of(PortRange.parse("8080-8089"))));

        assertThat(filters.wants(TestRecords.ipv4(10, 0, 0, 1, 8079), REMOTE, Side.SERVER))
                .isTrue();
        assertThat(filters.wants(LOCAL, REMOTE, Side.SERVER)).isFalse();
        assertThat(filters.wants(TestRecords.ipv4(10, 0, 0, 1, 80), REMOTE, Side.SERVER))
                .isFalse();
    }

    @Test
    void anExcludedNetworkWinsOverAnIncludedOneInsideOfIt() {
        CaptureFilters filters = CaptureFilters.NONE.withRemoteIps(
                new Choice<>(Set.of(AddressRange.parse("10.1.0.0/16")), Set.of(AddressRange.parse("10.0.0.0/8"))));

        assertThat(filters.wants(LOCAL, REMOTE, Side.SERVER)).isFalse();
    }

    @Test
    void aMissingEndIsWantedUnlessSomethingIsIncludedForIt() {
        CaptureFilters included = CaptureFilters.NONE.withRemotePorts(Choice.of(Set.of(PortRange.of(80))));
        CaptureFilters excluded = CaptureFilters.NONE
                .withRemotePorts(Choice.allBut(Set.of(PortRange.of(80))))
                .withRemoteIps(Choice.allBut(Set.of(AddressRange.parse("::/0"))));

        assertThat(included.wants(LOCAL, NO_PEER, Side.UNKNOWN)).isFalse();
        assertThat(included.wants(Endpoint.UNNAMED, Endpoint.UNNAMED, Side.UNKNOWN))
                .isFalse();
        assertThat(excluded.wants(LOCAL, NO_PEER, Side.UNKNOWN)).isTrue();
        assertThat(excluded.wants(Endpoint.UNNAMED, Endpoint.UNNAMED, Side.UNKNOWN))
                .isTrue();
        assertThat(excluded.wants(LOCAL, REMOTE, Side.UNKNOWN)).isFalse();
    }

    @Test
    void portsOfEitherEndAreWantedAtEitherEnd() {
        CaptureFilters filters = CaptureFilters.NONE.withPorts(Choice.of(Set.of(PortRange.of(8080))));

        assertThat(filters.wants(LOCAL, REMOTE, Side.SERVER)).isTrue();
        assertThat(filters.wants(REMOTE, LOCAL, Side.CLIENT)).isTrue();
        assertThat(filters.wants(LOCAL, NO_PEER, Side.UNKNOWN)).isTrue();
        assertThat(filters.wants(REMOTE, REMOTE, Side.CLIENT)).isFalse();
        assertThat(filters.wants(REMOTE, NO_PEER, Side.UNKNOWN)).isFalse();
        assertThat(filters.wants(Endpoint.UNNAMED, Endpoint.UNNAMED, Side.UNKNOWN))
                .isFalse();
    }

    @Test
    void anExcludedPortAtEitherEndWinsOverAnIncludedOneAtTheOther() {
        CaptureFilters filters = CaptureFilters.NONE.withPorts(
                new Choice<>(Set.of(PortRange.of(8080)), Set.of(PortRange.parse("49152-65535"))));
        CaptureFilters excluded = CaptureFilters.NONE.withPorts(Choice.allBut(Set.of(PortRange.of(8080))));

        assertThat(filters.wants(LOCAL, REMOTE, Side.SERVER)).isFalse();
        assertThat(filters.wants(LOCAL, TestRecords.ipv4(10, 1, 0, 9, 2000), Side.SERVER))
                .isTrue();
        assertThat(excluded.wants(LOCAL, REMOTE, Side.SERVER)).isFalse();
        assertThat(excluded.wants(REMOTE, LOCAL, Side.CLIENT)).isFalse();
        assertThat(excluded.wants(REMOTE, REMOTE, Side.CLIENT)).isTrue();
        assertThat(excluded.wants(Endpoint.UNNAMED, Endpoint.UNNAMED, Side.UNKNOWN))
                .isTrue();
    }

    @Test
    void anUnknownSidePasses() {
        CaptureFilters filters = CaptureFilters.NONE.withSide(Side.CLIENT);

        assertThat(filters.wants(LOCAL, REMOTE, Side.CLIENT)).isTrue();
        assertThat(filters.wants(LOCAL, REMOTE, Side.UNKNOWN)).isTrue();
        assertThat(filters.wants(LOCAL, REMOTE, Side.SERVER)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "8099-8000 | 8099-8000 (expected: the lower end first, like 8000-8099)",
                "0 | 0 (expected: ports of 1 to 65535, or ranges, like 80,8000-8099)",
                "70000 | 70000 (expected: ports of 1 to 65535, or ranges, like 80,8000-8099)",
                "80- | 80- (expected: ports of 1 to 65535, or ranges, like 80,8000-8099)",
                "-80 | -80 (expected: ports of 1 to 65535, or ranges, like 80,8000-8099)",
                "http | http (expected: ports of 1 to 65535, or ranges, like 80,8000-8099)",
            })
    void refusesWhatIsNotAPort(String text, String message) {
        assertThatThrownBy(() -> PortRange.parse(text)).hasMessage(message);
    }
}
