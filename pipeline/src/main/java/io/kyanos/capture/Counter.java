package io.kyanos.capture;

/**
 * One of the sums that a family's programs keep, of all processors together.
 *
 * @param name in C: {@code enum ky_counter}
 * @param index in the map {@code counters} of the family's object
 */
record Counter(String name, int index) {}
