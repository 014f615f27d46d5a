package io.kyanos.protocol.redis;

/**
 * What the reply to an EXEC consists of, where that is not one element per command: subscriptions are confirmed by one
 * per channel, and silenced commands leave none. Immutable.
 */
final class Execution {

    /** As many as there are channels. */
    static final int ANY = -1;

    private final boolean bare;
    private final int[] shares;
    private final boolean wasOff;
    private final boolean changesMode;
    private final int wireElements;
    private final boolean holdsAny;

    /**
     * @param bare the line that announces the elements was silent
     * @param shares elements of each command, {@link #ANY} for one or more
     * @param wasOff replies were off before it
     * @param changesMode what is answered after it depends on its success
     */
    Execution(boolean bare, int[] shares, boolean wasOff, boolean changesMode) {
        this.bare = bare;
        this.shares = shares;
        this.wasOff = wasOff;
        this.changesMode = changesMode;
        int sum = 0;
        boolean any = false;
        for (int share : shares) {
            sum += share == ANY ? 1 : share;
            any |= share == ANY;
        }
        wireElements = sum;
        holdsAny = any;
    }

    boolean isBare() {
        return bare;
    }

    int commands() {
        return shares.length;
    }

    /** Elements of the command at {@code index}, at least one of {@link #ANY}. */
    int share(int index) {
        return shares[index] == ANY ? 1 : shares[index];
    }

    boolean isAny(int index) {
        return shares[index] == ANY;
    }

    /** Elements in all, those beyond the first of {@link #ANY} left out. */
    int wireElements() {
        return wireElements;
    }

    boolean holdsAny() {
        return holdsAny;
    }

    boolean wasOff() {
        return wasOff;
    }

    boolean changesMode() {
        return changesMode;
    }
}
