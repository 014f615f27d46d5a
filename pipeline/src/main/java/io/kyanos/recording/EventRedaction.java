package io.kyanos.recording;

/** Overwrites what must not be in a recording, in the events of one recording, in their order. Not thread-safe. */
public interface EventRedaction {

    /** Leaves all as it is. */
    EventRedaction NONE = new EventRedaction() {
        @Override
        public void event(byte[] block, int offset, int length) {}

        @Override
        public void beforeWrite() {}
    };

    /** Takes the kernel side's entry of a connection that was open before, whose data follows. It stays as it is. */
    default void connection(byte[] entry) {}

    /** Takes one event, in its place in a block; it may be changed there now and until {@link #beforeWrite}. */
    void event(byte[] block, int offset, int length);

    /** The events so far leave: what has not been decided about them is to be overwritten now. */
    void beforeWrite();
}
