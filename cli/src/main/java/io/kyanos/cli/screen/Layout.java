package io.kyanos.cli.screen;

/**
 * How wide each column of {@code watch} is, for one width of the terminal; 0 is a column that is not there. Sizes and the
 * protocol go first, then the milliseconds and the process id, then the connection, then the process.
 *
 * @param columns of the whole line
 * @param gap blanks between two columns
 * @param pid whether the process id stands after its name
 */
record Layout(
        int columns,
        int gap,
        int time,
        int process,
        boolean pid,
        int connection,
        int protocol,
        int duration,
        int size,
        int outcome) {

    /** Every column at full width; nothing is cut, and what is longer moves the rest of its line. */
    static final Layout FULL = new Layout(Screen.UNLIMITED, 2, 12, 22, true, 47, 5, 9, 8, 12);

    static final int TIME_WITH_MILLIS = 12;

    private static final int WITH_SIZES = 140;
    private static final int WITH_PIDS = 100;
    private static final int WITH_CONNECTIONS = 76;
    private static final int WITH_PROCESSES = 56;
    private static final int LEAST = 40;
    private static final int LEAST_OPERATION = 19;
    private static final int MOST_PROCESS = 22;
    private static final int MOST_CONNECTION = 47;
    private static final int MOST_OUTCOME = 12;

    static Layout of(int columns) {
        if (columns == Screen.UNLIMITED) {
            return FULL;
        }
        if (columns >= WITH_SIZES) {
            return new Layout(columns, 2, 12, 16, true, 22, 5, 9, 8, 8).stretched();
        }
        if (columns >= WITH_PIDS) {
            return new Layout(columns, 2, 12, 16, true, 22, 0, 9, 0, 8).stretched();
        }
        if (columns >= WITH_CONNECTIONS) {
            return new Layout(columns, 1, 8, 12, false, 21, 0, 8, 0, 7).stretched();
        }
        return columns >= WITH_PROCESSES
                ? new Layout(columns, 1, 8, 12, false, 0, 0, 8, 0, 7)
                : new Layout(Math.max(LEAST, columns), 1, 8, 0, false, 0, 0, 8, 0, 7);
    }

    boolean isLimited() {
        return columns != Screen.UNLIMITED;
    }

    boolean hasMillis() {
        return time >= TIME_WITH_MILLIS;
    }

    /** What is left for the last column. */
    int operation() {
        return isLimited() ? columns - taken() : Screen.UNLIMITED;
    }

    private int taken() {
        int taken = 0;
        for (int width : new int[] {time, process, connection, protocol, duration, size, size, outcome}) {
            taken += width == 0 ? 0 : width + gap;
        }
        return taken;
    }

    /* Half of what is left over goes to the operation, the rest to those that are often cut, as each lacks it. */
    private Layout stretched() {
        int most = (MOST_PROCESS - process) + (MOST_CONNECTION - connection) + (MOST_OUTCOME - outcome);
        int more = Math.min(most, Math.max(0, operation() - LEAST_OPERATION) / 2);
        return new Layout(
                columns,
                gap,
                time,
                process + more * (MOST_PROCESS - process) / most,
                pid,
                connection + more * (MOST_CONNECTION - connection) / most,
                protocol,
                duration,
                size,
                outcome + more * (MOST_OUTCOME - outcome) / most);
    }
}
