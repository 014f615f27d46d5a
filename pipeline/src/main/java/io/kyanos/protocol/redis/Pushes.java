package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.redis.ReplyMode.Answer;
import org.jspecify.annotations.Nullable;

/**
 * Distinguishes pushes from replies, and the confirmations of subscriptions from both. Gathers the first elements of
 * the current aggregate; keeps how many confirmations are to come. Not thread-safe.
 */
/*
 * In RESP3 pushes have a type of their own. In RESP2 they are arrays: one that looks like a push is one if the client has
 * subscribed, or if nothing is asked.
 *
 * Confirmations: a subscription is answered by one for each channel. The first is its answer, the others are no messages.
 */
// https://redis.io/docs/latest/develop/pubsub/#format-of-pushed-messages
final class Pushes {

    /** What an aggregate turns out to be. */
    enum Role {
        REPLY,
        PUSH,
        /** Of a subscription that has its answer. */
        FURTHER_CONFIRMATION
    }

    private static final int ANY_NUMBER = -1;

    private final RedisConversation conversation;
    private final boolean keepChannel;

    private @Nullable PushKind kind;
    private String channel = "";
    private boolean leavesNone;

    /** The subscription that the current push answers although replies are off. */
    private @Nullable RedisMessage confirmed;

    private @Nullable PushKind lastConfirmed;

    /** Confirmations of {@link #lastConfirmed} that are to come, {@link #ANY_NUMBER} if its subscription named no channel. */
    private int confirmationsLeft;

    Pushes(RedisConversation conversation, boolean keepChannel) {
        this.conversation = conversation;
        this.keepChannel = keepChannel;
    }

    /** Takes the element at {@code index} of what may be a push, in {@code [from, to)}. */
    void element(int index, ByteView view, int from, int to) {
        switch (index) {
            case 0 -> kind = PushKind.TABLE.find(view, from, to);
            case 1 -> channel = kind != null && keepChannel ? view.utf8(from, to) : "";
            case 2 -> leavesNone = to - from == 1 && view.byteAt(from) == '0';
            default -> {}
        }
    }

    /** The current aggregate confirms a subscription, or looks as if it did. */
    boolean isConfirmation() {
        return kind != null && kind.isConfirmation();
    }

    /** Whether an array of version 2 that has begun may still turn out to be a push. */
    boolean isPossible(int elements, boolean isFirstToCome) {
        return isFirstToCome ? elements <= PushKind.MAX_ELEMENTS : kind != null && elements == kind.elements();
    }

    /** What has ended, or was cut: {@code type} and elements of a reply or push. */
    Role role(byte type, int elements) {
        PushKind found = kind;
        if (type == '>') {
            conversation.resp3 = true;
        } else if (found == null || type != '*' || conversation.resp3 || elements != found.elements()) {
            return Role.REPLY;
        }
        if (found == null) {
            return Role.PUSH;
        }
        if (found.isConfirmation()) {
            return confirmation(found, type);
        }
        boolean isPush = type == '>' || conversation.subscribed || conversation.waiting() == 0;
        return isPush ? Role.PUSH : Role.REPLY;
    }

    /** The label of a push. */
    String operation() {
        return kind == null ? PushKind.PUSH : kind.operation();
    }

    String channel() {
        return channel;
    }

    @Nullable
    RedisMessage confirmed() {
        return confirmed;
    }

    /** The reply to an EXEC has ended: confirmations of what it was the last to confirm may follow it. */
    void executed(ExecutionResults results) {
        if (results.endsWithAny()) {
            lastConfirmed = results.confirmed();
            confirmationsLeft = ANY_NUMBER;
        }
    }

    /** The current aggregate has ended. */
    void clear() {
        kind = null;
        channel = "";
        leavesNone = false;
        confirmed = null;
    }

    /** Confirmations may be missing. */
    void lost() {
        confirmationsLeft = 0;
    }

    private Role confirmation(PushKind confirmation, byte type) {
        if (confirmation.isUnsubscription() && leavesNone) {
            conversation.subscribed = false;
        }
        boolean mayBeFurther = confirmation == lastConfirmed && confirmationsLeft != 0;
        if (mayBeFurther && confirmationsLeft > 0) {
            confirmationsLeft--;
            return Role.FURTHER_CONFIRMATION;
        }
        RedisMessage subscription = conversation.unconfirmed(confirmation.name());
        if (subscription != null) {
            lastConfirmed = confirmation;
            confirmationsLeft = subscription.args() == 0 ? ANY_NUMBER : subscription.args() - 1;
            confirmed = subscription.answer() == Answer.PUSH ? subscription : null;
            return Role.REPLY;
        }
        if (!mayBeFurther && (conversation.waiting() == 0 || (type == '*' && !conversation.subscribed))) {
            // Its request was lost, or is yet to be seen to have been; or it is a reply that only looks like one.
            return Role.REPLY;
        }
        return Role.FURTHER_CONFIRMATION;
    }
}
