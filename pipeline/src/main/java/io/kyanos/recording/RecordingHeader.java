package io.kyanos.recording;

import io.kyanos.protocol.StreamKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * What a recording says about itself before its first event. Times in nanoseconds by the monotonic clock of the machine
 * that was recorded.
 *
 * @param major of the format; a reader refuses what is greater than its own
 * @param minor of the format; a reader passes over what a greater one has added
 * @param kyanosVersion of the program that recorded
 * @param kernelRelease as {@code uname -r} says
 * @param machine as {@code uname -m} says, in Java's words
 * @param realtimeMinusMonotonicNanos added to a time of an event, the nanoseconds since 1970
 * @param startedAtNanos when the recording began
 * @param transport by which events left the kernel: {@code ring} or {@code perf}
 * @param payloadCapBytes of one system call at most
 * @param byteOrder of the events: {@code little} or {@code big}
 * @param wireVersion of the events' layout
 * @param wireLayoutFingerprint SHA-256 of the layout's text, in hexadecimal digits; empty if it was not known
 * @param filters what was asked for, as it was typed
 * @param redacted whether payload that is not structure has been overwritten
 * @param protocols whose connections were captured as a whole; empty for all that were known
 * @param streams the kinds of streams that there may be, by {@link StreamKind#label}; a later format may know more
 */
public record RecordingHeader(
        int major,
        int minor,
        String kyanosVersion,
        String kernelRelease,
        String machine,
        int possibleCpus,
        long realtimeMinusMonotonicNanos,
        long startedAtNanos,
        String transport,
        int payloadCapBytes,
        String byteOrder,
        int wireVersion,
        String wireLayoutFingerprint,
        List<String> filters,
        boolean redacted,
        List<String> protocols,
        List<String> streams) {

    /** The format that is written here, and the latest that is read. */
    public static final int MAJOR = 1;

    public static final int MINOR = 1;

    /** The kinds of streams that events are of up to now. */
    public static final List<String> STREAMS = List.of(StreamKind.WIRE.label(), StreamKind.DATAGRAM.label());

    /** The layout of events that is known here: {@code KY_WIRE_VERSION}. */
    public static final int WIRE_VERSION = 3;

    public static final String LITTLE_ENDIAN = "little";

    public RecordingHeader {
        filters = List.copyOf(filters);
        protocols = List.copyOf(protocols);
        streams = List.copyOf(streams);
    }

    /** That of the layout that this program was built with; empty if it is not on the class path. */
    public static String fingerprintOfWireLayout() {
        try (InputStream layout = RecordingHeader.class.getResourceAsStream("/META-INF/bpf/events.layout")) {
            return layout == null
                    ? ""
                    : HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(layout.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256: every Java has it", e);
        }
    }
}
