package io.kyanos.bridge;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * One BPF object file in this process: its programs, maps, constants and variables. The way is open, set, {@link
 * #load}, attach, {@link #close}. May be used from several threads; {@code close} waits for calls in progress in other
 * threads and detaches what was attached. Every method throws {@link IllegalStateException} once closed or in the wrong
 * phase, {@link IllegalArgumentException} for unknown names and wrong sizes, and {@link BpfException} when the kernel
 * or libbpf refuses.
 */
public final class BpfObject implements AutoCloseable {

    private final Handle handle;

    private BpfObject(Handle handle) {
        this.handle = handle;
    }

    /**
     * Opens the ELF image {@code elf} (copied) under {@code name}, which appears in messages. Nothing is loaded yet.
     */
    public static BpfObject open(byte[] elf, String name) {
        Objects.requireNonNull(elf, "elf");
        Objects.requireNonNull(name, "name");
        return new BpfObject(new Handle("object " + name, Native.objectOpen(elf, name)));
    }

    /** Opens the object in {@code file}, named by its file name. */
    public static BpfObject open(Path file) {
        Path name = file.getFileName();
        try {
            return open(Files.readAllBytes(file), name == null ? file.toString() : name.toString());
        } catch (IOException e) {
            throw new BpfException("read " + file + ": " + e.getMessage(), e);
        }
    }

    /** The programs in the order of the object. */
    public List<ProgramDescription> programs() {
        String[] flat = Native.objectPrograms(handle.value());
        List<ProgramDescription> programs = new ArrayList<>(flat.length / 3);
        for (int i = 0; i < flat.length; i += 3) {
            programs.add(new ProgramDescription(flat[i], flat[i + 1], flat[i + 2].equals("1")));
        }
        return List.copyOf(programs);
    }

    /** Whether the object declares a constant of this name. */
    public boolean hasConstant(String name) {
        return Native.objectConstantSize(handle.value(), name) >= 0;
    }

    /**
     * Sets a {@code const volatile} global before load. The width (1, 2, 4 or 8 bytes) is the declared one;
     * {@code value} must fit it, as a signed or as an unsigned number.
     */
    public void setConstant(String name, long value) {
        int size = Native.objectConstantSize(handle.value(), name);
        if (size < 0) {
            throw new IllegalArgumentException("constant " + name + ": not in " + handle.name());
        }
        if (size != 1 && size != 2 && size != 4 && size != 8) {
            throw new IllegalArgumentException(
                    "constant " + name + ": a number (expected: " + size + " bytes, use byte[])");
        }
        int unusedBits = Long.SIZE - size * Byte.SIZE;
        boolean fitsSigned = value << unusedBits >> unusedBits == value;
        boolean fitsUnsigned = value << unusedBits >>> unusedBits == value;
        if (!fitsSigned && !fitsUnsigned) {
            throw new IllegalArgumentException("constant " + name + ": " + value + " (expected: " + size + " bytes)");
        }
        byte[] bytes = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
        Native.objectSetConstant(handle.value(), name, Arrays.copyOf(bytes, size));
    }

    /** Sets a {@code const volatile bool} before load. */
    public void setConstant(String name, boolean value) {
        setConstant(name, value ? 1 : 0);
    }

    /** Sets a {@code const volatile} global of any type before load; {@code value} must have exactly its size. */
    public void setConstant(String name, byte[] value) {
        Native.objectSetConstant(handle.value(), name, value);
    }

    /** Sets the capacity of a map before load; of a ring buffer in bytes (libbpf rounds up to a power of two). */
    public void setMaxEntries(String map, int maxEntries) {
        if (maxEntries <= 0) {
            throw new IllegalArgumentException("max entries of " + map + ": " + maxEntries + " (expected: > 0)");
        }
        Native.objectSetMaxEntries(handle.value(), map, maxEntries);
    }

    /**
     * Makes the ring buffer map {@code map} a perf event array: one perf buffer per CPU instead of one ring. Before
     * load. The programs must know, as they need another helper for it. Nothing can be written before a {@link
     * RingReader} has opened the buffers.
     */
    public void usePerfBuffers(String map) {
        Native.objectUsePerfBuffers(handle.value(), map);
    }

    /**
     * Makes this object use a map of {@code other}, which must be loaded, instead of its own. Type, key and value sizes
     * must agree. Before load. The map lives until both objects are closed.
     */
    public void reuseMap(String map, BpfObject other, String otherMap) {
        Native.objectReuseMap(handle.value(), map, other.handle.value(), otherMap);
    }

    /**
     * Chooses before load whether {@link #load} loads this program. The default is by the object: yes, unless its
     * section begins with '?'.
     */
    public void setAutoload(String program, boolean autoload) {
        Native.objectSetAutoload(handle.value(), program, autoload);
    }

    /**
     * Creates the maps and loads the programs. A program that the kernel refuses is left out and the rest loaded
     * again without it; what was left out is returned and {@link #attach} repeats its error.
     *
     * @throws BpfException when something else fails (maps, BTF, privileges); then the object can only be closed
     */
    public List<ProgramResult> load() {
        String[] flat = Native.objectLoad(handle.value());
        List<ProgramResult> refused = new ArrayList<>(flat.length / 4);
        for (int i = 0; i < flat.length; i += 4) {
            refused.add(new ProgramResult(
                    flat[i], ProgramResult.Stage.LOAD, Integer.parseInt(flat[i + 1]), flat[i + 2], flat[i + 3]));
        }
        return List.copyOf(refused);
    }

    /**
     * Attaches one program where its section says. A refusal is a result, not an exception.
     *
     * @throws IllegalStateException when not loaded, excluded from loading, or attached already
     */
    public ProgramResult attach(String program) {
        String[] flat = Native.objectAttach(handle.value(), program);
        return new ProgramResult(
                program, ProgramResult.Stage.valueOf(flat[0]), Integer.parseInt(flat[1]), flat[2], flat[3]);
    }

    /**
     * Attaches every program chosen for loading that is not an iterator and not attached yet, in the order of the
     * object.
     */
    public List<ProgramResult> attachAll() {
        List<ProgramResult> results = new ArrayList<>();
        for (ProgramDescription program : programs()) {
            if (Native.objectIsAttachable(handle.value(), program.name())) {
                results.add(attach(program.name()));
            }
        }
        return List.copyOf(results);
    }

    /** Detaches one program; nothing happens when it is not attached. */
    public void detach(String program) {
        Native.objectDetach(handle.value(), program);
    }

    /** Detaches all programs. Maps and rings keep what they hold. */
    public void detachAll() {
        for (ProgramDescription program : programs()) {
            detach(program.name());
        }
    }

    /**
     * Runs an iterator program to its end and returns all bytes it wrote, at most 256 MiB.
     *
     * @throws BpfException when the kernel refuses it, also when {@link #load} left it out
     */
    public byte[] readIterator(String program) {
        return Native.objectReadIterator(handle.value(), program, "");
    }

    /**
     * Runs an iterator program over the elements of a map of this object, otherwise as {@link #readIterator(String)}.
     * Elements that come and go meanwhile may or may not be seen.
     */
    public byte[] readIterator(String program, String map) {
        if (map.isEmpty()) {
            throw new IllegalArgumentException("map of iterator " + program + ": no name");
        }
        return Native.objectReadIterator(handle.value(), program, map);
    }

    /** Runs of the program since load while the kernel counted them, as with {@link Kernel#enableRunStatistics}. */
    public ProgramRuns runs(String program) {
        long[] runs = new long[2];
        Native.objectRuns(handle.value(), program, runs);
        return new ProgramRuns(runs[0], runs[1]);
    }

    /** A map of this object by its name; after load. Internal maps go by their section: {@code .bss}. */
    public BpfMap map(String name) {
        int[] facts = new int[BpfMap.FACTS];
        Native.mapFind(handle.value(), name, facts);
        return new BpfMap(this, name, facts);
    }

    /** A global variable ({@code .bss}, {@code .data}, or a constant to read) by its name; after load. */
    public BpfVariable variable(String name) {
        int[] place = new int[BpfVariable.FACTS];
        Native.variableFind(handle.value(), name, place);
        return new BpfVariable(this, name, place);
    }

    /** Detaches and unloads everything. Waits for calls in progress in other threads. A second close does nothing. */
    @Override
    public void close() {
        handle.close(Native::objectClose);
    }

    long handle() {
        return handle.value();
    }
}
