package io.kyanos.protocol.web;

import io.kyanos.protocol.ByteView;

/** Looks at one segment of a path: whether it could be a word that a programmer has chosen, and its hash. */
final class PathWord {

    static final int MAX_BYTES = 32;

    private static final int MAX_PART_LETTERS = 20;
    private static final int MAX_ABBREVIATION_LETTERS = 4;
    private static final int MAX_PARTS = 6;
    private static final int MIN_LETTERS_PER_PART = 3;
    private static final int MAX_CONSONANTS_IN_A_ROW = 5;
    private static final int MAX_VOWELS_IN_A_ROW = 4;
    private static final int MAX_LETTERS_PER_VOWEL = 9;
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

    /** Whether it is of a length that words have. */
    static boolean fits(int from, int to) {
        return to > from && to - from <= MAX_BYTES;
    }

    /**
     * Words joined by {@code - _ .} or by capitals, each of letters with vowels among them, or a short abbreviation. Digits
     * stand only in what the vocabulary holds, as in {@code oauth2-proxy}. Not: numbers, dates, addresses, identifiers of any
     * kind, other scripts, random letters that cannot be pronounced.
     */
    static boolean looksLikeOne(ByteView view, int from, int to) {
        if (!fits(from, to) || isHexadecimal(view, from, to)) {
            return false;
        }
        int parts = 0;
        int at = from;
        while (at < to) {
            int end = jointOrEnd(view, at, to);
            if (end == at || end + 1 == to) {
                return false;
            }
            if (hasDigit(view, at, end)) {
                if (!RouteVocabulary.contains(hash(view, at, end), view, at, end)) {
                    return false;
                }
                parts++;
                at = end;
            }
            while (at < end) {
                int partEnd = partEnd(view, at, end);
                if (++parts > MAX_PARTS || !isPart(view, at, partEnd)) {
                    return false;
                }
                at = partEnd;
            }
            at = end + 1;
        }
        // Many short parts are a mixture of capitals, not words
        return parts * MIN_LETTERS_PER_PART <= to - from + MIN_LETTERS_PER_PART;
    }

    private static int jointOrEnd(ByteView view, int from, int to) {
        int at = from;
        while (at < to && !isJoint(view.byteAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean hasDigit(ByteView view, int from, int to) {
        for (int i = from; i < to; i++) {
            if (Octets.isDigit(view.byteAt(i))) {
                return true;
            }
        }
        return false;
    }

    /** A part ends before a capital that follows a small letter. */
    private static int partEnd(ByteView view, int from, int to) {
        int at = from + 1;
        while (at < to && !(isCapital(view.byteAt(at)) && !isCapital(view.byteAt(at - 1)))) {
            at++;
        }
        return at;
    }

    private static boolean isPart(ByteView view, int from, int to) {
        int vowels = 0;
        int capitals = 0;
        int consonantsInARow = 0;
        int vowelsInARow = 0;
        for (int at = from; at < to; at++) {
            if (!Octets.isLetter(view.byteAt(at))) {
                return false;
            }
            boolean vowel = isVowel(view.byteAt(at));
            vowels += vowel ? 1 : 0;
            capitals += isCapital(view.byteAt(at)) ? 1 : 0;
            vowelsInARow = vowel ? vowelsInARow + 1 : 0;
            consonantsInARow = vowel ? 0 : consonantsInARow + 1;
            if (consonantsInARow > MAX_CONSONANTS_IN_A_ROW || vowelsInARow > MAX_VOWELS_IN_A_ROW) {
                return false;
            }
        }
        int letters = to - from;
        boolean isAbbreviation = letters <= MAX_ABBREVIATION_LETTERS && (capitals == 0 || capitals == letters);
        return letters <= MAX_PART_LETTERS && (isAbbreviation || vowels * MAX_LETTERS_PER_VOWEL >= letters);
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
