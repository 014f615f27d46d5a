package io.kyanos.event;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProcessNameTest {

    @Test
    void isWhatTheProgramWasStartedAsWhateverItCallsItselfSince() {
        assertThat(ProcessName.of("node", "MainThread", "node")).isEqualTo("node");
        assertThat(ProcessName.of("python3.11", "gunicorn: maste", "gunicorn")).isEqualTo("gunicorn");
    }

    @Test
    void isTheLinkAndNotItsTarget() {
        assertThat(ProcessName.of("redis-check-rdb", "redis-server", "redis-server"))
                .isEqualTo("redis-server");
        assertThat(ProcessName.of("busybox", "httpd", "httpd")).isEqualTo("httpd");
    }

    @Test
    void isTheScriptAndNotItsInterpreter() {
        assertThat(ProcessName.of("python3.11", "prometheus-node", "prometheus-node-script"))
                .isEqualTo("prometheus-node-script");
    }

    @Test
    void isTheFileWhereTheProgramWasStartedThroughADescriptor() {
        assertThat(ProcessName.of("memfd:helper", "5", "5")).isEqualTo("memfd:helper");
        assertThat(ProcessName.of("memfd:helper", "memfd:helper", "5")).isEqualTo("memfd:helper");
        assertThat(ProcessName.of("runc", "exe", "exe")).isEqualTo("runc");
        assertThat(ProcessName.of("memfd:helper", "32", "")).isEqualTo("memfd:helper");
    }

    @Test
    void isTheStartOfAProgramWhoseNameOnlyBeginsOrEndsLikeADescriptor() {
        assertThat(ProcessName.of("p7zip", "7z", "7z")).isEqualTo("7z");
        assertThat(ProcessName.of("wine64", "setup.exe", "setup.exe")).isEqualTo("setup.exe");
    }

    @Test
    void isWhatTheKernelCallsItWhereNothingElseIsKnown() {
        assertThat(ProcessName.of("redis-check-rdb", "redis-server", "")).isEqualTo("redis-server");
        assertThat(ProcessName.of("redis-benchmark-2", "redis-benchmark", "")).isEqualTo("redis-benchmark-2");
        assertThat(ProcessName.of("", "32", "")).isEqualTo("32");
        assertThat(ProcessName.of("nginx", "", "")).isEqualTo("nginx");
        assertThat(ProcessName.of("", "", "")).isEmpty();
    }
}
