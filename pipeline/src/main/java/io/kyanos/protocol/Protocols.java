package io.kyanos.protocol;

import com.typesafe.config.Config;
import io.kyanos.protocol.http.HttpProtocol;
import io.kyanos.protocol.http.RouteTemplates;
import io.kyanos.protocol.redis.RedisProtocol;
import java.util.List;

/** All protocols. One line each. */
public final class Protocols {

    private Protocols() {}

    /** Every protocol, the one with the strictest guess first, as the whole configuration shapes it. */
    public static List<Protocol> of(Config config) {
        return List.of(
                new HttpProtocol(new RouteTemplates(
                        config.getStringList("kyanos.http.routes"), config.getInt("kyanos.http.word-sightings"))),
                RedisProtocol.INSTANCE);
    }
}
