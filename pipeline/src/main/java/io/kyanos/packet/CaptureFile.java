package io.kyanos.packet;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.ZipException;

/**
 * The frames of a packet capture: pcap or pcapng, as it is or packed by gzip. Reads any stream from front to back, and
 * gives each frame as soon as it is there. Memory is bounded whatever the file says. Not thread-safe.
 *
 * @see <a href="https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/">PCAP Capture File Format</a>
 * @see <a href="https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/">PCAP Now Generic (pcapng) Capture File Format</a>
 */
public final class CaptureFile implements AutoCloseable {

    /** By which {@link #isCapture} can tell also what is packed. */
    public static final int HEAD_BYTES = 1024;

    private static final String OPERATION = "read packet capture";
    private static final int MAGIC_BYTES = 4;

    private final String name;
    private final CaptureInput input;
    private final FrameFormat format;
    private boolean ended;

    private CaptureFile(String name, CaptureInput input, FrameFormat format) {
        this.name = name;
        this.input = input;
        this.format = format;
    }

    /** Whether a file that begins so is a capture, by its first {@link #HEAD_BYTES} bytes, or all if it has fewer. */
    public static boolean isCapture(byte[] head) {
        byte[] magic = CaptureInput.isGzip(head) ? CaptureInput.unpackedHead(head, MAGIC_BYTES) : head;
        return magic.length >= MAGIC_BYTES && (PcapFormat.isMagic(magic, 0) || PcapngFormat.isMagic(magic, 0));
    }

    /**
     * Reads the beginning, and owns the stream from then on.
     *
     * @param name of the file, for messages
     * @throws CaptureException if it is no capture, or one that nobody reads
     */
    public static CaptureFile open(InputStream in, String name) throws IOException {
        try {
            CaptureInput input = CaptureInput.open(in);
            if (input.has(MAGIC_BYTES) && PcapngFormat.isMagic(input.array(), input.at())) {
                return new CaptureFile(name, input, new PcapngFormat(input));
            }
            if (input.has(MAGIC_BYTES) && PcapFormat.isMagic(input.array(), input.at())) {
                return new CaptureFile(name, input, new PcapFormat(input));
            }
            String broken = input.brokenOff();
            throw new CaptureException(OPERATION, name, broken == null ? "is neither pcap nor pcapng" : broken);
        } catch (CaptureException e) {
            in.close();
            throw e;
        } catch (ZipException e) {
            in.close();
            throw new CaptureException(OPERATION, name, "its compressed data is damaged", e);
        } catch (IOException e) {
            in.close();
            throw problem(name, e);
        }
    }

    /**
     * Moves to the next frame. Waits for it where the stream does.
     *
     * @return false at the end, where {@link #brokenOff} tells whether it is the right one
     * @throws CaptureException if the system cannot read the file any more
     */
    public boolean next(CapturedFrame into) throws IOException {
        if (ended) {
            return false;
        }
        try {
            ended = !format.next(into);
            return !ended;
        } catch (IOException e) {
            ended = true;
            throw problem(name, e);
        }
    }

    /** Why nothing more can be read, if the capture ends where none can end; known once {@link #next} has given false. */
    public Optional<String> brokenOff() {
        return Optional.ofNullable(input.brokenOff());
    }

    /** Bytes that have been read so far, after unpacking. */
    public long position() {
        return input.position();
    }

    @Override
    public void close() throws IOException {
        input.close();
    }

    private static CaptureException problem(String name, IOException e) {
        String reason = e.getMessage();
        return new CaptureException(OPERATION, name, reason == null ? "cannot be read" : reason, e);
    }
}
