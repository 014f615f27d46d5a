package io.kyanos.connection;

import io.kyanos.event.EventDecoder;
import io.kyanos.record.Unanswered;

/**
 * What a connection is at the moment, and so what becomes of its events. A state holds what only it needs, and goes with
 * it; what all share is the {@link Connection}'s. A transition is a call of {@link Connection#become} out of the state that
 * ends, which has given back by then what it held.
 */
abstract sealed class State permits Undecided, Conversing, Datagrams, Ignored, Ended {

    final Connection connection;

    State(Connection connection) {
        this.connection = connection;
    }

    /** Takes a data event. */
    abstract void data(EventDecoder event);

    /** It has become known how the connection began, or better known. */
    void opened(Opening opening) {}

    /** See {@link Connection#waiting}. */
    int waiting() {
        return 0;
    }

    /** See {@link Connection#reportStructureSoFar}. */
    void reportStructureSoFar() {}

    /** Gives up what has waited since before {@code deadline}, in monotonic nanoseconds. */
    void timeOut(long deadline) {}

    /** The connection ends here: gives out or back whatever the state holds. */
    abstract void ended(Ending ending);

    /** The fate of bytes that no event brings. */
    abstract Fate missing();

    /** After a bug has thrown out of the connection: gives back memory, and accounts for what it was of. */
    void breakOff() {}

    /** The last of a state that was broken off: what waits becomes unanswered. May throw, of the same bug. */
    void endMatching(Unanswered reason) {}
}
