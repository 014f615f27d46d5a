package io.kyanos.sink;

/** Text that UTF-8 can say. */
final class JsonText {

    private JsonText() {}

    /** The text itself, or with a sign of replacement for each half of a character: what was cut may end in one, which the generator refuses. */
    static String wellFormed(String text) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < length && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else {
                return wellFormed(text.substring(0, i) + '\ufffd' + text.substring(i + 1));
            }
        }
        return text;
    }
}
