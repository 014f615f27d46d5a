package io.kyanos.protocol.redis;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which requests the server answers, as CLIENT REPLY has set it: a state of the server that follows from the requests
 * in their order. Not thread-safe.
 */
/*
 * As Redis 7.0 to 8.2 do it: while replies are OFF, SKIP changes nothing; ON ends both; SKIP holds for the next request
 * alone, whatever becomes of that; RESET turns replies on, but is silent itself after SKIP. Confirmations of subscriptions are pushes, which nothing
 * silences. In a transaction CLIENT REPLY is queued like any command and acts when EXEC comes to it: what is silent then
 * leaves no element in EXEC's reply, though that announces all, and ON lets elements follow of an EXEC whose own line was
 * silent.
 */
// https://redis.io/docs/latest/commands/client-reply/
final class ReplyMode {

    /** What a request asks of the mode. */
    enum Setting {
        /** It does not, or not in a way that the server takes. */
        NONE,
        ON,
        OFF,
        SKIP
    }

    /** How a request is answered. */
    enum Answer {
        REPLY,
        /** By pushes alone, and not at all if it fails. */
        PUSH,
        NONE
    }

    /** Queued commands of one transaction that are not answered by one element each. */
    private static final int MAX_UNUSUAL = 256;

    /** @param pushes confirmations that answer it; {@link Execution#ANY} if it names no channel, 0 if it is no subscription */
    private record Unusual(int position, Setting setting, int pushes) {}

    private final List<Unusual> unusual = new ArrayList<>(0);
    private boolean off;

    /** The next request is not answered. */
    private boolean skip;

    private int queued;

    /** Whether all commands of the current transaction have been seen. */
    private boolean transactionKnown;

    private @Nullable Execution execution;

    /**
     * Takes the next request.
     *
     * @param setting what it asks of the mode
     * @param pushes as of a queued command
     * @param inTransaction whether it is queued unless it ends the transaction
     */
    Answer request(RedisCommand command, Setting setting, int pushes, boolean inTransaction) {
        boolean skipped = skip;
        boolean silent = off || skipped;
        skip = false;
        execution = null;
        switch (command.special()) {
            case RESET -> {
                off = false;
                transactionKnown = false;
                return answer(skipped);
            }
            case EXEC -> {
                return inTransaction ? execute(silent) : answer(silent);
            }
            case MULTI -> {
                if (!inTransaction) {
                    unusual.clear();
                    queued = 0;
                    transactionKnown = true;
                }
                return answer(silent);
            }
            case DISCARD -> {
                transactionKnown = false;
                return answer(silent);
            }
            case QUIT, WATCH -> {
                return answer(silent);
            }
            default -> {}
        }
        if (inTransaction) {
            queue(setting, pushes);
            return answer(silent);
        }
        switch (setting) {
            case NONE -> {}
            case ON -> off = false;
            case OFF -> off = true;
            case SKIP -> skip = !off;
        }
        if (setting != Setting.NONE) {
            return answer(setting != Setting.ON);
        }
        return silent && pushes != 0 ? Answer.PUSH : answer(silent);
    }

    /** Of an EXEC just taken: what its reply is made of, null if of one element for each command. */
    @Nullable
    Execution execution() {
        return execution;
    }

    /** A reply has come that no request waited for: replies are on. */
    void repliesSeen() {
        off = false;
    }

    /** The transaction was not executed; no request has come since its EXEC. */
    void undo(Execution failed) {
        off = failed.wasOff();
        skip = false;
    }

    /** Bytes that are no request; what came before them still holds. */
    void requestBroken() {
        skip = false;
        transactionKnown = false;
    }

    /** What was lost may have switched replies on again, or ended a transaction. */
    void requestsLost() {
        requestBroken();
        off = false;
    }

    private static Answer answer(boolean silent) {
        return silent ? Answer.NONE : Answer.REPLY;
    }

    private void queue(Setting setting, int pushes) {
        if (setting != Setting.NONE || pushes != 0) {
            transactionKnown &= unusual.size() < MAX_UNUSUAL;
            if (transactionKnown) {
                unusual.add(new Unusual(queued, setting, pushes));
            }
        }
        queued++;
    }

    private Answer execute(boolean silent) {
        boolean known = transactionKnown && !unusual.isEmpty() && queued <= RedisMatcher.MAX_QUEUED;
        transactionKnown = false;
        if (!known) {
            return answer(silent);
        }
        boolean wasOff = off;
        boolean isSilent = silent;
        int[] shares = new int[queued];
        int next = 0;
        for (int i = 0; i < queued; i++) {
            Unusual command = next < unusual.size() && unusual.get(next).position() == i ? unusual.get(next++) : null;
            if (command == null) {
                shares[i] = isSilent ? 0 : 1;
                continue;
            }
            switch (command.setting()) {
                case NONE -> shares[i] = command.pushes();
                case ON -> {
                    off = false;
                    isSilent = false;
                    shares[i] = 1;
                }
                case OFF -> {
                    off = true;
                    isSilent = true;
                }
                case SKIP -> skip |= !off;
            }
        }
        unusual.clear();
        Execution of = new Execution(silent, shares, wasOff, skip || off != wasOff);
        if (silent && of.wireElements() == 0) {
            return Answer.NONE;
        }
        execution = of;
        return Answer.REPLY;
    }
}
