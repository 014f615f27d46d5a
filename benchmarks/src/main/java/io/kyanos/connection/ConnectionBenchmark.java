package io.kyanos.connection;

import com.typesafe.config.ConfigFactory;
import io.kyanos.event.Direction;
import io.kyanos.event.EventDecoder;
import io.kyanos.event.EventEncoder;
import io.kyanos.event.MovingEvent;
import io.kyanos.protocol.Detail;
import io.kyanos.record.TrafficRecord;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One exchange of a server's connection, from its two events to its record. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ConnectionBenchmark {

    private static final int STREAM_AT = 5;
    private static final int STREAM_OF_DATA_AT = 9 + 2 + STREAM_AT;
    private static final String HTTP2_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
    // GET of /index.html, in three numbers
    private static final String HTTP2_REQUEST = "\0\0\3\1\5\0\0\0\1\u0082\u0086\u0085";
    private static final String HTTP2_RESPONSE = "\0\0\2\1\4\0\0\0\1\u0088\u0090" + "\0\0\5\0\1\0\0\0\1hello";

    private final Exchange redis = new Exchange(1, "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n", "$3\r\nxxx\r\n");
    private final Exchange http = new Exchange(
            2,
            "GET /api/users/8412 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n",
            "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello");

    private final Exchange http2 = new Exchange(3, HTTP2_REQUEST, HTTP2_RESPONSE);
    private int stream = 1;

    @Setup
    public void open() {
        redis.open();
        http.open();
        http2.open();
        http2.connection.on(new MovingEvent(3, Direction.INGRESS, HTTP2_PREFACE + HTTP2_REQUEST).next(0, 1_000));
        http2.connection.on(http2.response.next(20_000, 25_000));
        http2.now = 100_000;
        http2.request.skip(HTTP2_PREFACE.length() + HTTP2_REQUEST.length());
    }

    @Benchmark
    public TrafficRecord redisGet() {
        return redis.next();
    }

    @Benchmark
    public TrafficRecord httpGet() {
        return http.next();
    }

    /** The next stream of a connection: HEADERS of three numbers, then HEADERS and DATA. */
    @Benchmark
    public TrafficRecord http2Get() {
        stream += 2;
        http2.request.number(STREAM_AT, stream);
        http2.response.number(STREAM_AT, stream);
        http2.response.number(STREAM_OF_DATA_AT, stream);
        return http2.next();
    }

    private static final class Exchange {

        private final long generation;
        private final Connection connection;
        private final MovingEvent request;
        private final MovingEvent response;
        private @Nullable TrafficRecord record;
        private long now;

        Exchange(long generation, String request, String response) {
            this.generation = generation;
            this.request = new MovingEvent(generation, Direction.INGRESS, request);
            this.response = new MovingEvent(generation, Direction.EGRESS, response);
            long budget = 1 << 20;
            connection = new Connection(
                    generation,
                    ConnectionSettings.of(ConfigFactory.defaultReference(), Set.of(), Detail.NONE, 0),
                    new Books(new MemoryBudget(budget), new MemoryBudget(budget)),
                    TraceControl.NONE,
                    tgid -> "server",
                    made -> record = made);
        }

        void open() {
            connection.on(EventEncoder.read(
                    EventEncoder.opened(0, generation, 100, 7, EventDecoder.SIDE_SERVER, EventDecoder.ORIGIN_ACCEPT)));
        }

        TrafficRecord next() {
            connection.on(request.next(now, now + 1_000));
            connection.on(response.next(now + 20_000, now + 25_000));
            now += 100_000;
            TrafficRecord made = record;
            if (made == null) {
                throw new IllegalStateException("an exchange without a record");
            }
            record = null;
            return made;
        }
    }
}
