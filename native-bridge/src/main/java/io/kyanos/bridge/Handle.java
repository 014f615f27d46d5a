package io.kyanos.bridge;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * The number by which the native side knows an open thing; 0 once closed. The native side checks the number again, so
 * a call that loses the race against {@link #close} is refused there.
 */
final class Handle {

    private final String name;
    private final AtomicLong value;

    Handle(String name, long value) {
        this.name = name;
        this.value = new AtomicLong(value);
    }

    String name() {
        return name;
    }

    long value() {
        long current = value.get();
        if (current == 0) {
            throw new IllegalStateException(name + ": closed");
        }
        return current;
    }

    boolean isClosed() {
        return value.get() == 0;
    }

    void close(LongConsumer closer) {
        long current = value.getAndSet(0);
        if (current != 0) {
            closer.accept(current);
        }
    }
}
