package io.kyanos.capture;

/** Where it is seen what programs move through sockets. */
public enum Vantage {
    /** At the sockets: costs nothing where no socket is used. */
    SOCKETS,
    /** At the border of system calls, all of them. */
    SYSCALLS;

    /** As in settings. */
    public String label() {
        return switch (this) {
            case SOCKETS -> "sockets";
            case SYSCALLS -> "syscalls";
        };
    }
}
