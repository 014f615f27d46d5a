package io.kyanos.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A data event that is used again and again, each time one message further on in its stream. Not thread-safe; one
 * {@link EventDecoder} stands on it all the time.
 */
public final class MovingEvent {

    private final ByteBuffer event;
    private final EventDecoder decoder;
    private final int length;
    private long position;

    /** An event that carries {@code latin1} at stream position 0. */
    public MovingEvent(long generation, Direction direction, String latin1) {
        byte[] bytes = latin1.getBytes(StandardCharsets.ISO_8859_1);
        byte[] whole = EventEncoder.data(0, 0, generation, 100, 7, direction, 0, bytes, bytes.length);
        event = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
        decoder = EventEncoder.read(whole);
        length = bytes.length;
    }

    /** From now on it carries this number, big-endian, at a place of its bytes. */
    public void number(int at, int number) {
        for (int i = 0; i < Integer.BYTES; i++) {
            event.put(EventDecoder.DATA_SIZE + at + i, (byte) (number >> (Byte.SIZE * (Integer.BYTES - 1 - i))));
        }
    }

    /** Others have carried so many bytes of its stream. */
    public void skip(int bytes) {
        position += bytes;
    }

    /** The event at the next position, of a call from {@code enteredAt} to {@code exitedAt}. */
    public EventDecoder next(long enteredAt, long exitedAt) {
        event.putLong(EventDecoder.EMITTED_AT_OFFSET, exitedAt);
        event.putLong(EventDecoder.DATA_ENTERED_AT_OFFSET, enteredAt);
        event.putLong(EventDecoder.DATA_EXITED_AT_OFFSET, exitedAt);
        event.putLong(EventDecoder.DATA_POSITION_OFFSET, position);
        position += length;
        return decoder;
    }
}
