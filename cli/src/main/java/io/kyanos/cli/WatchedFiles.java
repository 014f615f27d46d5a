package io.kyanos.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What some files say, read again when they change. Looked at when it is asked for, at most once a second. What cannot be
 * read, as a half-written file, leaves what was there, with a warning. Thread-safe.
 */
final class WatchedFiles<T> {

    /** Makes a value of the files. */
    @FunctionalInterface
    interface Reader<T> {

        /** The value now. Fails with a message for the user if the files cannot be read or do not say what is wanted. */
        T read() throws IOException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(WatchedFiles.class);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final List<Path> files;
    private final Reader<T> reader;
    private final LongSupplier nanoTime;
    private String stamp;
    private T value;
    private long lookedAtNanos;

    /** @throws IOException if they cannot be read now */
    WatchedFiles(List<Path> files, Reader<T> reader, LongSupplier nanoTime) throws IOException {
        this.files = List.copyOf(files);
        this.reader = reader;
        this.nanoTime = nanoTime;
        lookedAtNanos = nanoTime.getAsLong();
        stamp = stampOf(this.files);
        value = reader.read();
    }

    synchronized T value() {
        long now = nanoTime.getAsLong();
        if (now - lookedAtNanos >= LOOK_NANOS) {
            lookedAtNanos = now;
            look();
        }
        return value;
    }

    private void look() {
        try {
            /* Taken before they are read: what changes meanwhile is seen the next time. */
            String latest = stampOf(files);
            if (latest.equals(stamp)) {
                return;
            }
            stamp = latest;
            value = reader.read();
            LOG.info("read {} again", files);
        } catch (IOException e) {
            LOG.warn(
                    "{}; what was read before stays in force",
                    CommandError.of(e).message());
        }
    }

    /** Refuses a file that everybody on this machine may read. */
    static void refuseIfReadByAll(Path file) throws IOException {
        if (permissions(file).contains(PosixFilePermission.OTHERS_READ)) {
            throw new IOException(
                    file + ": everybody may read it (expected: only its owner and group). Hint: chmod o-r " + file);
        }
    }

    /** Refuses a file that everybody on this machine may change. */
    static void refuseIfWrittenByAll(Path file) throws IOException {
        if (permissions(file).contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new IOException(
                    file + ": everybody may change it (expected: only its owner and group). Hint: chmod o-w " + file);
        }
    }

    private static Set<PosixFilePermission> permissions(Path file) throws IOException {
        return Files.getPosixFilePermissions(file);
    }

    private static String stampOf(List<Path> files) {
        StringBuilder stamp = new StringBuilder();
        for (Path file : files) {
            try {
                BasicFileAttributes seen = Files.readAttributes(file, BasicFileAttributes.class, new LinkOption[0]);
                stamp.append(seen.fileKey()).append(' ');
                stamp.append(seen.lastModifiedTime().to(TimeUnit.NANOSECONDS)).append(' ');
                stamp.append(seen.size()).append('\n');
            } catch (IOException e) {
                stamp.append(e.getClass().getSimpleName()).append('\n');
            }
        }
        return stamp.toString();
    }
}
