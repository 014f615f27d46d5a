package io.kyanos.protocol;

import com.typesafe.config.Config;
import io.kyanos.protocol.dns.DnsProtocol;
import io.kyanos.protocol.http.HttpProtocol;
import io.kyanos.protocol.http2.Http2Protocol;
import io.kyanos.protocol.mysql.MysqlProtocol;
import io.kyanos.protocol.nats.NatsProtocol;
import io.kyanos.protocol.postgresql.PostgresqlProtocol;
import io.kyanos.protocol.redis.RedisProtocol;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** All protocols, the one with the strictest guess first. One line each; there is no other list of them. */
public final class Protocols {

    private static final List<Entry> ALL = List.of(
            new Entry(HttpProtocol.DESCRIPTOR, HttpProtocol::of),
            new Entry(Http2Protocol.DESCRIPTOR, Http2Protocol::of),
            new Entry(DnsProtocol.DESCRIPTOR, config -> DnsProtocol.INSTANCE),
            new Entry(MysqlProtocol.DESCRIPTOR, MysqlProtocol::of),
            new Entry(NatsProtocol.DESCRIPTOR, config -> NatsProtocol.INSTANCE),
            new Entry(PostgresqlProtocol.DESCRIPTOR, PostgresqlProtocol::of),
            new Entry(RedisProtocol.DESCRIPTOR, config -> RedisProtocol.INSTANCE));

    private record Entry(Descriptor descriptor, Function<Config, Protocol> protocol) {}

    private Protocols() {}

    /** Every protocol that connections speak, as the whole configuration shapes it. */
    public static List<Protocol> of(Config config) {
        return ALL.stream().map(entry -> entry.protocol().apply(config)).toList();
    }

    /** The descriptors of all that records may be of, each before those that it carries. */
    public static List<Descriptor> descriptors() {
        return ALL.stream()
                .map(Entry::descriptor)
                .flatMap(spoken -> Stream.concat(Stream.of(spoken), spoken.carried().stream()))
                .toList();
    }

    /** The names of these. */
    public static List<String> names() {
        return descriptors().stream().map(Descriptor::name).toList();
    }
}
