package io.kyanos.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class KernelVersionTest {

    @Test
    void comparesNumbersAndNotText() {
        KernelVersion version = KernelVersion.parse("6.9.12-cloud-amd64");

        assertThat(version.isAtLeast(6, 9)).isTrue();
        assertThat(version.isAtLeast(6, 10)).isFalse();
        assertThat(version.isAtLeast(5, 19)).isTrue();
        assertThat(version.isAtLeast(7, 0)).isFalse();
        assertThat(KernelVersion.parse("10.0").isAtLeast(6, 2)).isTrue();
    }

    @Test
    void aReleaseWithoutNumbersIsOlderThanAny() {
        assertThat(KernelVersion.parse("unknown").isAtLeast(1, 0)).isFalse();
        assertThat(KernelVersion.parse("unknown")).hasToString("unknown");
    }
}
