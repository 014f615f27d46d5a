package io.kyanos.protocol.web;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.record.Endpoint;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Names the routes of paths, fit for a metric label: {@code /users/42} is {@code /users/{id}}. Patterns given by the operator
 * come first ({@code /users/{user}}, {@code /static/*}); other paths follow a rule. Shared by all connections; thread-safe,
 * without locks or allocation for routes that are known.
 */
public final class RouteTemplates {

    /*
     * Design note
     *
     * What a segment becomes. A word of the vocabulary stays as it is. What looks like a value (digits, hexadecimal, encoded,
     * long, mixed) is {id}. Any other word is part of the route where its server has answered for it, else {id}. Beyond
     * PathSegments.MAX the rest is "*".
     *
     * Admission. No look at a single word tells a name from a route: "alice" is as good a word as "albums". Who knows is the
     * server, and its answer says it: what does not exist gets 404 (or 400, 405, 501). So the route of a path with words that
     * are not known yet is left open until its request is answered, and that answer admits its words, each at its place, for
     * good; the request itself is the first to be counted under them. What was named is never renamed. A place admits
     * wordsPerPlace words: a server that answers everything, or a place that holds names, has no more than that.
     *
     * Places. The tree of routes is shared by all servers, so a route has the same label everywhere and costs its memory once.
     * Which of its words a server has, and how many at each place, is kept per server (ServerWords), from its first word on.
     *
     * Bounds. At most maxRoutes nodes exist, each with one label per method; half of them at most are owed to requests that
     * show no endpoint, so that requests for nonsense do not take the room of what exists. When they are used up, the rest
     * of a path that leaves the tree is "*". One server may have a tenth as many words; maxServers may have any.
     *
     * Threads. A node's children and a server's words are immutable tables, replaced under the lock of this object. A
     * connection keeps the words of its server at hand and looks for newer ones only when it meets a word that is not
     * among them.
     *
     * In steps. Which request is answered first depends on the order in which connections are parsed, which differs from run to
     * run. Where that must not show, the tree stays as it is between two calls of settle; requests that it does not name
     * are kept, and are named when settled, in the order of their answers.
     */

    /** What may keep a word from becoming part of a route. */
    enum Bound {
        WORDS_PER_PLACE,
        SERVERS,
        ROUTES
    }

    private record Kept(Endpoint server, RoutedRequest request, boolean proves, long at) {

        private static final Comparator<Kept> BY_TIME = Comparator.comparingLong(Kept::at)
                .thenComparing(kept -> kept.request().undecidedPath())
                .thenComparing(Kept::proves)
                .thenComparing(kept -> kept.server().toString());
    }

    private static final String PLACEHOLDER = "{id}";
    private static final String ROOT = "kyanos.http.";
    private static final String WORDS = ROOT + "words";
    private static final int MOST_WORDS_PER_PLACE = 1_000;
    private static final int MOST_OF_ALL = 1_000_000;

    private final RouteSettings settings;
    private final RoutePattern[] patterns;
    private final RouteNode root = new RouteNode("", 0, true);
    private final RouteNode serverWide = new RouteNode("*");
    private final RouteNode noPath = new RouteNode("/*");
    private final Map<Endpoint, ServerWords> servers = new ConcurrentHashMap<>();
    private final Map<Bound, LongAdder> met = new EnumMap<>(Bound.class);

    /** How many nodes there are, the root not counted. Rises under the lock. */
    private final AtomicInteger nodes = new AtomicInteger();

    private volatile boolean serversFull;

    /** Requests to be named when settled; null where they are named at once. */
    private final @Nullable Queue<Kept> kept;

    public RouteTemplates(List<String> patterns) {
        this(patterns, RouteSettings.DEFAULT);
    }

    /**
     * Takes the operator's patterns, of which the first that matches counts.
     *
     * @param patterns paths whose segments are words, placeholders in braces, or, at the end, {@code *} for the rest
     * @throws IllegalArgumentException if a pattern makes no sense
     */
    public RouteTemplates(List<String> patterns, RouteSettings settings) {
        this(patterns.stream().map(RoutePattern::new).toArray(RoutePattern[]::new), settings, null);
    }

    private RouteTemplates(RoutePattern[] patterns, RouteSettings settings, @Nullable Queue<Kept> kept) {
        this.patterns = patterns;
        this.settings = settings;
        this.kept = kept;
        for (Bound bound : Bound.values()) {
            met.put(bound, new LongAdder());
        }
    }

    /**
     * As the whole configuration shapes them.
     *
     * @throws ConfigException where a value of {@code kyanos.http} is out of its bounds
     */
    public static RouteTemplates of(Config config) {
        return new RouteTemplates(config.getStringList(ROOT + "routes"), settings(config));
    }

    private static RouteSettings settings(Config config) {
        String words = config.getString(WORDS);
        if (!words.equals("answered") && !words.equals("known")) {
            throw new ConfigException.BadValue(
                    config.getValue(WORDS).origin(), WORDS, words + " (expected: answered or known)");
        }
        return new RouteSettings(
                words.equals("answered"),
                number(config, ROOT + "words-per-place", MOST_WORDS_PER_PLACE),
                number(config, ROOT + "max-servers", MOST_OF_ALL),
                number(config, ROOT + "max-routes", MOST_OF_ALL));
    }

    private static int number(Config config, String key, int most) {
        int number = config.getInt(key);
        if (number < 1 || number > most) {
            throw new ConfigException.BadValue(
                    config.getValue(key).origin(), key, number + " (expected: 1 to " + most + ")");
        }
        return number;
    }

    /** As these, with no words admitted, and admitting only when {@link #settle settled}. */
    public RouteTemplates inSteps() {
        return new RouteTemplates(patterns, settings, new ConcurrentLinkedQueue<>());
    }

    /**
     * Reports, as structure, which words of the path {@code [from, to)} are part of its route, whichever server answers:
     * those of the first pattern that matches, else those of the vocabulary; and all that divides its segments.
     */
    void reportWords(ByteView view, int from, int to, ParseResult result) {
        RoutePattern pattern = null;
        for (int i = 0; i < patterns.length && pattern == null; i++) {
            pattern = patterns[i].matches(view, from, to) ? patterns[i] : null;
        }
        int segment = 0;
        int at = from;
        while (at < to) {
            int start = PathSegments.start(view, at, to);
            result.structure(at, start);
            int end = PathSegments.end(view, start, to);
            int wordEnd = PathSegments.wordEnd(view, start, end);
            boolean isWord = pattern != null
                    ? pattern.isWord(segment)
                    : segment < PathSegments.MAX
                            && PathWord.fits(start, wordEnd)
                            && RouteVocabulary.contains(PathWord.hash(view, start, wordEnd), view, start, wordEnd);
            if (isWord) {
                result.structure(start, pattern != null ? end : Math.min(end, wordEnd + 1));
            }
            segment++;
            at = end;
        }
    }

    /** For one connection to {@code server}. */
    public ServerRoutes of(Endpoint server) {
        return new ServerRoutes(this, server);
    }

    /** Names the requests since the last time. Called while no route is asked for. */
    public void settle() {
        if (kept == null || kept.isEmpty()) {
            return;
        }
        List<Kept> all = new ArrayList<>(kept);
        kept.clear();
        all.sort(Kept.BY_TIME);
        for (Kept one : all) {
            ByteView path = ByteView.of(one.request().undecidedPath());
            one.request()
                    .decided(plant(path, 0, path.length(), one.server(), one.proves())
                            .operation(one.request().method()));
        }
    }

    /** How many requests have met each bound. */
    public Map<String, Long> boundsMet() {
        Map<String, Long> counts = new TreeMap<>();
        met.forEach((bound, count) -> counts.put(bound.name().toLowerCase(Locale.ROOT), count.sum()));
        return counts;
    }

    void count(Bound bound) {
        LongAdder count = met.get(bound);
        if (count != null) {
            count.increment();
        }
    }

    /** What it was shaped by. */
    public RouteSettings settings() {
        return settings;
    }

    RouteNode root() {
        return root;
    }

    ServerWords wordsOf(Endpoint server) {
        return servers.getOrDefault(server, ServerWords.NONE);
    }

    /** What keeps all further words from a server that has these, for good; null if nothing does. */
    @Nullable
    Bound spentFor(ServerWords words) {
        if (words == ServerWords.NONE && serversFull) {
            return Bound.SERVERS;
        }
        return words.size() >= settings.wordsPerServer() ? Bound.ROUTES : null;
    }

    boolean areUsedUp() {
        return nodes.get() >= settings.maxRoutes();
    }

    /** Keeps the request for later if nothing may be decided now. */
    boolean decidesLater(Endpoint server, RoutedRequest request, boolean proves, long at) {
        return kept != null && kept.add(new Kept(server, request, proves, at));
    }

    /** The route of what is no path, or of what a pattern names; null for a path that the tree is to name. */
    @Nullable
    RouteNode fixed(ByteView view, int from, int to) {
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

    /** Whether it is a word that an answer can admit. A single letter mostly divides what is stored (/photos/a/b/9.png). */
    boolean mayBeAdmitted(boolean isFirst, ByteView view, int from, int to) {
        boolean isLetter = to - from == 1 && Octets.isLetter(view.byteAt(from));
        return settings.answered() && (isLetter ? isFirst : PathWord.looksLikeOne(view, from, to));
    }

    /** Lets the tree grow by a path that needs no further words to be admitted; null if that must wait for an answer. */
    @Nullable
    RouteNode plantUnproven(ByteView view, int from, int to, Endpoint server) {
        boolean hasRoom = nodes.get() < settings.maxUnprovenRoutes() || !settings.answered();
        return kept == null && hasRoom ? plant(view, from, to, server, false) : null;
    }

    /** The node of a path, made if there is room; {@code proves} admits its words at their places. */
    synchronized RouteNode plant(ByteView view, int from, int to, Endpoint server, boolean proves) {
        Planting planting = new Planting(server, proves);
        RouteNode node = root;
        int depth = 0;
        int at = PathSegments.start(view, from, to);
        while (at < to && ++depth <= PathSegments.MAX) {
            int end = PathSegments.end(view, at, to);
            RouteNode child = planting.child(node, view, at, PathSegments.wordEnd(view, at, end));
            if (child == null) {
                planting.met = Bound.ROUTES;
                break;
            }
            node = child;
            at = PathSegments.start(view, end, to);
        }
        if (planting.met != null) {
            count(planting.met);
        }
        return at < to ? node.rest() : node;
    }

    /** One path on its way into the tree. Under the lock. */
    private final class Planting {

        private final Endpoint server;
        private final boolean proves;
        private final int room;
        private ServerWords words;
        private @Nullable Bound met;

        Planting(Endpoint server, boolean proves) {
            this.server = server;
            this.proves = proves;
            this.room = proves ? settings.maxRoutes() : settings.maxUnprovenRoutes();
            this.words = wordsOf(server);
        }

        /** Null if there is no room for it. */
        @Nullable
        RouteNode child(RouteNode place, ByteView view, int from, int to) {
            if (!PathWord.fits(from, to)) {
                return variable(place);
            }
            long hash = PathWord.hash(view, from, to);
            RouteNode known = place.children().find(hash, view, from, to);
            if (known != null && (known.isLiteral() || words.hold(known))) {
                return known;
            }
            if (known == null && RouteVocabulary.contains(hash, view, from, to)) {
                return add(place, hash, view.latin1(from, to), true);
            }
            RouteNode admitted = proves && mayBeAdmitted(place == root, view, from, to)
                    ? admitted(place, hash, view.latin1(from, to), known)
                    : null;
            return admitted != null ? admitted : variable(place);
        }

        private @Nullable RouteNode admitted(RouteNode place, long hash, String word, @Nullable RouteNode known) {
            Bound bound = words.at(place) >= settings.wordsPerPlace() ? Bound.WORDS_PER_PLACE : spentFor(words);
            if (bound != null) {
                met = bound;
                return null;
            }
            RouteNode node = known != null ? known : add(place, hash, word, false);
            if (node == null) {
                met = Bound.ROUTES;
                return null;
            }
            words = words.with(place, node);
            servers.put(server, words);
            serversFull = servers.size() >= settings.maxServers();
            return node;
        }

        private @Nullable RouteNode variable(RouteNode place) {
            RouteNode variable = place.variable();
            if (variable == null && nodes.get() < room) {
                variable = new RouteNode(place.route() + "/" + PLACEHOLDER, nodes.incrementAndGet(), true);
                place.variable(variable);
            }
            return variable;
        }

        private @Nullable RouteNode add(RouteNode place, long hash, String word, boolean literal) {
            if (nodes.get() >= room) {
                return null;
            }
            RouteNode node = new RouteNode(place.route() + "/" + word, nodes.incrementAndGet(), literal);
            place.add(hash, word.getBytes(StandardCharsets.ISO_8859_1), node);
            return node;
        }
    }
}
