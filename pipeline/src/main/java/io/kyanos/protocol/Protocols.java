package io.kyanos.protocol;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.protocol.http.HttpProtocol;
import io.kyanos.protocol.http.RouteTemplates;
import io.kyanos.protocol.redis.RedisProtocol;
import java.util.List;

/** All protocols. One line each. */
public final class Protocols {

    private static final String SIGHTINGS = "kyanos.http.word-sightings";

    private Protocols() {}

    /** Every protocol, the one with the strictest guess first, as the whole configuration shapes it. */
    public static List<Protocol> of(Config config) {
        return List.of(
                new HttpProtocol(new RouteTemplates(config.getStringList("kyanos.http.routes"), sightings(config))),
                RedisProtocol.INSTANCE);
    }

    private static int sightings(Config config) {
        int sightings = config.getInt(SIGHTINGS);
        if (sightings < 1 || sightings > RouteTemplates.MOST_SIGHTINGS) {
            throw new ConfigException.BadValue(
                    config.getValue(SIGHTINGS).origin(),
                    SIGHTINGS,
                    sightings + " (expected: 1 to " + RouteTemplates.MOST_SIGHTINGS + ")");
        }
        return sightings;
    }
}
