package io.kyanos.connection;

import io.kyanos.event.EventDecoder;

/** The connection is of no interest, or of no supported protocol. Its bytes are counted as they come. */
final class Ignored extends State {

    Ignored(Connection connection) {
        super(connection);
    }

    @Override
    void data(EventDecoder event) {
        connection.account(event.direction()).ignored(event);
    }

    @Override
    void ended(Ending ending) {
        // It holds nothing.
    }

    @Override
    Fate missing() {
        return Fate.GAP_UNTRACED;
    }
}
