package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.expression.Expression;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Protocols;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Whoever types what Kyanos 1 took is understood, or told what to type instead. */
class FormerFlagsTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "watch",
                "watch http",
                "watch redis",
                "watch --list",
                "watch -l",
                "watch -p 12,13",
                "watch --pids 12",
                "watch --comm nginx",
                "watch --remote-ports 80,443",
                "watch --local-ports 80",
                "watch --remote-ips 10.0.0.1,10.0.0.2",
                "watch --debug",
                "watch -d",
                "-d",
                "watch --latency 100",
                "watch --latency 0.5",
                "watch --req-size 1024",
                "watch --resp-size 1024",
                "watch --json-output stdout",
                "watch --json-output /tmp/records.json",
                "watch --side all",
                "watch --side server",
                "watch --side client",
                "watch --max-print-bytes 2048",
                "watch http --method GET,POST --host example.org --path /a",
                "watch http --path-prefix /a --path-regex a.*b",
                "watch redis --command GET,SET --keys a,b --key-prefix a",
                "version",
                "help",
                "--help",
                "help watch",
                "watch --help"
            })
    void whatWasTakenAndMeansTheSameIsTaken(String line) {
        CommandLine commands = Main.commandLine(Assembly.production());

        CommandLine.ParseResult parsed = commands.parseArgs(line.split(" "));

        assertThat(parsed.originalArgs()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "stat                                        | stat: not in this release",
                "stat http --slow --time 10                  | stat: not in this release",
                "stat -m t -s 5 -g remote-ip                 | stat: not in this release",
                "stat --metric p --samples-limit 3 --group-by http-path | stat: not in this release",
                "stat --bigreq                               | stat: not in this release",
                "stat redis --bigresp --side client          | stat: not in this release",
                "overview                                    | overview: not in this release",
                "overview -m n                               | overview: not in this release",
                "--pids 1                                    | Hint: kyanos watch --pids ...",
                "-p 1                                        | Hint: kyanos watch -p ...",
                "--comm nginx watch http                     | Hint: kyanos watch --comm ...",
                "--remote-ports 80                           | Hint: kyanos watch --remote-ports ...",
                "--local-ports 80                            | Hint: kyanos watch --local-ports ...",
                "--remote-ips=10.0.0.1                       | Hint: kyanos watch --remote-ips ...",
                "watch --btf /tmp/btf                        | --btf: not in this release",
                "watch --default-log-level 4                 | --default-log-level: log levels have names. Hint: --log-level info.",
                "watch --default-log-level=5                 | Hint: --log-level debug.",
                "--default-log-level 1                       | Hint: --log-level error.",
                "watch --agent-log-level 5                   | Hint: --log-level agent=debug.",
                "watch --bpf-event-log-level 5               | Hint: --log-level capture=debug.",
                "watch --conntrack-log-level 5               | Hint: --log-level connection=debug.",
                "watch --protocol-log-level 3                | Hint: --log-level protocol=warn.",
                "watch --uprobe-log-level 4                  | Hint: --log-level bpf=info.",
                "watch --uprobe-log-level                    | Hint: --log-level bpf=debug.",
                "watch --container-id 0123456789ab           | --container-id: not in this release",
                "watch --container-name web                  | --container-name: not in this release",
                "watch --pod-name web.default                | --pod-name: not in this release",
                "watch --docker-address unix:///run/docker.sock | --docker-address: not in this release",
                "watch --containerd-address /run/containerd/containerd.sock | --containerd-address: not in this release",
                "watch --cri-runtime-address /run/crio/crio.sock | --cri-runtime-address: not in this release",
                "watch --syscall-perf-event-map-page-num 4096 | --set kyanos.capture.rings.syscall=8MiB",
                "watch --ssl-perf-event-map-page-num 1       | --ssl-perf-event-map-page-num: not in this release",
                "watch --conn-perf-event-map-page-num 8      | --set kyanos.capture.rings.conn=1MiB",
                "watch --kern-perf-event-map-page-num 8      | --kern-perf-event-map-page-num: not in this release",
                "watch --first-packet-event-map-page-num 8   | --first-packet-event-map-page-num: not needed",
                "watch --performance-mode=false              | --performance-mode: not in this release",
                "watch --kern-perf-event-buffer-size 1       | --kern-perf-event-buffer-size: not needed",
                "watch --data-perf-event-buffer-size 1       | --data-perf-event-buffer-size: not needed",
                "watch --conntrack-close-wait-time-mills 100 | --conntrack-close-wait-time-mills: not needed",
                "watch --max-allow-stuck-time-mills 1000     | --max-allow-stuck-time-mills: not needed",
                "watch --gops                                | --gops: not there. Hint: jcmd",
                "watch --max-records 10                      | --max-records: not needed",
                "watch --debug-output                        | --debug-output: not needed",
                "watch -o wide                               | -o: not needed, as lines are wide",
                "watch --output wide                         | --output: not needed, as lines are wide",
                "watch --trace-dev-event=false               | --trace-dev-event: not in this release",
                "watch --trace-socket-event                  | --trace-socket-event: not in this release",
                "watch --trace-ssl-event=false               | --trace-ssl-event: not in this release",
                "watch kafka --apikeys 1 --topic orders      | --apikeys: not in this release, which reads ",
                "watch kafka --topic orders                  | --topic: not in this release",
                "watch kafka --producer=false                | --producer: not in this release",
                "watch kafka --consumer=false                | --consumer: not in this release",
                "watch rocketmq --request-codes 10           | --request-codes: not in this release",
                "watch rocketmq --languages JAVA             | --languages: not in this release",
                "watch kafka                                 | protocol: kafka (expected: ",
                "watch mongodb                               | protocol: mongodb (expected",
                "watch dns --host example.org.               | flags of HTTP, HTTP/2 and gRPC match no",
                "watch --side both                           | --side: both (expected: client, server or all)",
                "top                                         | unknown argument: top",
            })
    void removedFlagsNameTheirReplacement(String line, String expected) {
        World world = new World();

        int code = world.run(line.split(" "));

        assertThat(code).isEqualTo(2);
        assertThat(world.err()).startsWith("kyanos: ").contains(expected).hasLineCount(1);
        assertThat(world.err()).doesNotContain("unknown option");
    }

    @Test
    void theListOfProtocolsIsPrinted() {
        World world = new World();

        assertThat(world.run("watch", "-l")).isZero();
        assertThat(world.out().lines().filter(line -> !line.startsWith(" ")).map(line -> line.split(" ")[0]))
                .containsExactlyElementsOf(Protocols.names());
        assertThat(world.out().lines()).allMatch(line -> line.length() <= 100);
        List<String> words = List.of(world.out().split("\\s+"));
        for (Descriptor protocol : Protocols.descriptors()) {
            assertThat(world.out()).contains(protocol.title());
            assertThat(words).containsAll(List.of(protocol.summary().split(" ")));
            assertThat(words).containsAll(protocol.aliases());
            protocol.flags().forEach(flag -> assertThat(words).contains(flag.option()));
            protocol.attributes().forEach(attribute -> assertThat(words).contains(Expression.nameOf(attribute)));
        }
        assertThat(words).contains("attr[\"reason\"]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "exporter --lisen x     | did you mean --listen",
                "watch --remote-port 1  | did you mean --remote-ports",
                "watch --lateny 1       | did you mean --latency",
                "watch --loglevel debug | did you mean --log-level",
            })
    void aTypingErrorGetsTheNearestFlag(String line, String expected) {
        World world = new World();

        assertThat(world.run(line.split(" "))).isEqualTo(2);
        assertThat(world.err()).contains(expected);
    }
}
