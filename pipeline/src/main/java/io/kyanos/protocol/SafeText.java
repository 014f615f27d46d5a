package io.kyanos.protocol;

import java.util.regex.Pattern;

/** Text from the wire that can be shown on a terminal: what could steer it or mislead its reader is a dot. */
public final class SafeText {

    private static final char SHOWN_INSTEAD = '.';
    private static final Pattern BLANKS = Pattern.compile("[ \t\r\n]+");

    private SafeText() {}

    /** One line: line ends and tabs are dots too. */
    public static String line(String text) {
        return safe(text, false);
    }

    /** One line of words: blanks, tabs and line ends in a row are one blank, and none stands at either end. */
    public static String words(String text) {
        return line(BLANKS.matcher(text).replaceAll(" ")).strip();
    }

    /** Line feeds and tabs stay, carriage returns before line feeds go. */
    public static String lines(String text) {
        return safe(text, true);
    }

    private static String safe(String text, boolean linesStay) {
        int first = 0;
        while (first < text.length() && isPlain(text.charAt(first))) {
            first++;
        }
        if (first == text.length()) {
            return text;
        }
        StringBuilder shown = new StringBuilder(text.length());
        shown.append(text, 0, first);
        for (int i = first; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            if (linesStay && (codePoint == '\n' || codePoint == '\t')) {
                shown.append((char) codePoint);
            } else if (isHarmless(codePoint)) {
                shown.appendCodePoint(codePoint);
            } else if (!linesStay || codePoint != '\r' || i == text.length() || text.charAt(i) != '\n') {
                shown.append(SHOWN_INSTEAD);
            }
        }
        return shown.toString();
    }

    private static boolean isPlain(char c) {
        return c >= ' ' && c < 0x7f;
    }

    private static boolean isHarmless(int codePoint) {
        if (codePoint < 0x7f) {
            return codePoint >= ' ';
        }
        if (codePoint == 0xfffd) {
            return false;
        }
        return switch (Character.getType(codePoint)) {
            // C1 controls, direction marks, private and unknown characters, line and paragraph separators
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
