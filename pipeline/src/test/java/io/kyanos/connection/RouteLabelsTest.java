package io.kyanos.connection;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.kyanos.event.Direction;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.TraceState;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Side;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Transport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which route a request counts under, as its connection knows server and answer. */
class RouteLabelsTest {

    private static final Config CONFIG =
            ConfigFactory.parseResources("reference.conf").resolve();
    private static final Endpoint CLIENT = new Endpoint(new byte[16], 40_000);
    private static final Endpoint SERVER = new Endpoint(new byte[16], 80);
    private static final Endpoint OTHER_SERVER = new Endpoint(new byte[16], 81);
    private static final Endpoint SOCKET = Endpoint.unix("/run/a.sock".getBytes(StandardCharsets.UTF_8));

    private final List<Protocol> protocols = Protocols.of(CONFIG);
    private final List<TrafficRecord> records = new ArrayList<>();

    @Test
    void isTheEndpointsOwnFromItsFirstAnsweredRequest() {
        Subject connection = new Subject(Side.CLIENT, CLIENT, SERVER);

        connection.exchange("/busy/frobnicate/7", "503 Busy").exchange("/wibble", "404 Not Found");
        connection.exchange("/busy/frobnicate/8", "404 Not Found").exchange("/wibble", "200 OK");

        assertThat(operations())
                .containsExactly("GET /busy/frobnicate/{id}", "GET /{id}", "GET /busy/frobnicate/{id}", "GET /wibble");
    }

    @Test
    void recognisesTheServerOnBothSidesOfItsConnections() {
        new Subject(Side.CLIENT, CLIENT, SERVER).exchange("/frobnicate", "200 OK");
        new Subject(Side.SERVER, SERVER, CLIENT).exchange("/frobnicate", "404 Not Found");
        new Subject(Side.CLIENT, CLIENT, OTHER_SERVER).exchange("/frobnicate", "404 Not Found");
        new Subject(Side.SERVER, OTHER_SERVER, SERVER).exchange("/frobnicate", "404 Not Found");

        assertThat(operations()).containsExactly("GET /frobnicate", "GET /frobnicate", "GET /{id}", "GET /{id}");
    }

    @Test
    void knowsAUnixSocketByItsPath() {
        new Subject(Side.SERVER, SOCKET, Endpoint.UNNAMED).exchange("/frobnicate", "200 OK");
        new Subject(Side.CLIENT, Endpoint.UNNAMED, SOCKET).exchange("/frobnicate", "404 Not Found");

        assertThat(operations()).containsExactly("GET /frobnicate", "GET /frobnicate");
    }

    @Test
    void isKnownToPipelinedRequestsWhenTheirOwnAnswersCome() {
        Subject connection = new Subject(Side.CLIENT, CLIENT, SERVER);

        connection.asks("/frobnicate").asks("/frobnicate").asks("/frobnicate");
        connection.answers("404 Not Found").answers("200 OK").answers("404 Not Found");

        assertThat(operations()).containsExactly("GET /{id}", "GET /frobnicate", "GET /frobnicate");
    }

    @Test
    void admitsNothingForARequestWithoutAnswer() {
        Subject connection = new Subject(Side.CLIENT, CLIENT, SERVER);

        connection.asks("/users/frobnicate").connection.abandon();
        new Subject(Side.CLIENT, CLIENT, SERVER).exchange("/users/frobnicate", "404 Not Found");

        assertThat(operations()).containsExactly("GET /users/{id}", "GET /users/{id}");
    }

    private List<String> operations() {
        return records.stream().map(record -> record.request().operation()).toList();
    }

    /** One connection between two ends. */
    private final class Subject {

        final Connection connection;
        private final Side side;
        private final long[] positions = new long[2];
        private long now = 10;

        Subject(Side side, Endpoint local, Endpoint remote) {
            this.side = side;
            ConnectionSettings settings = new ConnectionSettings(
                    protocols,
                    Set.of("http", "redis"),
                    Detail.NONE,
                    1 << 20,
                    1 << 20,
                    64,
                    32,
                    1 << 20,
                    16,
                    Duration.ofSeconds(60),
                    0);
            Books books = new Books(new MemoryBudget(1 << 24), new MemoryBudget(1 << 24));
            connection = new Connection(7, settings, books, TraceControl.NONE, tgid -> "shop", records::add);
            Transport transport = local.isUnix() ? Transport.UNIX : Transport.TCP;
            connection.open(new Opening(transport, local, remote, side, true, TraceState.UNSET));
        }

        Subject exchange(String path, String status) {
            return asks(path).answers(status);
        }

        Subject asks(String path) {
            return moves(Side.CLIENT, "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
        }

        Subject answers(String status) {
            return moves(Side.SERVER, "HTTP/1.1 " + status + "\r\nContent-Length: 0\r\n\r\n");
        }

        private Subject moves(Side by, String text) {
            Direction direction = by == side ? Direction.EGRESS : Direction.INGRESS;
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            int which = direction.ordinal();
            now += 10;
            connection.on(EventEncoder.read(
                    EventEncoder.data(now, now, 7, 1, 3, direction, positions[which], bytes, bytes.length)));
            positions[which] += bytes.length;
            return this;
        }
    }
}
