package io.kyanos.protocol.postgresql;

/** Text from the wire as it can be shown on one line: blanks in a row are one, what could steer a terminal is a dot. */
final class ShownText {

    private ShownText() {}

    static String line(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        boolean blankBefore = true;
        for (int i = 0; i < text.length(); ) {
            int codePoint = text.codePointAt(i);
            i += Character.charCount(codePoint);
            boolean isBlank = codePoint == ' ' || codePoint == '\n' || codePoint == '\t' || codePoint == '\r';
            if (!isBlank) {
                shown.appendCodePoint(isHarmless(codePoint) ? codePoint : '.');
            } else if (!blankBefore) {
                shown.append(' ');
            }
            blankBefore = isBlank;
        }
        return shown.toString().stripTrailing();
    }

    static String cut(String text, int max) {
        return text.length() > max ? text.substring(0, max) : text;
    }

    private static boolean isHarmless(int codePoint) {
        if (codePoint < 0x7f) {
            return codePoint >= ' ';
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> codePoint != 0xfffd;
        };
    }
}
