package io.kyanos.recording;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What is to become of each byte of payload in the block in progress. A byte without a verdict becomes zero. Grows to
 * what one block holds and is reused; not thread-safe.
 */
final class Verdicts {

    /** It is unknown: it becomes a zero byte. */
    static final byte UNKNOWN = 0;

    /** It stays. */
    static final byte STRUCTURE = 1;

    /** It becomes the digit that it is called by here. */
    static final byte CONTENT = '0';

    /** Bytes in their place in a block, with the place of their verdicts. */
    static final class Piece {

        private final byte[] block;
        private final int from;
        private final int length;
        private final int at;

        private Piece(byte[] block, int from, int length, int at) {
            this.block = block;
            this.from = from;
            this.length = length;
            this.at = at;
        }

        int length() {
            return length;
        }
    }

    private final List<Piece> pieces = new ArrayList<>();
    private byte[] verdicts = new byte[1024];
    private int used;

    /** Takes bytes on which to decide. */
    Piece add(byte[] block, int from, int length) {
        if (used + length > verdicts.length) {
            verdicts = Arrays.copyOf(verdicts, Math.max(used + length, 2 * verdicts.length));
        }
        Arrays.fill(verdicts, used, used + length, UNKNOWN);
        Piece piece = new Piece(block, from, length, used);
        used += length;
        pieces.add(piece);
        return piece;
    }

    /** Decides on {@code [from, to)} of a piece. */
    void decide(Piece piece, int from, int to, byte verdict) {
        Arrays.fill(verdicts, piece.at + from, piece.at + to, verdict);
    }

    /** Overwrites what is not to stay, and forgets the block. */
    void carryOut() {
        for (Piece piece : pieces) {
            byte[] block = piece.block;
            for (int i = 0; i < piece.length; i++) {
                byte verdict = verdicts[piece.at + i];
                if (verdict != STRUCTURE) {
                    block[piece.from + i] = verdict;
                }
            }
        }
        pieces.clear();
        used = 0;
    }
}
