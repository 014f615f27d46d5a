package io.kyanos.connection;

import io.kyanos.event.EventDecoder;

/** The connection is closed and its books are settled: what comes now comes too late. */
final class Ended extends State {

    Ended(Connection connection) {
        super(connection);
    }

    @Override
    void data(EventDecoder event) {
        connection.account(event.direction()).late(event.dataLength());
    }

    @Override
    void ended(Ending ending) {
        // A connection ends once.
    }

    @Override
    Fate missing() {
        return Fate.GAP_LOST;
    }
}
