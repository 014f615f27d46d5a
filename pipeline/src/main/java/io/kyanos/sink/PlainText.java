package io.kyanos.sink;

/** Text that cannot move a terminal's cursor, change its colours or its reading direction, and is valid Unicode. */
public final class PlainText {

    private static final char REPLACEMENT = '.';

    private PlainText() {}

    /** {@code text} with every control, format and separator character and every half surrogate replaced by a dot. */
    public static String of(String text) {
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
        boolean isSecondHalf =
                Character.isLowSurrogate(c) && index > 0 && Character.isHighSurrogate(text.charAt(index - 1));
        return switch (Character.getType(text.codePointAt(isSecondHalf ? index - 1 : index))) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
