package io.kyanos.bridge;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A kernel's release, compared by its numbers: 6.9 is before 6.10.
 *
 * @param release as {@code uname -r} gives it
 * @param major 0 where the release has no numbers
 * @param minor 0 where the release has no numbers
 */
public record KernelVersion(String release, int major, int minor) {

    private static final Pattern NUMBERS = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})");

    /** Reads a release as {@code 6.1.0-38-cloud-amd64}; one that begins with no numbers counts as 0.0. */
    public static KernelVersion parse(String release) {
        Matcher numbers = NUMBERS.matcher(release);
        return numbers.lookingAt()
                ? new KernelVersion(release, Integer.parseInt(numbers.group(1)), Integer.parseInt(numbers.group(2)))
                : new KernelVersion(release, 0, 0);
    }

    /** Whether this is the given version or a later one. */
    public boolean isAtLeast(int wantedMajor, int wantedMinor) {
        return major > wantedMajor || (major == wantedMajor && minor >= wantedMinor);
    }

    @Override
    public String toString() {
        return release;
    }
}
