package io.kyanos.capture;

/** Ports from one to another, both inside; 1 to 65535. Immutable. */
public record PortRange(int first, int last) {

    /** What ranges may look like, for messages. */
    public static final String EXPECTED = "ports of 1 to 65535, or ranges, like 80,8000-8099";

    static final int MAX_PORT = 0xffff;

    private static final int MAX_DIGITS = 9;

    public PortRange {
        if (first < 1 || last > MAX_PORT || first > last) {
            throw new IllegalArgumentException(first + "-" + last + " (expected: " + EXPECTED + ")");
        }
    }

    /** One port. */
    public static PortRange of(int port) {
        return new PortRange(port, port);
    }

    /**
     * Reads {@code 80} or {@code 8000-8099}.
     *
     * @throws IllegalArgumentException telling the text and what is expected
     */
    public static PortRange parse(String text) {
        String[] ends = text.split("-", 2);
        int first = port(text, ends[0]);
        int last = ends.length == 1 ? first : port(text, ends[1]);
        if (first > last) {
            throw new IllegalArgumentException(
                    text + " (expected: the lower end first, like " + last + "-" + first + ")");
        }
        return new PortRange(first, last);
    }

    private static int port(String text, String digits) {
        boolean isNumber = !digits.isEmpty()
                && digits.length() <= MAX_DIGITS
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        int port = isNumber ? Integer.parseInt(digits) : 0;
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException(text + " (expected: " + EXPECTED + ")");
        }
        return port;
    }

    public boolean contains(int port) {
        return port >= first && port <= last;
    }

    /** {@code 80} or {@code 8000-8099}. */
    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
