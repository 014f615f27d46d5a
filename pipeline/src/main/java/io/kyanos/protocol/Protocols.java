package io.kyanos.protocol;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.protocol.http.HttpProtocol;
import io.kyanos.protocol.http.RouteSettings;
import io.kyanos.protocol.http.RouteTemplates;
import io.kyanos.protocol.redis.RedisProtocol;
import java.util.List;

/** All protocols. One line each. */
public final class Protocols {

    private static final String WORDS = "kyanos.http.words";
    private static final int MOST_WORDS_PER_PLACE = 1_000;
    private static final int MOST_OF_ALL = 1_000_000;

    private Protocols() {}

    /** Every protocol, the one with the strictest guess first, as the whole configuration shapes it. */
    public static List<Protocol> of(Config config) {
        return List.of(
                new HttpProtocol(new RouteTemplates(config.getStringList("kyanos.http.routes"), routes(config))),
                RedisProtocol.INSTANCE);
    }

    private static RouteSettings routes(Config config) {
        String words = config.getString(WORDS);
        if (!words.equals("answered") && !words.equals("known")) {
            throw new ConfigException.BadValue(
                    config.getValue(WORDS).origin(), WORDS, words + " (expected: answered or known)");
        }
        return new RouteSettings(
                words.equals("answered"),
                number(config, "kyanos.http.words-per-place", MOST_WORDS_PER_PLACE),
                number(config, "kyanos.http.max-servers", MOST_OF_ALL),
                number(config, "kyanos.http.max-routes", MOST_OF_ALL));
    }

    private static int number(Config config, String key, int most) {
        int number = config.getInt(key);
        if (number < 1 || number > most) {
            throw new ConfigException.BadValue(
                    config.getValue(key).origin(), key, number + " (expected: 1 to " + most + ")");
        }
        return number;
    }
}
