package io.kyanos.sink;

/** Text that cannot move a terminal's cursor, change its colours or its reading direction, and is valid Unicode. */
final class PlainText {

    private static final char REPLACEMENT = '.';

    private PlainText() {}

    /** {@code text} with every control, format and separator character and every half surrogate replaced by a dot. */
    static String of(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isPlain(text, i)) {
                return replaced(text, i);
            }
        }
        return text;
    }

    private static String replaced(String text, int firstBad) {
        StringBuilder plain = new StringBuilder(text);
        for (int i = firstBad; i < text.length(); i++) {
            if (!isPlain(text, i)) {
                plain.setCharAt(i, REPLACEMENT);
            }
        }
        return plain.toString();
    }

    private static boolean isPlain(String text, int index) {
        char c = text.charAt(index);
        if (c >= ' ' && c < 0x7f) {
            return true;
        }
        if (Character.isSurrogate(c)) {
            return hasOtherHalf(text, index);
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }

    /* Characters beyond the basic plane that are format characters (tags) do not move cursors: they stay. */
    private static boolean hasOtherHalf(String text, int index) {
        char c = text.charAt(index);
        return Character.isHighSurrogate(c)
                ? index + 1 < text.length() && Character.isLowSurrogate(text.charAt(index + 1))
                : index > 0 && Character.isHighSurrogate(text.charAt(index - 1));
    }
}
