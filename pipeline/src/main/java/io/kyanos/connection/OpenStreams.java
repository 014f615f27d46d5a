package io.kyanos.connection;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Keeps the books' count of open streams, for one conversation, as its own is. Not thread-safe. */
final class OpenStreams {

    private final Books books;
    private final String protocol;
    private final String side;
    private @Nullable LongAdder counted;
    private int open;

    OpenStreams(Books books, String protocol, String side) {
        this.books = books;
        this.protocol = protocol;
        this.side = side;
    }

    /** So many are open now. */
    void are(int now) {
        if (now == open) {
            return;
        }
        LongAdder adder = counted;
        if (adder == null) {
            adder = books.openStreams(protocol, side);
            counted = adder;
        }
        adder.add(now - open);
        open = now;
    }
}
