package io.kyanos.protocol.redis;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;

/**
 * What is structure of a token that begins with the view and ends beyond it: its header, its word if it is known, the first
 * byte of its tail. A word that may go on is content. Stateless.
 */
final class TokenSoFar {

    /** Says whether a word is structure. */
    interface Words {
        boolean isKnown(ByteView view, int from, int to);
    }

    private TokenSoFar() {}

    /** Reports what is structure of a string; {@code words} is asked once its content is in view. */
    static void string(ByteView view, Words words, ParseResult result) {
        RespLine line = new RespLine();
        int data = line.read(view, 1);
        if (data < 0) {
            result.structure(0, isHeader(view, data) ? view.length() : 0);
            return;
        }
        int last = view.length() - 1;
        int end = (int) Math.min(view.length(), data + line.value());
        boolean isWhole = end - data == line.value();
        int known = view.byteAt(0) == '!' ? error(view, data, end) : data;
        result.structure(0, isWhole && words.isKnown(view, data, end) ? end : known);
        if (end == last && view.byteAt(last) == '\r') {
            result.structure(last, last + 1);
        }
    }

    /** Reports what is structure of a token within {@code levels} of a reply. */
    static void reply(ByteView view, ReplyLevels levels, ParseResult result) {
        switch (view.byteAt(0)) {
            case '$' ->
                string(view, (of, from, to) -> levels.isFirst() && PushKind.TABLE.find(of, from, to) != null, result);
            case '!', '=' -> string(view, (of, from, to) -> false, result);
            case '-' -> line(view, error(view, 1, textEnd(view)), result);
            case '+' -> line(view, levels.depth() == 0 ? status(view, textEnd(view)) : 1, result);
            case '#' -> line(view, view.length() > 1 && "tf".indexOf(view.byteAt(1)) >= 0 ? 2 : 1, result);
            case ':', ',', '(', '_' -> line(view, 1, result);
            default -> result.structure(0, view.length());
        }
    }

    private static boolean isHeader(ByteView view, int read) {
        return read == RespLine.CUT || (view.length() > 1 && view.byteAt(1) == '?');
    }

    /** Reports the beginning of a line, and the first byte of its end. */
    private static void line(ByteView view, int known, ParseResult result) {
        result.structure(0, known);
        result.structure(Math.max(known, textEnd(view)), view.length());
    }

    /** The end of the line's text, as far as it is in view. */
    private static int textEnd(ByteView view) {
        int last = view.length() - 1;
        return view.byteAt(last) == '\r' ? last : view.length();
    }

    /** The index after the first word of an error if it is known, else {@code from}. */
    private static int error(ByteView view, int from, int to) {
        int end = from + RedisReplyStatus.knownError(view, from, to);
        return hasEnded(view, end, to) ? end : from;
    }

    private static int status(ByteView view, int to) {
        int end = RedisGuess.knownStatus(view, 1, to);
        return hasEnded(view, end, to) ? end : 1;
    }

    /** Whether the word before {@code end} does not go on: a blank, or the end of the line, follows it. */
    private static boolean hasEnded(ByteView view, int end, int to) {
        return to < view.length() || !RedisGuess.isCommandByte(view.byteAt(end - 1));
    }
}
