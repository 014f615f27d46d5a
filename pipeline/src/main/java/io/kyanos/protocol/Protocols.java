package io.kyanos.protocol;

import io.kyanos.protocol.redis.RedisProtocol;
import java.util.List;
import java.util.Optional;

/** The protocols that are known, strictest guess first. */
public final class Protocols {

    private static final List<Protocol> ALL = List.of(RedisProtocol.INSTANCE);

    private Protocols() {}

    /** All of them, in the order in which they are asked for their guess. */
    public static List<Protocol> all() {
        return ALL;
    }

    public static Optional<Protocol> byName(String name) {
        return ALL.stream().filter(protocol -> protocol.name().equals(name)).findFirst();
    }
}
