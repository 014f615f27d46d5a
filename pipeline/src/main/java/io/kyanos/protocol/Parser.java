package io.kyanos.protocol;

/**
 * The parser of one direction: a function of the bytes and the conversation. It looks at no clock, does no I/O, reads
 * nothing outside of the view, and never throws because of bad bytes. It keeps the state of the message in hand, never
 * the bytes themselves (beyond the text that the conversation's detail asks for).
 *
 * <p>The caller owns the stream. It calls {@link #parse} with the contiguous bytes at the current position, moves the
 * position on by {@code result.length()}, then passes over {@code result.passOver()} further bytes whether they were
 * captured or not ({@link #passed} sees those that were), and calls again, until it gets
 * {@link ParseResult.Kind#NEED_MORE}. A message's last byte is the last byte before the position at which
 * {@link ParseResult.Kind#MESSAGE} was returned. Its first byte is where the parser has said that it {@link
 * ParseResult#begins}; of a message that one call frames, if nothing is said, the first of the view. So every parser says it
 * of a message as soon as a call leaves it unfinished and consumes some of it; other messages may end before that one does, if
 * each has a key. A message that is dropped, by an invalid result or a loss, is over without a word; one with a key of its own is
 * {@link ParseResult#ends said to be}.
 */
public interface Parser {

    /** Looks at the bytes at the current position. The view may be empty only right after a pass-over has ended. */
    void parse(ByteView view, ParseResult result);

    /** Captured bytes of a pass-over, in order; gaps are left out. */
    default void passed(ByteView bytes) {}

    /** So many bytes of a pass-over were not captured; told in order with {@link #passed}. */
    default void missed(long bytes) {}

    /**
     * Tells by {@link ParseResult#structure} what is structure in the view, which holds the beginning of something that the
     * last {@link #parse} asked more of. Changes nothing.
     */
    default void structureSoFar(ByteView view, ParseResult result) {
        // Of what is not whole many protocols know nothing.
    }

    /**
     * Whether a message that takes part in pairing has begun before the current position and its end has not been seen.
     * Asked after a result that ends no message.
     */
    default boolean isInMessage() {
        return false;
    }

    /**
     * Gives the message in hand as far as it has come, cut short, as {@link ParseResult.Kind#MESSAGE} of length 0, or
     * {@link ParseResult.Kind#INVALID} if too little of it was seen. The parser stays inside of it; the caller leaves out
     * what it gives when the message ends.
     */
    default void soFar(ParseResult result) {
        result.invalid("cut_short");
    }

    /**
     * Bytes at the current position are missing and no pass-over covers them, so framing is lost. Gives the message in
     * hand, cut short, as {@link ParseResult.Kind#MESSAGE} of length 0 if enough of it was seen to name it, else
     * {@link ParseResult.Kind#INVALID}. Afterwards the parser stands between messages.
     *
     * <p>Or gives {@link ParseResult.Kind#SKIPPED} with {@link ParseResult#UNTIL_NEXT}: the message in hand goes on for
     * nobody knows how long. The caller then passes over ({@link #passed}, {@link #missed}) all up to the place that
     * {@link #provenEnd} finds, to the next message of the other direction, to a silence, or to the end, and there calls
     * this again, or {@link #ended}, which gives the message.
     */
    void lost(ParseResult result);

    /**
     * Of an open message ({@link ParseResult#UNTIL_NEXT}): the index in the view at which it ends for certain, or -1. Text
     * that looks like another message is no proof, as bodies hold such text.
     *
     * @param view bytes that follow each other from where the message was last seen, up to the end of a call
     */
    default int provenEnd(ByteView view) {
        return -1;
    }

    /** Tells by {@link ParseResult#structure} what has proven that an open message ends at {@code end}. */
    default void structureOfEnd(ByteView view, int end, ParseResult result) {
        // Where nothing proves an end there is nothing to tell.
    }

    /**
     * The direction has ended in order at the current position. Gives the message in hand as
     * {@link ParseResult.Kind#MESSAGE} if the end completes it (a body delimited by closing), else as {@link #lost} does;
     * its length is that of bytes which {@link #parse} has left where they were and that are part of it. Afterwards the parser stands between messages.
     */
    void ended(ParseResult result);

    /**
     * After an invalid result or a loss: the offset, {@code from} or greater, of the next byte at which a message may
     * begin, even one that is only partly there; {@code view.length()} if there is none.
     */
    int resync(ByteView view, int from);
}
