package io.kyanos.actor;

import io.kyanos.connection.Books;
import io.kyanos.connection.Loss;
import io.kyanos.event.EventBatch;
import io.kyanos.event.EventDecoder;
import io.kyanos.metadata.ProcessTable;

/**
 * Says of each event of a batch which router's it is, by its connection. Events of processes are nobody's: they are learned
 * here, once, before any router has the batch. Belongs to one thread at a time.
 */
final class Division {

    private static final byte NOBODYS = -1;

    private final int routers;
    private final ProcessTable processes;
    private final Books books;
    private final EventDecoder decoder = new EventDecoder();

    Division(int routers, ProcessTable processes, Books books) {
        this.routers = routers;
        this.processes = processes;
        this.books = books;
    }

    void divide(EventBatch batch) {
        int size = batch.size();
        for (int i = 0; i < size; i++) {
            batch.share(i, shareOf(batch, i));
        }
    }

    private byte shareOf(EventBatch batch, int index) {
        if (!batch.read(index, decoder)) {
            books.drop(Loss.ROUTER_MALFORMED, 1);
            return NOBODYS;
        }
        switch (decoder.kind()) {
            case EventDecoder.KIND_RUNNING, EventDecoder.KIND_EXEC, EventDecoder.KIND_FORK, EventDecoder.KIND_EXIT -> {
                processes.on(decoder);
                return NOBODYS;
            }
            default -> {
                return (byte) Share.numberOf(decoder.generation(), routers);
            }
        }
    }
}
