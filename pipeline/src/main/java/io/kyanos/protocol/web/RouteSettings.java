package io.kyanos.protocol.web;

/**
 * What may become part of routes in addition to the vocabulary and the operator's patterns.
 *
 * @param answered whether words become part of routes when a server answers for them
 * @param wordsPerPlace how many such words one place of one server may have
 * @param maxServers how many servers may have such words
 * @param maxRoutes how many routes may exist in addition to the patterns
 */
public record RouteSettings(boolean answered, int wordsPerPlace, int maxServers, int maxRoutes) {

    public static final RouteSettings DEFAULT = new RouteSettings(true, 24, 10_000, 10_000);

    public RouteSettings {
        if (wordsPerPlace < 1 || maxServers < 1 || maxRoutes < 1) {
            throw new IllegalArgumentException("words per place: " + wordsPerPlace + ", max servers: " + maxServers
                    + ", max routes: " + maxRoutes + " (expected: >= 1)");
        }
    }

    /** So many routes may come from requests that show no endpoint; the others are kept for those that do. */
    int maxUnprovenRoutes() {
        return answered ? Math.max(1, maxRoutes / 2) : maxRoutes;
    }

    /** How many words one server may have in all, so that none takes the room of the others. */
    int wordsPerServer() {
        return Math.max(wordsPerPlace, maxRoutes / 10);
    }
}
