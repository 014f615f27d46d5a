package io.kyanos.cli;

import io.kyanos.EventTap;
import io.kyanos.sink.SelfStatistics;
import java.util.List;
import java.util.Optional;

/** A file into which {@code record} writes what a capture sees. Thread-safe. */
sealed interface FileTap extends EventTap permits RecordingTap, PcapngTap {

    /** To be called every second or so. */
    void tick(SelfStatistics statistics, long records);

    /** Writes what waits, and closes the file. */
    void close(SelfStatistics statistics, long records);

    /** Whether the file has reached its bound. */
    boolean isFull();

    /** Why the file accepts nothing more, if so. */
    Optional<? extends Exception> problem();

    /** What is in the file, in words: a number of something. */
    String contents();

    long writtenBytes();

    /** What was seen, but is not in the file by its nature: a sentence each. */
    List<String> remarks();

    /** Whether nothing more goes into the file. */
    default boolean isOver() {
        return isFull() || problem().isPresent();
    }
}
