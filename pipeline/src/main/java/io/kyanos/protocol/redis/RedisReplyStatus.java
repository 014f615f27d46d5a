package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Descriptor;
import io.kyanos.record.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * The closed set of reply statuses: {@code OK}, {@code nil}, the first word of an error, and what becomes of a queued
 * command. An error that begins with a word outside the set is {@code ERR}.
 *
 * <p>{@code MOVED} and {@code ASK} have the outcome OK: the node has told the client, correctly, where the key lives.
 *
 * @param timed whether the time until such a reply says how fast the command was served
 */
record RedisReplyStatus(String name, Outcome outcome, boolean timed) {

    static final RedisReplyStatus OK = new RedisReplyStatus("OK", Outcome.OK, true);
    static final RedisReplyStatus NIL = new RedisReplyStatus("nil", Outcome.OK, true);

    /** A command of a transaction that is not executed yet. */
    static final RedisReplyStatus QUEUED = new RedisReplyStatus("QUEUED", Outcome.OK, false);

    /** A command that was queued and will never be executed, as the client or a watched key wanted. */
    static final RedisReplyStatus DISCARDED = new RedisReplyStatus("DISCARDED", Outcome.CLIENT_ERROR, false);

    /** Of a command that was executed while replies were off: no status of a record. */
    static final RedisReplyStatus SILENT = new RedisReplyStatus("", Outcome.OK, false);

    private static final RedisReplyStatus ERR = error("ERR");

    private static final WordTable<RedisReplyStatus> ERRORS = new WordTable<>(
            List.of(
                    ERR,
                    new RedisReplyStatus("MOVED", Outcome.OK, true),
                    new RedisReplyStatus("ASK", Outcome.OK, true),
                    error("BADAUTH"),
                    error("BUSY"),
                    error("BUSYGROUP"),
                    error("BUSYKEY"),
                    error("CLUSTERDOWN"),
                    error("CROSSSLOT"),
                    error("DENIED"),
                    error("EXECABORT"),
                    error("FAILOVER"),
                    error("INPROG"),
                    error("INVALIDOBJ"),
                    error("IOERR"),
                    error("LOADING"),
                    error("MASTERDOWN"),
                    error("MISCONF"),
                    error("NOADDR"),
                    error("NOAUTH"),
                    error("NOGOODSLAVE"),
                    error("NOGROUP"),
                    error("NOMASTERLINK"),
                    error("NOPERM"),
                    error("NOPROTO"),
                    error("NOQUORUM"),
                    error("NOREPLICAS"),
                    error("NOSCRIPT"),
                    error("NOTBUSY"),
                    error("NOTREADY"),
                    error("NOTICE"),
                    error("OOM"),
                    error("READONLY"),
                    error("REDIRECT"),
                    error("SYNTAX"),
                    error("TRYAGAIN"),
                    error("UNBLOCKED"),
                    error("UNKILLABLE"),
                    error("UNSTABLE"),
                    error("WRONGPASS"),
                    error("WRONGTYPE")),
            RedisReplyStatus::name);

    private static final int LONGEST = 16;

    /** The status of an error whose text is {@code [from, to)}. */
    static RedisReplyStatus ofError(ByteView view, int from, int to) {
        RedisReplyStatus found = ERRORS.find(view, from, firstWord(view, from, to));
        return found == null ? ERR : found;
    }

    /** How many bytes of an error are its first word, with the blank after it; 0 if that is not in the set. */
    static int knownError(ByteView view, int from, int to) {
        int end = firstWord(view, from, to);
        return ERRORS.find(view, from, end) == null ? 0 : Math.min(to, end + 1) - from;
    }

    /** The end of the first word, {@code from} if it is none that an error may begin with. */
    private static int firstWord(ByteView view, int from, int to) {
        int end = from;
        while (end < to && end - from < LONGEST && isUpper(view.byteAt(end))) {
            end++;
        }
        return end < to && view.byteAt(end) != ' ' ? from : end;
    }

    /** What each of them means. */
    static List<Descriptor.Status> described() {
        List<String> errors = all().stream()
                .filter(status -> status.outcome() == Outcome.ERROR)
                .map(RedisReplyStatus::name)
                .sorted()
                .toList();
        return List.of(
                new Descriptor.Status("OK, nil", Outcome.OK, "Any other reply, and the null of either version."),
                new Descriptor.Status(
                        "MOVED, ASK",
                        Outcome.OK,
                        "The node has told the client, correctly, where the key lives. The client asks again elsewhere:"
                                + " that is a record of its own."),
                new Descriptor.Status(
                        QUEUED.name(),
                        QUEUED.outcome(),
                        "A command of a transaction of more than " + RedisMatcher.MAX_QUEUED
                                + " commands, all of whose others wait for `EXEC`."),
                new Descriptor.Status(
                        DISCARDED.name(),
                        DISCARDED.outcome(),
                        "A command that was queued and will never be executed: `DISCARD`, `RESET`, the end of the"
                                + " connection, a watched key."),
                new Descriptor.Status(
                        String.join(", ", errors),
                        Outcome.ERROR,
                        "The first word of the error. An error that begins with another word, as scripts make them up, is"
                                + " `ERR`."));
    }

    /** Every status that there is. */
    static List<RedisReplyStatus> all() {
        List<RedisReplyStatus> all = new ArrayList<>(List.of(OK, NIL, QUEUED, DISCARDED));
        all.addAll(ERRORS.entries());
        return all;
    }

    /** The same of a command that was queued before: the time says nothing. */
    RedisReplyStatus afterQueueing() {
        return new RedisReplyStatus(name, outcome, false);
    }

    boolean isError() {
        return outcome != Outcome.OK;
    }

    private static boolean isUpper(byte b) {
        return b >= 'A' && b <= 'Z';
    }

    private static RedisReplyStatus error(String name) {
        return new RedisReplyStatus(name, Outcome.ERROR, true);
    }
}
