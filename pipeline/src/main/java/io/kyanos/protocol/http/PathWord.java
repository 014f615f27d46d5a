package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;

/** Looks at one segment of a path: whether it could be a word that a programmer has chosen, and its hash. */
final class PathWord {

    static final int MAX_BYTES = 32;

    private static final int MAX_PART_LETTERS = 16;
    private static final int MAX_DIGITS = 2;
    private static final int MAX_PARTS = 6;
    private static final int MIN_LETTERS_PER_PART = 3;
    private static final int MAX_CONSONANTS_IN_A_ROW = 4;
    private static final int MAX_VOWELS_IN_A_ROW = 3;
    private static final int HEX_LETTERS = 8;

    private PathWord() {}

    static long hash(ByteView view, int from, int to) {
        long hash = 0xcbf29ce484222325L;
        for (int i = from; i < to; i++) {
            hash = (hash ^ view.byteAt(i)) * 0x100000001b3L;
        }
        hash ^= hash >>> 32;
        hash *= 0x9e3779b97f4a7c15L;
        return hash ^ hash >>> 29;
    }

    /**
     * Words joined by {@code - _ .} or by capitals, each of letters with vowels among them and perhaps digits at its end,
     * two in all. Not: numbers, dates, addresses, identifiers of any kind, other scripts, random letters
     * that cannot be spoken. Random letters that can be spoken do pass; how they recur tells the rest.
     */
    static boolean looksLikeOne(ByteView view, int from, int to) {
        if (to - from > MAX_BYTES || isHexadecimal(view, from, to)) {
            return false;
        }
        int parts = 0;
        int digits = 0;
        int at = from;
        while (at < to) {
            byte octet = view.byteAt(at);
            if (isJoint(octet)) {
                if (at == from || at + 1 == to || isJoint(view.byteAt(at + 1))) {
                    return false;
                }
                at++;
                continue;
            }
            int end = partEnd(view, at, to);
            if (++parts > MAX_PARTS || !isPart(view, at, end)) {
                return false;
            }
            while (at < end) {
                digits += Octets.isDigit(view.byteAt(at++)) ? 1 : 0;
            }
        }
        // Many short parts are a mixture of capitals and digits, not words
        return parts > 0 && digits <= MAX_DIGITS && parts * MIN_LETTERS_PER_PART <= to - from + MIN_LETTERS_PER_PART;
    }

    /** A part ends before a joint, before a capital that follows a small letter, and after its digits. */
    private static int partEnd(ByteView view, int from, int to) {
        int at = from + 1;
        while (at < to
                && !isJoint(view.byteAt(at))
                && !(isCapital(view.byteAt(at)) && !isCapital(view.byteAt(at - 1)))
                && !(Octets.isLetter(view.byteAt(at)) && Octets.isDigit(view.byteAt(at - 1)))) {
            at++;
        }
        return at;
    }

    private static boolean isPart(ByteView view, int from, int to) {
        int at = from;
        int vowels = 0;
        int consonantsInARow = 0;
        int vowelsInARow = 0;
        while (at < to && Octets.isLetter(view.byteAt(at))) {
            boolean vowel = isVowel(view.byteAt(at));
            vowels += vowel ? 1 : 0;
            vowelsInARow = vowel ? vowelsInARow + 1 : 0;
            consonantsInARow = vowel ? 0 : consonantsInARow + 1;
            if (consonantsInARow > MAX_CONSONANTS_IN_A_ROW || vowelsInARow > MAX_VOWELS_IN_A_ROW) {
                return false;
            }
            at++;
        }
        int letters = at - from;
        while (at < to && Octets.isDigit(view.byteAt(at))) {
            at++;
        }
        return at == to && letters > 0 && letters <= MAX_PART_LETTERS && (letters == 1 || vowels * 6 >= letters);
    }

    private static boolean isHexadecimal(ByteView view, int from, int to) {
        if (to - from < HEX_LETTERS) {
            return false;
        }
        for (int i = from; i < to; i++) {
            if (Octets.hexValue(view.byteAt(i)) < 0 && view.byteAt(i) != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isJoint(byte octet) {
        return octet == '-' || octet == '_' || octet == '.';
    }

    private static boolean isCapital(byte octet) {
        return octet >= 'A' && octet <= 'Z';
    }

    private static boolean isVowel(byte octet) {
        return "aeiouyAEIOUY".indexOf(octet) >= 0;
    }
}
