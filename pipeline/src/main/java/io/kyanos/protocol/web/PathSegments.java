package io.kyanos.protocol.web;

import io.kyanos.protocol.ByteView;

/** Where the segments of a path are. Empty ones and parameters after {@code ;} do not count. */
public final class PathSegments {

    /** After so many comes the rest. */
    public static final int MAX = 8;

    private PathSegments() {}

    public static int start(ByteView view, int from, int to) {
        int at = from;
        while (at < to && view.byteAt(at) == '/') {
            at++;
        }
        return at;
    }

    public static int end(ByteView view, int from, int to) {
        int slash = view.indexOf((byte) '/', from, to);
        return slash < 0 ? to : slash;
    }

    public static int wordEnd(ByteView view, int from, int to) {
        int semicolon = view.indexOf((byte) ';', from, to);
        return semicolon < 0 ? to : semicolon;
    }

    /** What of a path matters to its route, of bounded length: its words, and a 0 for each value. */
    public static String essence(ByteView view, int from, int to) {
        StringBuilder essence = new StringBuilder();
        int at = start(view, from, to);
        for (int depth = 0; at < to && depth <= MAX; depth++) {
            int end = end(view, at, to);
            int wordEnd = wordEnd(view, at, end);
            boolean isWord = PathWord.fits(at, wordEnd)
                    && (RouteVocabulary.contains(PathWord.hash(view, at, wordEnd), view, at, wordEnd)
                            || PathWord.looksLikeOne(view, at, wordEnd));
            essence.append('/').append(isWord ? view.latin1(at, wordEnd) : "0");
            at = start(view, end, to);
        }
        return essence.toString();
    }
}
