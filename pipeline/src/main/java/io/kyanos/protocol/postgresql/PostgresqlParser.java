package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;

/** Reads one direction frame by frame. What messages they make is for {@link Messages} to say. Not thread-safe. */
final class PostgresqlParser implements Parser {

    /** What the frames of one direction make. */
    interface Messages {

        /** Reads what has not the form of a frame at the beginning of the view; false if nothing such is due. */
        boolean unframed(ByteView view, ParseResult result);

        /** Takes a frame; whether a message ends with it. */
        boolean frame(Frame frame);

        /** Tells what is structure of the beginning of a frame. Changes nothing that lasts. */
        void tellSoFar(Frame frame);

        /** Gives the message that has ended {@code length} bytes into the view. */
        void give(int length, ParseResult result);

        boolean isInMessage();

        /** Drops what is in hand: what comes may be anything. */
        void forget(ParseResult result);

        /** Whether a message may begin at {@code at}, as far as the view goes. */
        boolean mayBegin(ByteView view, int at);
    }

    private final PostgresqlConversation conversation;
    private final FrameTypes types;
    private final Messages messages;
    private final Frame frame = new Frame();

    /** A message is whole once the rest of its last frame has been passed over. */
    private boolean isWhole;

    PostgresqlParser(PostgresqlConversation conversation, FrameTypes types, Messages messages) {
        this.conversation = conversation;
        this.types = types;
        this.messages = messages;
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        if (!conversation.upgradedTo.isEmpty()) {
            result.upgraded(null, 0, conversation.upgradedTo);
        } else if (isWhole) {
            give(0, result);
        } else if (view.isEmpty() || !messages.unframed(view, result)) {
            frames(view, result);
        }
    }

    private void frames(ByteView view, ParseResult result) {
        int at = 0;
        while (at < view.length()) {
            String invalid = types.invalid(view, at);
            if (!invalid.isEmpty() && at == 0) {
                lost(invalid, result);
                return;
            }
            boolean isNext = at == 0 || !types.standsAlone(view.byteAt(at));
            if (!invalid.isEmpty() || !isNext || !types.isReadable(view, at)) {
                break;
            }
            frame.wrap(view, at, result);
            isWhole = messages.frame(frame);
            long rest = at + frame.bytes() - frame.end();
            at = frame.end();
            if (rest > 0) {
                result.skipped(at, rest);
                return;
            }
            if (isWhole) {
                give(at, result);
                return;
            }
        }
        if (at == 0) {
            result.needMore();
        } else {
            result.skipped(at, 0);
        }
    }

    private void give(int length, ParseResult result) {
        isWhole = false;
        messages.give(length, result);
    }

    private void lost(String reason, ParseResult result) {
        isWhole = false;
        conversation.isReady = false;
        messages.forget(result);
        result.invalid(reason);
    }

    @Override
    public void structureSoFar(ByteView view, ParseResult result) {
        boolean isFrame = conversation.upgradedTo.isEmpty() && !isWhole && types.has(view.byteAt(0));
        if (isFrame && view.length() > Frame.HEAD_BYTES) {
            frame.wrap(view, 0, result);
            messages.tellSoFar(frame);
        } else if (isFrame) {
            result.structure(0, view.length());
        }
    }

    @Override
    public boolean isInMessage() {
        return messages.isInMessage();
    }

    @Override
    public void lost(ParseResult result) {
        lost(PostgresqlReason.LOST, result);
    }

    @Override
    public void ended(ParseResult result) {
        lost(result);
    }

    @Override
    public int resync(ByteView view, int from) {
        messages.forget(new ParseResult());
        int at = from;
        while (at < view.length() && !messages.mayBegin(view, at)) {
            at++;
        }
        return at;
    }
}
