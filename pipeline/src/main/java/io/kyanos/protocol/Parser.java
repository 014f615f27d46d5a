package io.kyanos.protocol;

/**
 * The parser of one direction: a function of the bytes and the conversation. It looks at no clock, does no I/O, reads
 * nothing outside the view, and never throws because of bad bytes. It keeps the state of the current message, never
 * the bytes themselves (beyond the text that the conversation's detail asks for).
 *
 * <p>The caller owns the stream. It calls {@link #parse} with the contiguous bytes at the current position, moves the
 * position on by {@code result.length()}, then passes over {@code result.passOver()} further bytes whether they were
 * captured or not ({@link #passed} sees those that were), and calls again, until it gets
 * {@link ParseResult.Kind#NEED_MORE}. A message's last byte is the last byte before the position at which
 * {@link ParseResult.Kind#MESSAGE} was returned. Its first byte is where the parser has said that it
 * {@link ParseResult#begins}; of a message framed by one call, it is the first of the view by default. So a parser must
 * call it as soon as a call leaves a message unfinished and consumes some of it; other messages may end before that one
 * does, if each has a key. A message that is dropped, by an invalid result or a loss, simply ends; one with a key of
 * its own must be {@link ParseResult#ends ended}.
 */
public interface Parser {

    /** Looks at the bytes at the current position. The view may be empty only right after a pass-over has ended. */
    void parse(ByteView view, ParseResult result);

    /** Captured bytes of a pass-over, in order; gaps are left out. */
    default void passed(ByteView bytes) {}

    /** The same, with a result that takes their {@link ParseResult#event events} and {@link ParseResult#structure structure}. */
    default void passed(ByteView bytes, ParseResult result) {
        passed(bytes);
    }

    /** So many bytes of a pass-over were not captured; called in order with {@link #passed}. */
    default void missed(long bytes) {}

    /**
     * Reports by {@link ParseResult#structure} what is structure in the view, the beginning of something of which the
     * last {@link #parse} needed more. Changes nothing.
     */
    default void structureSoFar(ByteView view, ParseResult result) {
        // Many protocols know nothing about incomplete messages.
    }

    /**
     * Whether a message that takes part in pairing has begun before the current position and its end has not been seen.
     * Asked after a result that ends no message.
     */
    default boolean isInMessage() {
        return false;
    }

    /**
     * Gives the current message as far as it has come, cut short, as {@link ParseResult.Kind#MESSAGE} of length 0, or
     * {@link ParseResult.Kind#INVALID} if too little of it was seen. The parser stays inside it; the caller leaves out
     * what it gives when the message ends.
     */
    default void soFar(ParseResult result) {
        result.invalid("cut_short");
    }

    /**
     * Bytes at the current position are missing and no pass-over covers them, so framing is lost. Gives the current
     * message, cut short, as {@link ParseResult.Kind#MESSAGE} of length 0 if enough of it was seen to name it, else
     * {@link ParseResult.Kind#INVALID}. Afterwards the parser stands between messages.
     *
     * <p>Or gives {@link ParseResult.Kind#SKIPPED} with {@link ParseResult#UNTIL_NEXT}: the current message has an
     * unknown length. The caller then passes over ({@link #passed}, {@link #missed}) all up to the place that
     * {@link #provenEnd} finds, to the next message of the other direction, to a silence, or to the end, and then calls
     * this again, or {@link #ended}, which gives the message.
     */
    void lost(ParseResult result);

    /**
     * For an open message ({@link ParseResult#UNTIL_NEXT}): the index in the view at which it certainly ends, or -1.
     * Text that looks like another message is no proof, as bodies may hold such text.
     *
     * @param view bytes that follow each other from where the message was last seen, up to the end of a call
     */
    default int provenEnd(ByteView view) {
        return -1;
    }

    /** Reports by {@link ParseResult#structure} what proves that an open message ends at {@code end}. */
    default void structureOfEnd(ByteView view, int end, ParseResult result) {
        // Where nothing proves an end there is nothing to report.
    }

    /**
     * The direction has ended in order at the current position. Gives the current message as
     * {@link ParseResult.Kind#MESSAGE} if the end completes it (a body delimited by closing), else as {@link #lost}
     * does; its length counts the bytes that {@link #parse} has not consumed and that are part of it. Afterwards the
     * parser stands between messages.
     */
    default void ended(ParseResult result) {
        lost(result);
    }

    /**
     * After an invalid result or a loss: the offset, {@code from} or greater, of the next byte at which a message may
     * begin, even one that is only partly there; {@code view.length()} if there is none.
     */
    int resync(ByteView view, int from);
}
