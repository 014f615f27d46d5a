package io.kyanos.cli;

import io.kyanos.record.Outcome;
import io.kyanos.record.Side;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** The values of a flag that takes some words alone, for shells to complete. */
abstract sealed class ClosedList implements Iterable<String> {

    private final List<String> words;

    private ClosedList(List<String> words) {
        this.words = words;
    }

    @Override
    public Iterator<String> iterator() {
        return words.iterator();
    }

    /** Of {@code --protocol} and of what commands take as PROTOCOL. */
    static final class Protocols extends ClosedList {
        Protocols() {
            super(io.kyanos.protocol.Protocols.names());
        }
    }

    /** Of {@code --side}. */
    static final class Sides extends ClosedList {
        Sides() {
            super(List.of(Side.CLIENT.label(), Side.SERVER.label(), FlagValues.ANY_SIDE));
        }
    }

    /** Of {@code --outcome}. */
    static final class Outcomes extends ClosedList {
        Outcomes() {
            super(Stream.of(Outcome.values()).map(Outcome::label).toList());
        }
    }

    /** Of {@code --log-level}, without areas. */
    static final class LogLevels extends ClosedList {
        LogLevels() {
            super(Logging.LEVEL_NAMES);
        }
    }

    /** Of {@code --log-format}. */
    static final class LogFormats extends ClosedList {
        LogFormats() {
            super(Logging.FORMATS);
        }
    }
}
