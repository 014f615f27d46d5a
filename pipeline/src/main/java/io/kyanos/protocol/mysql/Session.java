package io.kyanos.protocol.mysql;

/** Who a client has said to be, and where it works. Immutable. */
record Session(String user, String database, String application) {

    static final Session UNKNOWN = new Session("", "", "");

    Session in(String otherDatabase) {
        return new Session(user, otherDatabase, application);
    }
}
