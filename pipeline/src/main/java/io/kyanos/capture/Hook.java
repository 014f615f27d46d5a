package io.kyanos.capture;

/**
 * A place in the kernel where a step can be seen, and the program that sees it.
 *
 * @param program its name in its object
 * @param place where it is attached, as its section says: {@code tp_btf/sys_enter}
 */
public record Hook(String program, String place) {

    private static final String ITERATOR = "iter";

    /** Whether user space runs the program, rather than the kernel at an event. */
    boolean isIterator() {
        return place.startsWith(ITERATOR);
    }
}
