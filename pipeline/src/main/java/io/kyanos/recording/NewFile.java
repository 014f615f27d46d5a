package io.kyanos.recording;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A regular file that is written from its beginning, and that only its owner can read: what is captured may be secret.
 */
public final class NewFile {

    private static final String EXISTS = "exists already. Hint: --force replaces it";

    private NewFile() {}

    /**
     * Throws if there could be no such file, as far as that can be known without trying.
     *
     * @param replace an existing file may be replaced
     */
    public static void check(Path path, boolean replace) throws FileSystemException {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null && !Files.isDirectory(parent)) {
            throw problem(path, "no such directory: " + parent);
        }
        if (Files.isDirectory(path)) {
            throw problem(path, "is a directory. Hint: give the name of a file in it");
        }
        if (!Files.exists(path)) {
            return;
        }
        if (!Files.isRegularFile(path)) {
            throw problem(path, "is no regular file");
        }
        if (!replace) {
            throw problem(path, EXISTS);
        }
    }

    /** Begins the file, after a {@link #check}. Where the path is a link, what it leads to is replaced. */
    public static FileChannel create(Path path, boolean replace) throws IOException {
        check(path, replace);
        Path file = Files.exists(path) ? path.toRealPath() : path;
        if (replace) {
            Files.deleteIfExists(file);
        }
        return FileChannel.open(file, Set.of(CREATE_NEW, WRITE), ownersAlone(file));
    }

    /** What is wrong with the file, in words for people, without its name. */
    public static String reason(IOException problem) {
        if (problem instanceof FileAlreadyExistsException) {
            return EXISTS;
        }
        if (problem instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (problem instanceof NoSuchFileException) {
            return "no such directory";
        }
        String reason = problem instanceof FileSystemException system ? system.getReason() : problem.getMessage();
        return reason == null ? "refused" : reason;
    }

    private static FileSystemException problem(Path path, String reason) {
        return new FileSystemException(path.toString(), null, reason);
    }

    /** Empty where the file system knows no owners. */
    private static FileAttribute<?>[] ownersAlone(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }
}
