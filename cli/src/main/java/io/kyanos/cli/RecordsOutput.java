package io.kyanos.cli;

import io.kyanos.cli.screen.Screen;
import io.kyanos.recording.NewFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where {@code watch} writes to: standard output, or a file. Errors say what was written where. Each
 * write is of whole lines: one that a full disk cuts is taken back to its last whole line. Used by one thread at a time.
 */
final class RecordsOutput extends OutputStream {

    private static final String STDOUT = "stdout";
    private static final Pattern DESCRIPTORS = Pattern.compile("/proc/\\d+(/task/\\d+)?/fd");
    private static final int MOST_LINKS = 40;
    private static final int FILE_TYPE = 0170000;
    private static final int PIPE = 0010000;

    private final String operation;
    private final OutputStream stdout;
    private final @Nullable Path path;
    private final boolean isFile;
    private final boolean replace;
    private @Nullable FileChannel file;
    private boolean isNew;
    private long written;

    private RecordsOutput(String operation, OutputStream stdout, @Nullable Path path, boolean isFile, boolean replace) {
        this.operation = operation;
        this.stdout = stdout;
        this.path = path;
        this.isFile = isFile;
        this.replace = replace;
    }

    /**
     * Checks where records are to go. What is there and cannot be overwritten, as a pipe or a device, is opened; opening a
     * pipe waits for its reader.
     *
     * @param target {@code stdout}, {@code -} or a file; null for lines on standard output
     * @param replace a regular file may be replaced
     * @throws IOException with operation, file and problem, if nothing can be written there
     */
    static RecordsOutput to(@Nullable String target, boolean replace, Assembly assembly) throws IOException {
        if (target == null || target.equals(STDOUT) || target.equals("-")) {
            if (replace) {
                throw new UsageException("--force: replaces the file of --json-output FILE, and none is given.");
            }
            boolean isFile = assembly.screen().kind() == Screen.Kind.FILE;
            return new RecordsOutput("write standard output", assembly.out(), null, isFile, false);
        }
        if (target.isBlank()) {
            throw new UsageException("--json-output", target, "stdout, or the name of a file");
        }
        Path path = Path.of(target);
        RecordsOutput output = new RecordsOutput("write records " + path, assembly.out(), path, true, replace);
        output.prepare(path, assembly);
        return output;
    }

    private void prepare(Path path, Assembly assembly) throws IOException {
        try {
            boolean isOpen = isDescriptor(path);
            boolean isThere = Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path);
            if (!isThere && !isOpen) {
                NewFile.check(path, replace);
                return;
            }
            if (isPipe(path) && !isOpen) {
                assembly.tell(operation + ": a pipe, waits for its reader");
            }
            file = FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw problem(e);
        }
    }

    /** Begins the file, if it is one; only now is an old one lost. */
    void begin() throws IOException {
        if (path != null && file == null) {
            try {
                file = NewFile.create(path, replace);
                isNew = true;
            } catch (IOException e) {
                throw problem(e);
            }
        }
    }

    /** Whether it takes everything, however long that takes: a file that is named, or that standard output is. */
    boolean isFile() {
        return isFile;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b});
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
        FileChannel to = file;
        try {
            if (to == null) {
                stdout.write(bytes, offset, length);
                return;
            }
            while (rest.hasRemaining()) {
                to.write(rest);
            }
            written += length;
        } catch (IOException e) {
            if (to != null && isNew) {
                cutBack(to, bytes, offset, rest.position(), e);
            }
            throw problem(e);
        }
    }

    @Override
    public void flush() throws IOException {
        if (file == null) {
            try {
                stdout.flush();
            } catch (IOException e) {
                throw problem(e);
            }
        }
    }

    /** Closes the file; standard output stays open. */
    @Override
    public void close() throws IOException {
        FileChannel opened = file;
        if (opened != null) {
            try {
                opened.close();
            } catch (IOException e) {
                throw problem(e);
            }
        }
    }

    private void cutBack(FileChannel to, byte[] bytes, int offset, int end, IOException because) {
        int whole = end;
        while (whole > offset && bytes[whole - 1] != '\n') {
            whole--;
        }
        try {
            to.truncate(written + whole - offset);
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    private IOException problem(IOException cause) {
        return new IOException(operation + ": " + NewFile.reason(cause), cause);
    }

    /** Whether the path leads to what is open already, as /dev/stdout does, be it a regular file. */
    private static boolean isDescriptor(Path path) throws IOException {
        Path at = path.toAbsolutePath();
        for (int i = 0; i < MOST_LINKS && Files.isSymbolicLink(at); i++) {
            Path folder = at.getParent();
            if (folder == null
                    || DESCRIPTORS.matcher(folder.toRealPath().toString()).matches()) {
                return folder != null;
            }
            at = at.resolveSibling(Files.readSymbolicLink(at));
        }
        return false;
    }

    private static boolean isPipe(Path path) throws IOException {
        return path.getFileSystem().supportedFileAttributeViews().contains("unix")
                && ((int) Files.getAttribute(path, "unix:mode") & FILE_TYPE) == PIPE;
    }
}
