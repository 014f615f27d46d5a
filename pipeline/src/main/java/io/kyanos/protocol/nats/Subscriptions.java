package io.kyanos.protocol.nats;

import io.kyanos.protocol.ByteView;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;

/**
 * What a connection has subscribed to: shows whether an answer will come by it, and which request a delivery answers that
 * comes under another subject. Holds at most {@link #MOST}; beyond that, or after a loss, {@link #isComplete} is false.
 * Not thread-safe.
 */
final class Subscriptions {

    static final int MOST = 1024;

    /** Longer subjects are not kept. */
    private static final int MAX_SUBJECT_BYTES = 256;

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private final Long2ObjectOpenHashMap<Subscription> bySid = new Long2ObjectOpenHashMap<>(4);
    private boolean complete;

    /** One subject, perhaps with wildcards. */
    private static final class Subscription {

        private final byte[] subject;
        private final long key;
        private long left = Long.MAX_VALUE;

        Subscription(byte[] subject, long key) {
            this.subject = subject;
            this.key = key;
        }
    }

    /** Whether every subscription is here: the connection was seen from its beginning. */
    boolean isComplete() {
        return complete;
    }

    void begin() {
        complete = true;
        bySid.clear();
    }

    void lose() {
        complete = false;
    }

    void add(ByteView view, NatsLine line) {
        int length = line.to(0) - line.from(0);
        if (bySid.size() >= MOST || length > MAX_SUBJECT_BYTES) {
            complete = false;
            return;
        }
        byte[] subject = new byte[length];
        view.copyTo(line.from(0), subject, 0, length);
        long key = hasWildcard(subject) ? 0 : hash(view, line.from(0), line.to(0));
        bySid.put(sid(view, line), new Subscription(subject, key));
    }

    /** Of an UNSUB, which may let so many more messages come first. */
    void remove(ByteView view, NatsLine line) {
        long sid = sid(view, line);
        Subscription subscription = bySid.get(sid);
        long left = line.arguments() > 1 ? line.number(view, 1) : 0;
        if (subscription != null && left > 0) {
            subscription.left = left;
        } else {
            bySid.remove(sid);
        }
    }

    /** A message has come; returns the hash of the subject of its subscription, 0 if that is not known or has wildcards. */
    long delivered(ByteView view, NatsLine line) {
        if (bySid.isEmpty()) {
            return 0;
        }
        long sid = sid(view, line);
        Subscription subscription = bySid.get(sid);
        if (subscription == null) {
            return 0;
        }
        if (--subscription.left == 0) {
            bySid.remove(sid);
        }
        return subscription.key;
    }

    /** Whether something subscribed to takes what is published under the subject {@code [from, to)}. */
    boolean take(ByteView view, int from, int to) {
        for (Subscription subscription : bySid.values()) {
            if (takes(subscription.subject, view, from, to)) {
                return true;
            }
        }
        return false;
    }

    /** Of a subject or the name of a subscription; never 0. */
    static long hash(ByteView view, int from, int to) {
        long hash = FNV_OFFSET;
        for (int i = from; i < to; i++) {
            hash = (hash ^ (view.byteAt(i) & 0xff)) * FNV_PRIME;
        }
        return hash == 0 ? 1 : hash;
    }

    private static long sid(ByteView view, NatsLine line) {
        return hash(view, line.from(line.sid()), line.to(line.sid()));
    }

    private static boolean hasWildcard(byte[] subject) {
        for (byte b : subject) {
            if (b == '*' || b == '>') {
                return true;
            }
        }
        return false;
    }

    /** Token by token: {@code *} stands for one, {@code >} for all that are left. */
    private static boolean takes(byte[] pattern, ByteView view, int from, int to) {
        int p = 0;
        int at = from;
        while (p < pattern.length) {
            if (pattern[p] == '>' && p == pattern.length - 1) {
                return at < to;
            }
            if (pattern[p] == '*' && (p + 1 == pattern.length || pattern[p + 1] == '.')) {
                int start = at;
                while (at < to && view.byteAt(at) != '.') {
                    at++;
                }
                if (at == start) {
                    return false;
                }
                p++;
            } else {
                if (at == to || view.byteAt(at) != pattern[p]) {
                    return false;
                }
                at++;
                p++;
            }
        }
        return at == to;
    }
}
