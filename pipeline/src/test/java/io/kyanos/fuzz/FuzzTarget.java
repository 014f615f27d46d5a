package io.kyanos.fuzz;

import io.kyanos.connection.ConnectionFuzz;
import io.kyanos.connection.StreamBufferFuzz;
import io.kyanos.recording.RecordingFuzz;
import io.kyanos.recording.RedactorFuzz;
import java.util.List;

/**
 * Something that must stand any bytes. It throws, also an {@link AssertionError}, where it does not. A fuzzer calls the
 * static method {@code fuzzerTestOneInput} of each target; {@link #run} is the same for tests.
 */
public interface FuzzTarget {

    /** The longest input that is tried. */
    int MAX_BYTES = 4096;

    void run(byte[] input);

    /** Inputs to begin with, at most {@link #MAX_BYTES} long each. */
    List<byte[]> seeds();

    /** All there are. */
    static List<FuzzTarget> all() {
        return List.of(
                new EventDecoderFuzz(),
                new StreamBufferFuzz(),
                new HttpFuzz(),
                new RedisFuzz(),
                new ConnectionFuzz(),
                new ExpressionFuzz(),
                new RecordingFuzz(),
                new RedactorFuzz());
    }
}
