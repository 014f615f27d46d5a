package io.kyanos.protocol.postgresql;

/**
 * What a client has said of itself at start-up. Immutable.
 *
 * @param version of the protocol
 */
record Session(String version, String user, String database, String application) {

    static final Session UNKNOWN = new Session("", "", "", "");
}
