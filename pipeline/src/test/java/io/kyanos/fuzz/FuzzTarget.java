package io.kyanos.fuzz;

import io.kyanos.connection.ConnectionFuzz;
import io.kyanos.connection.StreamBufferFuzz;
import io.kyanos.packet.PacketFuzz;
import io.kyanos.protocol.http2.FieldDecoderFuzz;
import io.kyanos.recording.RecordingFuzz;
import io.kyanos.recording.RedactorFuzz;
import java.util.ArrayList;
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

    /** What it is called on the command line of fuzz.sh, and in the file of what was found: {@code redis}. */
    default String name() {
        return getClass().getSimpleName();
    }

    /** What the fuzzer hands to the static method {@code fuzzerInitialize} of the target, if it has that. */
    default List<String> arguments() {
        return List.of();
    }

    /** All there are. */
    static List<FuzzTarget> all() {
        List<FuzzTarget> all = new ArrayList<>(ProtocolFuzz.all());
        all.add(new EventDecoderFuzz());
        all.add(new StreamBufferFuzz());
        all.add(new ConnectionFuzz());
        all.add(new ExpressionFuzz());
        all.add(new RecordingFuzz());
        all.add(new RedactorFuzz());
        all.add(new FieldDecoderFuzz());
        all.add(new PacketFuzz());
        return List.copyOf(all);
    }
}
