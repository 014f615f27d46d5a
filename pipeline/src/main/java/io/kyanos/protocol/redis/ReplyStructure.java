package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;

/** Which words of replies are structure: statuses, first words of errors, kinds of pushes. Stateless. */
final class ReplyStructure {

    private ReplyStructure() {}

    /** How many bytes at the beginning of the token's content are structure. */
    static int leading(ByteView view, RespToken token, ReplyLevels levels, Pushes pushes) {
        int from = token.from();
        int to = token.to();
        return switch (token.type()) {
            case '+' -> {
                int kind = pushKind(view, token, levels);
                yield kind > 0 ? kind : levels.depth() == 0 ? RedisGuess.knownStatus(view, from, to) - from : 0;
            }
            case '-' -> Math.max(RedisReplyStatus.knownError(view, from, to), refusal(view, token));
            case '!' -> RedisReplyStatus.knownError(view, from, to);
            case '#' -> to - from;
            case ':' -> isCount(levels, pushes) ? to - from : 0;
            case '$' -> pushKind(view, token, levels);
            default -> 0;
        };
    }

    /** Of a push as of what may be one: its first element tells the kind. */
    private static int pushKind(ByteView view, RespToken token, ReplyLevels levels) {
        boolean isKind =
                levels.isFirst() && token.isWord() && PushKind.TABLE.find(view, token.from(), token.to()) != null;
        return isKind ? token.to() - token.from() : 0;
    }

    /** Of a confirmation: how many subscriptions are left, as without any the connection is an ordinary one again. */
    private static boolean isCount(ReplyLevels levels, Pushes pushes) {
        return levels.depth() == 1 && pushes.isConfirmation();
    }

    /** What a server says before it closes a connection that it does not want. */
    private static int refusal(ByteView view, RespToken token) {
        return RedisGuess.refusal(view, token.start()) - 1;
    }
}
