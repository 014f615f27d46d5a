package io.kyanos.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SystemdUnitTest {

    private static final String ID = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/system.slice/redis.service                                          | redis",
                "/system.slice/redis.service/worker-1                                 | redis",
                "/../../system.slice/redis.service                                    | redis",
                "/system.slice/system-postgresql.slice/postgresql@15-main.service     | postgresql",
                "/system.slice/sshd@5-10.0.0.1:22-10.0.0.2:4242.service               | sshd",
                "/user.slice/user-1000.slice/user@1000.service/app.slice/shop.service | shop",
                "/machine.slice/systemd-nspawn@web.service/payload/system.slice/nginx.service | nginx",
                "/lxc.payload.web/system.slice/nginx.service                          | nginx",
                "/system.slice/shop\\x2dapi.service                                   | shop-api",
                "/system.slice/caf\\xc3\\xa9.service                                  | café",
                "/system.slice/_cpu.service                                           | cpu",
            })
    void findsTheService(String path, String name) {
        assertThat(SystemdUnit.nameOf(List.of("0::" + path))).contains(name);
        assertThat(SystemdUnit.nameOf(List.of("12:pids:/", "1:name=systemd:" + path)))
                .contains(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/init.scope",
                "/user.slice/user-1000.slice/session-3.scope",
                "/user.slice/user-1000.slice/user@1000.service/init.scope",
                "/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-1234.scope",
                "/user.slice/user-1000.slice/user@1000.service",
                "/system.slice/docker-" + ID + ".scope",
                "/docker/" + ID,
                "/kubepods/burstable/pod1/" + ID,
                "/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" + ID,
                "/system.slice/run-u12.service",
                "/system.slice/run-p123-i456.service",
                "/system.slice/run-r0123456789abcdef0123456789abcdef.service",
                "/system.slice/.service",
                "/system.slice/@1.service",
                "/system.slice/dev-sda.mount",
            })
    void findsNoServiceWhereThereIsNoneOrSomethingElse(String path) {
        assertThat(SystemdUnit.nameOf(List.of("0::" + path))).isEmpty();
    }

    @Test
    void containersThatRunSystemdHaveServices() {
        String path = "/system.slice/docker-" + ID + ".scope/system.slice/nginx.service";

        assertThat(SystemdUnit.nameOf(List.of("0::" + path))).contains("nginx");
    }

    @Test
    void readsBothVersionsAtOnce() {
        assertThat(SystemdUnit.nameOf(List.of("1:name=systemd:/system.slice/a.service", "0::/")))
                .contains("a");
        assertThat(SystemdUnit.nameOf(List.of("1:name=systemd:/", "0::/system.slice/b.service")))
                .contains("b");
        assertThat(SystemdUnit.nameOf(List.of())).isEqualTo(Optional.empty());
    }
}
