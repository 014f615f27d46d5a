package io.kyanos.expression;

/** A text is no condition. Its message is one line; {@link #place} shows where. */
public final class ExpressionException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    private static final int SHOWN_BEFORE = 60;
    private static final int SHOWN = 90;
    private static final String CUT = "...";

    private final String text;
    private final int start;
    private final int end;

    /**
     * Of the text from {@code start} to {@code end}, exclusive.
     *
     * @param problem what is wrong and what is expected
     */
    ExpressionException(String text, int start, int end, String problem) {
        super(problem);
        this.text = text;
        this.start = Math.min(start, text.length());
        this.end = Math.max(this.start, Math.min(end, text.length()));
    }

    /** The index of the first character that is wrong; the text's length if its end comes too soon. */
    public int start() {
        return start;
    }

    /** The text, or the part of it around the place, and below it a line that points at the place. */
    public String place() {
        int from = Math.max(0, start - SHOWN_BEFORE);
        int to = Math.min(text.length(), from + SHOWN);
        String before = from > 0 ? CUT : "";
        String shown = text.substring(from, to).replaceAll("\\p{Cntrl}", " ");
        int carets = Math.max(1, Math.min(end, to) - start);
        return before + shown + (to < text.length() ? CUT : "") + "\n" + " ".repeat(before.length() + start - from)
                + "^".repeat(carets);
    }
}
