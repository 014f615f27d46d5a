package io.kyanos.bridge;

/**
 * What the kernel has counted of a program.
 *
 * @param count how often it ran
 * @param nanos how long, in all
 */
public record ProgramRuns(long count, long nanos) {

    public static final ProgramRuns NONE = new ProgramRuns(0, 0);
}
