package io.kyanos.actor;

import io.kyanos.connection.Connection;
import java.util.Arrays;
import org.apache.pekko.actor.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * One open connection as the router knows it: its actor, and the events collected for it from the current batch. Belongs to
 * the router's thread.
 */
final class OpenConnection {

    private static final int FEW_EVENTS = 4;
    private static final int MANY_EVENTS = 64;

    private final long generation;
    private final int tgid;
    private final int fd;
    private final long knownAt;
    private @Nullable ActorRef actor;
    private int[] indexes = new int[FEW_EVENTS];
    private int collected;
    private boolean closing;
    private boolean missing;
    private long toldAt;
    private long looksAt;
    private int failures;
    private Connection.Reached reached = Connection.Reached.NOTHING;

    /** A connection of which it is known that it was open at {@code knownAt}, by the kernel's clock. */
    OpenConnection(long generation, int tgid, int fd, long knownAt) {
        this.generation = generation;
        this.tgid = tgid;
        this.fd = fd;
        this.knownAt = knownAt;
    }

    long generation() {
        return generation;
    }

    long knownAt() {
        return knownAt;
    }

    /** Null after a failure, until the next event. */
    @Nullable
    ActorRef actor() {
        return actor;
    }

    /** The name of its next actor. Pekko keeps names in order: those of many connections of a process should differ early. */
    String actorName() {
        return generation + "-" + tgid + "-" + fd + "-" + failures;
    }

    void begins(ActorRef newActor) {
        actor = newActor;
    }

    /** Adds an event of the batch; true if it is the first one. */
    boolean collect(int index) {
        if (collected == indexes.length) {
            indexes = Arrays.copyOf(indexes, collected * 2);
        }
        indexes[collected++] = index;
        return collected == 1;
    }

    /** Where the events stand in the batch; from then on there are none. */
    int[] takeIndexes() {
        int[] taken = Arrays.copyOf(indexes, collected);
        collected = 0;
        if (indexes.length > MANY_EVENTS) {
            indexes = new int[FEW_EVENTS];
        }
        return taken;
    }

    /** Its close event is among those that were collected. */
    void closes() {
        closing = true;
    }

    boolean isClosing() {
        return closing;
    }

    /** Whether the kernel side did not have it at the last comparison. */
    boolean isMissing() {
        return missing;
    }

    void missing(boolean isMissing) {
        missing = isMissing;
    }

    /** When its actor was last told events, by the events' clock. */
    long toldAt() {
        return toldAt;
    }

    void toldAt(long moment) {
        toldAt = moment;
    }

    /** When its actor looks next for what has waited too long. */
    long looksAt() {
        return looksAt;
    }

    void looksAt(long moment) {
        looksAt = moment;
    }

    /** Counts a failure of its actor, which had come so far and is no more. */
    void failed(Connection.Reached soFar) {
        failures++;
        reached = soFar;
        actor = null;
    }

    int failures() {
        return failures;
    }

    /** How far the actors before have come. */
    Connection.Reached reached() {
        return reached;
    }
}
