package io.kyanos.record;

/**
 * The connection that a record belongs to, as the record's sinks see it.
 *
 * @param generation names the connection for the whole capture
 * @param tgid the process that used the connection for this record, as the kernel's first pid namespace numbers it
 * @param fd the file descriptor in that process
 * @param process its name, as {@code kyanos.process.name-by} says, {@code unknown} if not known; empty where only
 *     packets were seen
 * @param peerName the other end's name where something knows it, else empty
 */
public record ConnectionDescription(
        long generation,
        int tgid,
        int fd,
        String process,
        Side side,
        Transport transport,
        Endpoint local,
        Endpoint remote,
        String peerName) {

    /**
     * The other end: its name if known, else {@code address:port}. Of a unix socket the path, also where it is this end
     * that has it, as clients have none.
     */
    public String peer() {
        if (!peerName.isEmpty()) {
            return peerName;
        }
        return remote.equals(Endpoint.UNNAMED) ? local.toString() : remote.toString();
    }
}
