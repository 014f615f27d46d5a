package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;

/** Finds where a reply may begin after framing was lost. Not thread-safe. */
/*
 * Elements of an aggregate look like replies. So if one of the requests that wait may be answered by an aggregate, or
 * if pushes and attributes may come, nothing is taken for a reply until a further request shows that a new turn has
 * begun, and then only what that begins with.
 */
final class ReplyResync {

    private enum Place {
        /** After any line. */
        ANYWHERE,
        /** At the beginning of a turn, which is here. */
        TURN,
        /** At the beginning of a turn, once a further request has been seen. */
        NEXT_TURN
    }

    private final RedisConversation conversation;
    private final LineEnd lineEnd = new LineEnd();
    private Place place = Place.NEXT_TURN;

    /** {@link RedisConversation#requestCount} at the loss. */
    private long requestsAtLoss;

    ReplyResync(RedisConversation conversation) {
        this.conversation = conversation;
    }

    /** A reply has been found, or it is of no use to look on in this turn. */
    void turnGoesOn() {
        if (place == Place.TURN) {
            place = Place.ANYWHERE;
        }
    }

    /** Bytes that are no reply have come; the first of them is passed over. */
    void broken(ByteView view) {
        lineEnd.moveTo(view, 1);
        distrust();
    }

    /** Bytes are missing. */
    void lost() {
        lineEnd.forget();
        distrust();
    }

    /** The next place at which a reply may begin, the end of the view if there is none. */
    int find(ByteView view, int from) {
        if (place == Place.NEXT_TURN && conversation.requestCount != requestsAtLoss) {
            place = Place.TURN;
        }
        if (place == Place.TURN && from < view.length()) {
            if (RedisGuess.replyStart(view, from) != RespLine.BAD) {
                return from;
            }
            distrust();
        }
        for (int at = from; at < view.length() && place == Place.ANYWHERE; at++) {
            boolean mayBegin =
                    lineEnd.isUnknownBefore(at) ? RedisGuess.isUnlikelyInText(view, at) : lineEnd.isBefore(view, at);
            if (mayBegin && RedisGuess.replyStart(view, at) != RespLine.BAD) {
                lineEnd.moveTo(view, at);
                return at;
            }
        }
        return findNothing(view);
    }

    /** Nothing in the view is a reply, whatever it looks like. */
    int findNothing(ByteView view) {
        lineEnd.moveTo(view, view.length());
        return view.length();
    }

    private void distrust() {
        boolean isNestedPossible = conversation.nestedReplyPossible || conversation.resp3 || conversation.subscribed;
        place = isNestedPossible ? Place.NEXT_TURN : Place.ANYWHERE;
        requestsAtLoss = conversation.requestCount;
    }
}
