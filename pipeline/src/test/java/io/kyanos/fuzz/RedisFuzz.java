package io.kyanos.fuzz;

/** The parsers of Redis and their matcher. */
public final class RedisFuzz extends ProtocolFuzz {

    private static final RedisFuzz TARGET = new RedisFuzz();

    public RedisFuzz() {
        super("redis");
    }

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }
}
