package io.kyanos.actor;

/**
 * The share that one of a capture's routers has of its connections: a connection is always the same router's.
 *
 * @param number of the router, from 0
 * @param of so many
 */
public record Share(int number, int of) {

    /** Routers at most: a byte of each event says whose it is. */
    public static final int MAX_ROUTERS = 64;

    /** Of a capture's only router. */
    public static final Share WHOLE = new Share(0, 1);

    /* Generations are counted up, here and there with the processor's number in them: the multiplication spreads them. */
    private static final long SPREAD = 0x9e3779b97f4a7c15L;

    boolean holds(long generation) {
        return numberOf(generation, of) == number;
    }

    /** The number of the router that has this connection. */
    static int numberOf(long generation, int routers) {
        return routers == 1 ? 0 : (int) Long.remainderUnsigned((generation * SPREAD) >>> 32, routers);
    }
}
