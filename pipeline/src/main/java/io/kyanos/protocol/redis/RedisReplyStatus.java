package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.record.Outcome;
import java.util.List;

/**
 * The closed set of reply statuses: {@code OK}, {@code nil}, and the first word of an error. An error that begins with a
 * word outside of the set is {@code ERR}.
 *
 * <p>{@code MOVED} and {@code ASK} have the outcome OK: the node has told the client, correctly, where the key lives.
 */
record RedisReplyStatus(String name, Outcome outcome) {

    static final RedisReplyStatus OK = new RedisReplyStatus("OK", Outcome.OK);
    static final RedisReplyStatus NIL = new RedisReplyStatus("nil", Outcome.OK);

    private static final RedisReplyStatus ERR = new RedisReplyStatus("ERR", Outcome.ERROR);

    private static final WordTable<RedisReplyStatus> ERRORS = new WordTable<>(
            List.of(
                    ERR,
                    new RedisReplyStatus("MOVED", Outcome.OK),
                    new RedisReplyStatus("ASK", Outcome.OK),
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
        int end = from;
        while (end < to && end - from < LONGEST && isUpper(view.byteAt(end))) {
            end++;
        }
        if (end < to && view.byteAt(end) != ' ') {
            return ERR;
        }
        RedisReplyStatus found = ERRORS.find(view, from, end);
        return found == null ? ERR : found;
    }

    private static boolean isUpper(byte b) {
        return b >= 'A' && b <= 'Z';
    }

    private static RedisReplyStatus error(String name) {
        return new RedisReplyStatus(name, Outcome.ERROR);
    }
}
