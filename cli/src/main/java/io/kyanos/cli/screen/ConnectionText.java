package io.kyanos.cli.screen;

import static io.kyanos.cli.screen.DisplayText.plain;

import io.kyanos.record.ConnectionDescription;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Side;
import java.util.List;

/**
 * The two ends of a connection, as far as there is room: this end, an arrow in the direction of the request, the other end.
 */
final class ConnectionText {

    private ConnectionText() {}

    /** Both ends. Of a unix socket, whose ends share one path, the path is shown at the end that has it. */
    static String whole(ConnectionDescription connection) {
        return plain(connection.local().toString()) + " " + arrow(connection) + " " + other(connection);
    }

    /**
     * The first of these that fits: both ends; without what the kernel chose, which is the client's port; without this
     * end's address. Else the last, cut.
     */
    static String fit(ConnectionDescription connection, int columns) {
        List<String> forms = List.of(whole(connection), withoutChosen(connection));
        for (String form : forms) {
            if (DisplayText.width(form) <= columns) {
                return form;
            }
        }
        return shortest(connection, columns);
    }

    private static String withoutChosen(ConnectionDescription connection) {
        return connection.side() == Side.SERVER
                ? plain(connection.local().toString()) + " " + arrow(connection) + otherWithoutPort(connection)
                : arrow(connection) + " " + other(connection);
    }

    private static String shortest(ConnectionDescription connection, int columns) {
        Endpoint local = connection.local();
        String arrow = arrow(connection);
        if (connection.side() != Side.SERVER) {
            return arrow + " " + cut(connection, other(connection), columns - arrow.length() - 1);
        }
        if (local.isUnix()) {
            return DisplayText.fitEnd(plain(local.toString()), columns - arrow.length() - 1) + " " + arrow;
        }
        String here = ":" + local.port() + " " + arrow + " ";
        return here + cut(connection, otherWithoutPort(connection).strip(), columns - here.length());
    }

    /* What tells paths and addresses apart is at their end, with names it is at the beginning. */
    private static String cut(ConnectionDescription connection, String end, int columns) {
        return connection.peerName().isEmpty() ? DisplayText.fitEnd(end, columns) : DisplayText.fit(end, columns);
    }

    private static String arrow(ConnectionDescription connection) {
        return switch (connection.side()) {
            case SERVER -> "<=";
            case CLIENT -> "=>";
            case UNKNOWN -> "--";
        };
    }

    private static String other(ConnectionDescription connection) {
        return plain(connection.peerName().isEmpty() ? connection.remote().toString() : connection.peerName());
    }

    /** With a blank before it, or nothing for the nameless end of a unix socket. */
    private static String otherWithoutPort(ConnectionDescription connection) {
        if (!connection.peerName().isEmpty()) {
            return " " + plain(connection.peerName());
        }
        String address = plain(connection.remote().address());
        return address.isEmpty() ? "" : " " + address;
    }
}
