package io.kyanos.capture;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BpfObjectsTest {

    @Test
    void theKernelsVersionDecidesWhichFormOfTheSocketFamilyIsLoaded() {
        assertThat(BpfObjects.file("socket", "6.18.44-fc")).isEqualTo("socket");
        assertThat(BpfObjects.file("socket", "6.2.0")).isEqualTo("socket");
        assertThat(BpfObjects.file("socket", "6.12")).isEqualTo("socket");
        assertThat(BpfObjects.file("socket", "10.0")).isEqualTo("socket");
        assertThat(BpfObjects.file("socket", "6.1.0-38-cloud-amd64")).isEqualTo("socket-plain");
        assertThat(BpfObjects.file("socket", "5.15.0")).isEqualTo("socket-plain");
    }

    @Test
    void aVersionThatCannotBeReadTakesTheFormThatLoadsEverywhere() {
        assertThat(BpfObjects.file("socket", "unknown")).isEqualTo("socket-plain");
    }

    @Test
    void otherFamiliesHaveOneFormOnly() {
        assertThat(BpfObjects.file("process", "5.15.0")).isEqualTo("process");
    }
}
