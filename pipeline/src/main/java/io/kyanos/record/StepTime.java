package io.kyanos.record;

/**
 * One step of a message on its way through the kernel.
 *
 * @param bytes how many of the message's bytes took it together
 * @param at nanoseconds since the epoch
 */
public record StepTime(long bytes, long at) {}
