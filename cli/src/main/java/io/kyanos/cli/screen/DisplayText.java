package io.kyanos.cli.screen;

import io.kyanos.sink.PlainText;
import org.jline.utils.WCWidth;

/** Text as a terminal shows it: how many columns it takes, and what fits into so many. */
final class DisplayText {

    static final String ELLIPSIS = "\u2026";

    private static final int EMOJI_SELECTOR = 0xfe0f;

    private DisplayText() {}

    /** Columns that plain text takes, or a few more where terminals do not agree. */
    static int width(String text) {
        int width = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            width += width(text.codePointAt(i));
        }
        return width;
    }

    /** The beginning of a text that fits, with an ellipsis where something is cut off. */
    static String fit(String text, int columns) {
        if (width(text) <= columns) {
            return text;
        }
        int left = columns - 1;
        int end = 0;
        while (end < text.length() && width(text.codePointAt(end)) <= left) {
            left -= width(text.codePointAt(end));
            end += Character.charCount(text.codePointAt(end));
        }
        return columns < 1 ? "" : text.substring(0, end) + ELLIPSIS;
    }

    /** The end of a text that fits, with an ellipsis where something is cut off. */
    static String fitEnd(String text, int columns) {
        if (width(text) <= columns) {
            return text;
        }
        int left = columns - 1;
        int begin = text.length();
        while (begin > 0 && width(text.codePointBefore(begin)) <= left) {
            left -= width(text.codePointBefore(begin));
            begin -= Character.charCount(text.codePointBefore(begin));
        }
        // what combines with a character that is cut off would combine with the ellipsis
        while (begin < text.length() && width(text.codePointAt(begin)) == 0) {
            begin += Character.charCount(text.codePointAt(begin));
        }
        return columns < 1 ? "" : ELLIPSIS + text.substring(begin);
    }

    /** What cannot control a terminal of it. */
    static String plain(String text) {
        return PlainText.of(text);
    }

    /* The selector makes some terminals show the character before it in two columns. */
    private static int width(int codePoint) {
        return codePoint == EMOJI_SELECTOR ? 1 : Math.max(0, WCWidth.wcwidth(codePoint));
    }
}
