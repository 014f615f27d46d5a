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

    private final Long2ObjectOpenHashMap<Subscription> bySid = new Long2ObjectOpenHashMap<>(4);
    private boolean complete;

    /** One subject, perhaps with wildcards. */
    private static final class Subscription {

        private final byte[] subject;
        private final long hash;
        private long left = Long.MAX_VALUE;

        Subscription(byte[] subject, long hash) {
            this.subject = subject;
            this.hash = hash;
        }

        /** Token by token: {@code *} stands for one, {@code >} for all that are left. */
        boolean takes(ByteView view, int from, int to) {
            int at = from;
            for (byte b : subject) {
                if (b == '>' && at < to) {
                    return true;
                }
                if (b == '*') {
                    int dot = view.indexOf((byte) '.', at, to);
                    at = dot < 0 ? to : dot;
                } else if (at == to || view.byteAt(at++) != b) {
                    return false;
                }
            }
            return at == to;
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

    /** Of a SUB. */
    void add(ByteView view, NatsLine line) {
        int index = line.index(NatsArgument.SUBJECT);
        byte[] subject = new byte[line.to(index) - line.from(index)];
        if (bySid.size() >= MOST || subject.length > MAX_SUBJECT_BYTES) {
            complete = false;
            return;
        }
        view.copyTo(line.from(index), subject, 0, subject.length);
        boolean isOneSubject = true;
        for (byte b : subject) {
            isOneSubject &= b != '*' && b != '>';
        }
        long hash = isOneSubject ? line.hash(NatsArgument.SUBJECT) : 0;
        bySid.put(line.hash(NatsArgument.SID), new Subscription(subject, hash));
    }

    /** Of an UNSUB, which may let so many more messages come first. */
    void remove(NatsLine line) {
        long sid = line.hash(NatsArgument.SID);
        Subscription subscription = bySid.get(sid);
        int max = line.index(NatsArgument.MAX_MESSAGES);
        long left = max < 0 ? 0 : line.number(max);
        if (subscription != null && left > 0) {
            subscription.left = left;
        } else {
            bySid.remove(sid);
        }
    }

    /** A message has come; returns the hash of the subject of its subscription, 0 if that is not known or has wildcards. */
    long delivered(NatsLine line) {
        long sid = bySid.isEmpty() ? 0 : line.hash(NatsArgument.SID);
        Subscription subscription = bySid.get(sid);
        if (subscription == null) {
            return 0;
        }
        if (--subscription.left == 0) {
            bySid.remove(sid);
        }
        return subscription.hash;
    }

    /** Whether something subscribed to takes what is published under the subject {@code [from, to)}. */
    boolean take(ByteView view, int from, int to) {
        for (Subscription subscription : bySid.values()) {
            if (subscription.takes(view, from, to)) {
                return true;
            }
        }
        return false;
    }
}
