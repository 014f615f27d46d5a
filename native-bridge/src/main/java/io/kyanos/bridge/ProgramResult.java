package io.kyanos.bridge;

/**
 * What became of one program when it was loaded or attached.
 *
 * @param program its name in the object
 * @param stage the step this result speaks of
 * @param errno 0 when it worked, else the system's error number, positive
 * @param error the number's symbolic name and text, as in {@code ENOENT: No such file or directory}; empty when it worked
 * @param log libbpf's own lines about it, at most 64 KiB; often empty when it worked
 */
public record ProgramResult(String program, Stage stage, int errno, String error, String log) {

    /** The step that a result speaks of. */
    public enum Stage {
        LOAD,
        ATTACH
    }

    public boolean isOk() {
        return errno == 0;
    }
}
