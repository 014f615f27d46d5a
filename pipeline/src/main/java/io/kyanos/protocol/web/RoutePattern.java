package io.kyanos.protocol.web;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** One route given by the operator: words, placeholders in braces, and perhaps {@code *} at the end. */
final class RoutePattern {

    private static final String REST = "*";
    private static final byte[] PLACEHOLDER = {};

    private final RouteNode node;

    /** The words in order; an empty one stands for a placeholder. */
    private final byte[][] segments;

    private final boolean openEnded;

    RoutePattern(String pattern) {
        if (!pattern.startsWith("/")) {
            throw new IllegalArgumentException("route pattern: '" + pattern + "' (expected: begins with '/')");
        }
        List<byte[]> words = new ArrayList<>();
        boolean rest = false;
        for (String segment : pattern.split("/")) {
            if (rest) {
                throw new IllegalArgumentException("route pattern: '" + pattern + "' (expected: '*' at its end only)");
            }
            boolean placeholder = segment.startsWith("{") && segment.endsWith("}") && segment.length() > 2;
            if (!placeholder && !segment.equals(REST) && segment.matches(".*[{}*?\\s].*")) {
                throw new IllegalArgumentException("route pattern: '" + pattern
                        + "' (expected: segments that are words, '{name}', or '*' at the end)");
            }
            if (segment.equals(REST)) {
                rest = true;
            } else if (!segment.isEmpty()) {
                words.add(placeholder ? PLACEHOLDER : segment.getBytes(StandardCharsets.UTF_8));
            }
        }
        segments = words.toArray(new byte[0][]);
        openEnded = rest;
        node = new RouteNode(pattern);
    }

    RouteNode node() {
        return node;
    }

    /** Whether this segment of a path that matches is one of its words. */
    boolean isWord(int segment) {
        return segment < segments.length && segments[segment].length > 0;
    }

    boolean matches(ByteView view, int from, int to) {
        int at = PathSegments.start(view, from, to);
        for (byte[] word : segments) {
            if (at == to) {
                return false;
            }
            int end = PathSegments.end(view, at, to);
            if (word.length > 0 && (word.length != end - at || !view.startsWith(word, at))) {
                return false;
            }
            at = PathSegments.start(view, end, to);
        }
        return openEnded || at == to;
    }
}
