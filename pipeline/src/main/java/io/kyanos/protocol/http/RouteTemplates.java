package io.kyanos.protocol.http;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Names the route of a path, fit for a metric label: {@code /users/42} is {@code /users/{id}}. Patterns given by the
 * operator come first ({@code /users/{user}}, {@code /static/*}); other paths follow a rule that lets nothing random
 * through. Shared by all connections; thread-safe, without locks or allocation for routes that are known.
 */
public final class RouteTemplates {

    /*
     * Design note
     *
     * What a segment becomes. A segment stays as it is if it is a word that everybody uses (RouteVocabulary), or if it
     * looks like a word and has proved at its place to be one. Everything else is {id}: what has digits in the wrong
     * places, is long, hexadecimal, mixed, percent-encoded, has no vowels where words have them, or has simply not been
     * seen often enough. Beyond MAX_SEGMENTS the rest is "*". Parameters after ';' do not count, nor do empty segments.
     *
     * Proof. No look at a single word tells a name from a route: "alice" is as good a word as "albums". What tells them
     * apart is how words recur at one place, so places learn. A place is a node of a tree of routes. It counts sightings
     * of unknown words in a few slots by hash; every second word that meets a taken slot weakens the one inside, and takes
     * an exhausted slot (much like the majority vote of Boyer and Moore, once per slot). Ten thousand words that come once
     * or twice do not reach the number of sightings that makes a word; a route that is called again and again does soon.
     * Until then its requests count under {id}. A single letter proves nothing however often it recurs: first in a path it
     * is a word at first sight, further on it never is.
     *
     * Collapse. A place where more than wordsPerPlace words have proved themselves holds names after all: the learned
     * words are forgotten, the place learns no more, and all unknown words there are {id} from then on.
     *
     * Bounds. At most maxRoutes nodes exist, each with one label per method. When they are used up, the rest of a path
     * that leaves the tree is "*".
     *
     * Threads. A node's children are an immutable table behind a volatile field, replaced under the lock of this object.
     * Counters are atomic and need not be exact.
     *
     * In steps. What is learned depends on the order in which connections are parsed, which differs from run to run. Where
     * that must not show, the tree stays as it is between two calls of settle: a path that would change it is named as
     * the tree, the vocabulary and the rule say, and kept. Settling learns from what was kept, in the order of the paths.
     */

    public static final int DEFAULT_SIGHTINGS = 5;
    public static final int MOST_SIGHTINGS = RouteNode.MAX_SIGHTINGS;
    public static final int DEFAULT_WORDS_PER_PLACE = 32;
    public static final int DEFAULT_MAX_ROUTES = 1000;

    static final int MAX_SEGMENTS = 8;

    private static final String ASTERISK = "*";
    private static final String PLACEHOLDER = "{id}";

    private final int sightings;
    private final int wordsPerPlace;
    private final int maxRoutes;
    private final RoutePattern[] patterns;
    private final RouteNode root = new RouteNode("");
    private final RouteNode serverWide = new RouteNode(ASTERISK);
    private final RouteNode noPath = new RouteNode("/" + ASTERISK);
    private final AtomicInteger routes = new AtomicInteger();

    /** Paths to learn from when settled; null where paths are learned from at once. */
    private final @Nullable Queue<String> unlearned;

    public RouteTemplates(List<String> patterns) {
        this(patterns, DEFAULT_SIGHTINGS, DEFAULT_WORDS_PER_PLACE, DEFAULT_MAX_ROUTES);
    }

    public RouteTemplates(List<String> patterns, int sightings) {
        this(patterns, sightings, DEFAULT_WORDS_PER_PLACE, DEFAULT_MAX_ROUTES);
    }

    /**
     * Takes the operator's patterns, of which the first that matches counts.
     *
     * @param patterns paths whose segments are words, placeholders in braces, or, at the end, {@code *} for the rest
     * @param sightings how often an unknown word must recur at one place to become part of a route; 1 takes it at once
     * @param wordsPerPlace how many learned words one place may have before it is taken for a variable
     * @param maxRoutes how many routes may exist beside the patterns
     * @throws IllegalArgumentException if a pattern or a number makes no sense
     */
    public RouteTemplates(List<String> patterns, int sightings, int wordsPerPlace, int maxRoutes) {
        if (sightings < 1 || sightings > RouteNode.MAX_SIGHTINGS) {
            throw new IllegalArgumentException(
                    "sightings: " + sightings + " (expected: 1 to " + RouteNode.MAX_SIGHTINGS + ")");
        }
        if (wordsPerPlace < 0 || maxRoutes < 1) {
            throw new IllegalArgumentException(
                    "words per place: " + wordsPerPlace + ", max routes: " + maxRoutes + " (expected: >= 0 and >= 1)");
        }
        this.sightings = sightings;
        this.wordsPerPlace = wordsPerPlace;
        this.maxRoutes = maxRoutes;
        List<RoutePattern> compiled = new ArrayList<>();
        for (String pattern : patterns) {
            compiled.add(new RoutePattern(pattern));
        }
        this.patterns = compiled.toArray(new RoutePattern[0]);
        this.unlearned = null;
    }

    private RouteTemplates(RouteTemplates like) {
        sightings = like.sightings;
        wordsPerPlace = like.wordsPerPlace;
        maxRoutes = like.maxRoutes;
        patterns = like.patterns;
        unlearned = new ConcurrentLinkedQueue<>();
    }

    /** As these, without what they have learned, and learning only when {@link #settle settled}. */
    RouteTemplates inSteps() {
        return new RouteTemplates(this);
    }

    /** Learns from the paths since the last time. While nobody asks for a route. */
    void settle() {
        if (unlearned == null || unlearned.isEmpty()) {
            return;
        }
        List<String> paths = new ArrayList<>();
        for (String path = unlearned.poll(); path != null; path = unlearned.poll()) {
            paths.add(path);
        }
        paths.sort(null);
        ByteView view = new ByteView();
        for (String path : paths) {
            byte[] bytes = path.getBytes(StandardCharsets.ISO_8859_1);
            view.wrap(bytes, 0, bytes.length);
            route(view, 0, bytes.length);
        }
    }

    /** The label of a request for the path {@code [from, to)}: {@code GET /users/{id}}, {@code other}, {@code CONNECT}. */
    String operation(HttpMethod method, ByteView view, int from, int to) {
        if (method == HttpMethod.OTHER || method == HttpMethod.CONNECT) {
            return method.label();
        }
        if (unlearned != null) {
            return operationAsKnown(method, view, from, to, unlearned);
        }
        return route(view, from, to).operation(method);
    }

    /** The label as the tree stands. */
    private String operationAsKnown(HttpMethod method, ByteView view, int from, int to, Queue<String> toLearn) {
        RouteNode fixed = fixedRoute(view, from, to);
        if (fixed != null) {
            return fixed.operation(method);
        }
        RouteNode node = root;
        boolean isFull = routes.get() >= maxRoutes;
        boolean isNew = false;
        int depth = 0;
        int at = segmentStart(view, from, to);
        while (at < to) {
            if (++depth > MAX_SEGMENTS) {
                node = node.rest();
                break;
            }
            int end = segmentEnd(view, at, to);
            int wordEnd = wordEnd(view, at, end);
            isNew |= !isFull && !isKnown(node, view, at, wordEnd);
            RouteNode child = knownChild(node, view, at, wordEnd);
            if (child == null) {
                if (isFull) {
                    return node.rest().operation(method);
                }
                toLearn.add(view.latin1(from, to));
                return method.label() + " " + unplanted(node, view, at, to, depth);
            }
            node = child;
            at = segmentStart(view, end, to);
        }
        if (isNew) {
            toLearn.add(view.latin1(from, to));
        }
        return node.operation(method);
    }

    /** Whether the tree holds all that it could learn from this word at its place. */
    private boolean isKnown(RouteNode node, ByteView view, int from, int to) {
        if (to - from > PathWord.MAX_BYTES || to == from) {
            return node.variable() != null;
        }
        long hash = PathWord.hash(view, from, to);
        if (node.children().find(hash, view, from, to) != null) {
            return true;
        }
        return !isWordAtOnce(node == root, hash, view, from, to)
                && !mayBecomeWord(node, view, from, to)
                && node.variable() != null;
    }

    private @Nullable RouteNode knownChild(RouteNode node, ByteView view, int from, int to) {
        if (to - from > PathWord.MAX_BYTES || to == from) {
            return node.variable();
        }
        long hash = PathWord.hash(view, from, to);
        RouteNode known = node.children().find(hash, view, from, to);
        return known != null || isWordAtOnce(node == root, hash, view, from, to) ? known : node.variable();
    }

    /** The route of a path that leaves the tree at {@code node}, as it will be when the tree has grown there. */
    private static String unplanted(RouteNode node, ByteView view, int from, int to, int depthOfFirst) {
        StringBuilder route = new StringBuilder(node.route());
        int depth = depthOfFirst;
        for (int at = from; at < to; depth++) {
            if (depth > MAX_SEGMENTS) {
                return route.append("/" + ASTERISK).toString();
            }
            int end = segmentEnd(view, at, to);
            int wordEnd = wordEnd(view, at, end);
            boolean isWord = wordEnd > at
                    && wordEnd - at <= PathWord.MAX_BYTES
                    && isWordAtOnce(depth == 1, PathWord.hash(view, at, wordEnd), view, at, wordEnd);
            route.append('/').append(isWord ? view.latin1(at, wordEnd) : PLACEHOLDER);
            at = segmentStart(view, end, to);
        }
        return route.toString();
    }

    /** The route of what is no path, or of what a pattern names; null for a path that the tree is to name. */
    private @Nullable RouteNode fixedRoute(ByteView view, int from, int to) {
        if (from < to && view.byteAt(from) != '/') {
            return to - from == 1 && view.byteAt(from) == '*' ? serverWide : noPath;
        }
        for (RoutePattern pattern : patterns) {
            if (pattern.matches(view, from, to)) {
                return pattern.node();
            }
        }
        return null;
    }

    private RouteNode route(ByteView view, int from, int to) {
        RouteNode fixed = fixedRoute(view, from, to);
        if (fixed != null) {
            return fixed;
        }
        RouteNode node = root;
        int depth = 0;
        int at = segmentStart(view, from, to);
        while (at < to) {
            if (++depth > MAX_SEGMENTS) {
                return node.rest();
            }
            int end = segmentEnd(view, at, to);
            RouteNode child = child(node, view, at, wordEnd(view, at, end));
            if (child == null) {
                return node.rest();
            }
            node = child;
            at = segmentStart(view, end, to);
        }
        return node;
    }

    static int segmentStart(ByteView view, int from, int to) {
        int at = from;
        while (at < to && view.byteAt(at) == '/') {
            at++;
        }
        return at;
    }

    static int segmentEnd(ByteView view, int from, int to) {
        int slash = view.indexOf((byte) '/', from, to);
        return slash < 0 ? to : slash;
    }

    private static int wordEnd(ByteView view, int from, int to) {
        int semicolon = view.indexOf((byte) ';', from, to);
        return semicolon < 0 ? to : semicolon;
    }

    private @Nullable RouteNode child(RouteNode node, ByteView view, int from, int to) {
        if (to - from > PathWord.MAX_BYTES || to == from) {
            return variable(node);
        }
        long hash = PathWord.hash(view, from, to);
        RouteNode known = node.children().find(hash, view, from, to);
        if (known != null) {
            return known;
        }
        if (isWordAtOnce(node == root, hash, view, from, to)) {
            return add(node, view.latin1(from, to), false);
        }
        if (mayBecomeWord(node, view, from, to) && node.sighted(hash) >= sightings) {
            RouteNode learned = add(node, view.latin1(from, to), true);
            return learned == null ? variable(node) : learned;
        }
        return variable(node);
    }

    /**
     * Whether it is a word at first sight. One letter says too little to be learned: first in a path it stands for a part of
     * the program (/u/alice), of which there can be no more than letters; further on it mostly divides what is stored
     * (/photos/a/b/9.png).
     */
    private static boolean isWordAtOnce(boolean isFirst, long hash, ByteView view, int from, int to) {
        return isLetter(view, from, to) ? isFirst : RouteVocabulary.contains(hash, view, from, to);
    }

    private static boolean mayBecomeWord(RouteNode node, ByteView view, int from, int to) {
        return !isLetter(view, from, to) && node.learns() && PathWord.looksLikeOne(view, from, to);
    }

    private static boolean isLetter(ByteView view, int from, int to) {
        return to - from == 1 && Octets.isLetter(view.byteAt(from));
    }

    private @Nullable RouteNode variable(RouteNode node) {
        RouteNode variable = node.variable();
        return variable != null ? variable : addVariable(node);
    }

    private synchronized @Nullable RouteNode addVariable(RouteNode node) {
        RouteNode variable = node.variable();
        if (variable == null && routes.get() < maxRoutes) {
            routes.incrementAndGet();
            variable = new RouteNode(node.route() + "/" + PLACEHOLDER);
            node.variable(variable);
        }
        return variable;
    }

    private synchronized @Nullable RouteNode add(RouteNode node, String word, boolean learned) {
        byte[] bytes = word.getBytes(StandardCharsets.ISO_8859_1);
        ByteView view = new ByteView(bytes, 0, bytes.length);
        long hash = PathWord.hash(view, 0, bytes.length);
        RouteNode known = node.children().find(hash, view, 0, bytes.length);
        if (known != null) {
            return known;
        }
        if (learned && node.learnedWords() == wordsPerPlace) {
            node.collapse();
            return null;
        }
        if (routes.get() >= maxRoutes) {
            return null;
        }
        routes.incrementAndGet();
        RouteNode child = new RouteNode(node.route() + "/" + word);
        node.add(hash, bytes, child, learned);
        return child;
    }
}
