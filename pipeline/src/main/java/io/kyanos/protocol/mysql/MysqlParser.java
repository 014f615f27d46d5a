package io.kyanos.protocol.mysql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.Parser;
import io.kyanos.record.Message;

/** Reads one direction packet by packet. What messages they make is for {@link Messages} to say. Not thread-safe. */
/*
 * Long payloads: a packet of the greatest length goes on in the next one, and what it began is whole with the end of the
 * first shorter one. What is looked at stands in the first.
 */
final class MysqlParser implements Parser {

    /** What the packets of one direction make. */
    interface Messages {

        /** How many bytes behind the head of the packet must be in view, if there are so many; -1 if it cannot stand here. */
        int wanted(Packet packet);

        /** Why it cannot. */
        String reason();

        /** Takes a packet; whether a message ends with it. */
        boolean packet(Packet packet);

        /** Takes a packet with which the last one goes on. */
        void goesOn(Packet packet);

        /** Tells what is structure of the beginning of a packet. Changes nothing that lasts. */
        void tellSoFar(Packet packet);

        /** Gives the message that has ended {@code length} bytes into the view. */
        void give(int length, ParseResult result);

        boolean isInMessage();

        /** Gives the current message as far as it has come, cut short, if that is one. */
        void soFar(ParseResult result);

        /** Drops the current message: anything may follow. */
        void forget(ParseResult result);

        /** Whether a message may begin at {@code at}, as far as the view goes. */
        boolean mayBegin(ByteView view, int at);

        /** The same where a packet is likely to begin. */
        boolean mayStand(ByteView view, int at);
    }

    private final MysqlConversation conversation;
    private final Messages messages;
    private final Packet packet = new Packet();

    /** A message is whole once the rest of its last packet has been passed over. */
    private boolean isWhole;

    /** The payload goes on with the next packet. */
    private boolean goesOn;

    /** A message ends with that payload. */
    private boolean endsMessage;

    MysqlParser(MysqlConversation conversation, Messages messages) {
        this.conversation = conversation;
        this.messages = messages;
    }

    @Override
    public void parse(ByteView view, ParseResult result) {
        if (!conversation.upgradedTo.isEmpty()) {
            result.upgraded(null, 0, conversation.upgradedTo);
        } else if (isWhole) {
            give(0, result);
        } else {
            packets(view, result);
        }
    }

    private void packets(ByteView view, ParseResult result) {
        int at = 0;
        while (view.length() - at >= Packet.HEAD_BYTES) {
            packet.wrap(view, at, result);
            int wanted = goesOn ? 0 : messages.wanted(packet);
            if (wanted < 0 && at == 0) {
                lost(messages.reason(), result);
                return;
            }
            if (wanted < 0 || packet.inView() < Math.min(packet.length(), wanted)) {
                break;
            }
            packet.tellHead();
            take();
            long rest = (long) at + packet.bytes() - packet.end();
            at = packet.end();
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

    private void take() {
        if (goesOn) {
            messages.goesOn(packet);
        } else {
            endsMessage = messages.packet(packet);
        }
        goesOn = packet.length() == Packet.LONGEST;
        isWhole = endsMessage && !goesOn;
    }

    private void give(int length, ParseResult result) {
        isWhole = false;
        messages.give(length, result);
    }

    private void lost(String reason, ParseResult result) {
        isWhole = false;
        goesOn = false;
        messages.forget(result);
        result.invalid(reason);
    }

    @Override
    public void structureSoFar(ByteView view, ParseResult result) {
        if (!conversation.upgradedTo.isEmpty() || isWhole) {
            return;
        }
        if (view.length() < Packet.HEAD_BYTES) {
            result.structure(0, view.length());
            return;
        }
        packet.wrap(view, 0, result);
        if (goesOn) {
            packet.tellHead();
        } else if (messages.wanted(packet) >= 0) {
            packet.tellHead();
            messages.tellSoFar(packet);
        }
    }

    @Override
    public boolean isInMessage() {
        return messages.isInMessage();
    }

    @Override
    public void soFar(ParseResult result) {
        messages.soFar(result);
    }

    /** What has come of the message counts if that is one. */
    @Override
    public void lost(ParseResult result) {
        messages.soFar(result);
        Message cut = result.message();
        lost(MysqlReason.LOST, result);
        if (cut != null) {
            result.message(cut, 0);
        }
    }

    @Override
    public void ended(ParseResult result) {
        lost(result);
    }

    @Override
    public int resync(ByteView view, int from) {
        messages.forget(new ParseResult());
        goesOn = false;
        int at = from;
        while (at < view.length() && !messages.mayBegin(view, at)) {
            at++;
        }
        return at;
    }

    /** Whether the first packet of a message may stand at {@code at}, where one is likely. */
    boolean mayStand(ByteView view, int at) {
        return messages.mayStand(view, at);
    }
}
