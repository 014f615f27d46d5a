package io.kyanos.replay;

import java.io.IOException;
import java.io.InputStream;

/** A stream that asks before it waits. Not thread-safe. */
final class PromptInput extends InputStream {

    /** Who is asked, on the reading thread. */
    interface Patience {

        /** Nothing is there yet. Whether to wait for it; else the stream ends here. */
        boolean begins();

        /** Something has come, or the end. */
        void ends();
    }

    private final InputStream in;
    private final Patience patience;

    PromptInput(InputStream in, Patience patience) {
        this.in = in;
        this.patience = patience;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (in.available() > 0) {
            return in.read(target, offset, length);
        }
        if (!patience.begins()) {
            return -1;
        }
        int count = in.read(target, offset, length);
        patience.ends();
        return count;
    }

    @Override
    public int available() throws IOException {
        return in.available();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
