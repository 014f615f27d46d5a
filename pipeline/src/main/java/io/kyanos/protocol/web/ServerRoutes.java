package io.kyanos.protocol.web;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.record.Endpoint;
import io.kyanos.record.Message;
import org.jspecify.annotations.Nullable;

/** The routes of one server as one connection to it sees them. Not thread-safe; allocates nothing for routes that are known. */
public final class ServerRoutes {

    /** The path has words that the server's answer decides on. */
    private static final RouteNode UNDECIDED = new RouteNode("");

    private final RouteTemplates routes;
    private final Endpoint server;

    /** May be those of a while ago; a word that is not among them is looked up. */
    private ServerWords words = ServerWords.NONE;

    private RouteTemplates.@Nullable Bound spent;
    private RouteTemplates.@Nullable Bound met;

    ServerRoutes(RouteTemplates routes, Endpoint server) {
        this.routes = routes;
        this.server = server;
    }

    /**
     * The label of a request for the path {@code [from, to)}: {@code GET /users/{id}}, {@code other}, {@code CONNECT}; null if
     * that depends on the answer.
     */
    public @Nullable String operation(HttpMethod method, ByteView view, int from, int to) {
        if (method == HttpMethod.OTHER || method == HttpMethod.CONNECT) {
            return method.label();
        }
        RouteNode fixed = routes.fixed(view, from, to);
        if (fixed != null) {
            return fixed.operation(method);
        }
        RouteNode node = find(view, from, to, false);
        if (node == UNDECIDED) {
            words = routes.wordsOf(server);
            spent = routes.spentFor(words);
            node = find(view, from, to, false);
        }
        if (node == null) {
            node = routes.plantUnproven(view, from, to, server);
        }
        if (node == null || node == UNDECIDED) {
            return null;
        }
        if (met != null) {
            routes.count(met);
        }
        return node.operation(method);
    }

    /** The first of the operator's patterns that the path {@code [from, to)} matches, without its first slash; null if none does. */
    public @Nullable String pattern(ByteView view, int from, int to) {
        RouteNode fixed = from < to && view.byteAt(from) == '/' ? routes.fixed(view, from, to) : null;
        return fixed == null ? null : fixed.name();
    }

    /** As {@link RouteTemplates#reportWords}. */
    public void reportWords(ByteView view, int from, int to, ParseResult result) {
        routes.reportWords(view, from, to, result);
    }

    /** Names a request whose operation was left open, now that its answer, or the lack of one, is known. */
    public void decide(RoutedRequest request, @Nullable Message answer, long at) {
        boolean proves = answer != null && StatusCode.showsAnEndpoint(answer.status());
        if (routes.decidesLater(server, request, proves, at)) {
            return;
        }
        words = routes.wordsOf(server);
        ByteView path = ByteView.of(request.undecidedPath());
        RouteNode node = proves ? null : find(path, 0, path.length(), true);
        request.decided((node != null ? node : routes.plant(path, 0, path.length(), server, proves))
                .operation(request.method()));
    }

    /**
     * The node of a path; null if the tree has yet to grow there, and no word needs an answer for that.
     *
     * @param asItStands whether words that are not known count as values
     */
    private @Nullable RouteNode find(ByteView view, int from, int to, boolean asItStands) {
        met = null;
        RouteNode node = routes.root();
        int depth = 0;
        int at = PathSegments.start(view, from, to);
        while (at < to) {
            if (++depth > PathSegments.MAX) {
                return node.rest();
            }
            int end = PathSegments.end(view, at, to);
            RouteNode child = child(node, view, at, PathSegments.wordEnd(view, at, end), asItStands);
            if (child == UNDECIDED) {
                return UNDECIDED;
            }
            if (child == null && routes.areUsedUp()) {
                met = RouteTemplates.Bound.ROUTES;
                return node.rest();
            }
            if (child == null) {
                return !asItStands && hasCandidate(view, at, to, depth) ? UNDECIDED : null;
            }
            node = child;
            at = PathSegments.start(view, end, to);
        }
        return node;
    }

    private @Nullable RouteNode child(RouteNode place, ByteView view, int from, int to, boolean asItStands) {
        if (!PathWord.fits(from, to)) {
            return place.variable();
        }
        long hash = PathWord.hash(view, from, to);
        RouteNode known = place.children().find(hash, view, from, to);
        if (known != null && (known.isLiteral() || words.hold(known))) {
            return known;
        }
        if (known == null && RouteVocabulary.contains(hash, view, from, to)) {
            return null;
        }
        if (asItStands || !routes.mayBeAdmitted(place == routes.root(), view, from, to)) {
            return place.variable();
        }
        RouteTemplates.Bound bound = boundAt(place, known);
        if (bound == null) {
            return UNDECIDED;
        }
        met = bound;
        return place.variable();
    }

    /** What keeps further words from this place, if anything does. */
    private RouteTemplates.@Nullable Bound boundAt(RouteNode place, @Nullable RouteNode known) {
        if (spent != null) {
            return spent;
        }
        if (words.at(place) >= routes.settings().wordsPerPlace()) {
            return RouteTemplates.Bound.WORDS_PER_PLACE;
        }
        return known == null && routes.areUsedUp() ? RouteTemplates.Bound.ROUTES : null;
    }

    private boolean hasCandidate(ByteView view, int from, int to, int depthOfFirst) {
        int at = from;
        for (int depth = depthOfFirst; at < to && depth <= PathSegments.MAX; depth++) {
            int end = PathSegments.end(view, at, to);
            int wordEnd = PathSegments.wordEnd(view, at, end);
            if (PathWord.fits(at, wordEnd)
                    && !RouteVocabulary.contains(PathWord.hash(view, at, wordEnd), view, at, wordEnd)
                    && routes.mayBeAdmitted(depth == 1, view, at, wordEnd)) {
                return true;
            }
            at = PathSegments.start(view, end, to);
        }
        return false;
    }
}
