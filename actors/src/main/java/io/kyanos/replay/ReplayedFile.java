package io.kyanos.replay;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.packet.CaptureFile;
import io.kyanos.reassembly.ReassemblySettings;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens what is to be replayed, by what is in it. */
public final class ReplayedFile {

    private static final int BUFFER_BYTES = 256 * 1024;

    private ReplayedFile() {}

    /**
     * Opens a recording or a packet capture; where it is no regular file, a packet capture that may still be being made.
     *
     * @throws io.kyanos.recording.RecordingException when it cannot be read, or is neither
     * @throws IOException when it is a packet capture that cannot be read
     * @throws IllegalArgumentException when it is a packet capture and the filters ask for what no packet shows
     */
    public static RecordedEvents open(Path path, CaptureFilters filters, ReassemblySettings reassembly)
            throws IOException {
        if (Files.isReadable(path) && !Files.isRegularFile(path) && !Files.isDirectory(path)) {
            return LivePackets.open(Files.newInputStream(path), path.toString(), filters, reassembly);
        }
        if (!isPacketCapture(path)) {
            return RecordedFile.open(path);
        }
        PacketCapture.check(path.toString(), filters);
        return PacketCapture.open(
                new BufferedInputStream(Files.newInputStream(path), BUFFER_BYTES),
                path.toString(),
                filters,
                reassembly);
    }

    /** What cannot be read is none: whoever opens it next says why. */
    private static boolean isPacketCapture(Path path) throws IOException {
        if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(path)) {
            return CaptureFile.isCapture(in.readNBytes(CaptureFile.HEAD_BYTES));
        }
    }
}
