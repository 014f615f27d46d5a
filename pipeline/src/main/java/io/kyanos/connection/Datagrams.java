package io.kyanos.connection;

import io.kyanos.event.EventDecoder;

/** A UDP socket: each event is a whole message of its own, of the peer that the event names. No protocol of datagrams is known yet. */
final class Datagrams extends State {

    private int datagrams;

    Datagrams(Connection connection) {
        super(connection);
        connection.ofDatagrams();
    }

    @Override
    void data(EventDecoder event) {
        connection.undecoded(Undecoded.UDP);
        // Positions say nothing here: datagrams have no order, and concurrent calls share a place.
        connection.account(event.direction()).bytes(Fate.DATAGRAM, event.dataLength());
        datagrams++;
        if (datagrams > connection.settings().maxUndecidedTurns()) {
            connection.ignore();
        }
    }

    @Override
    void ended(Ending ending) {
        // It holds nothing.
    }

    @Override
    Fate missing() {
        return Fate.GAP_LOST;
    }
}
