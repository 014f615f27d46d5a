package io.kyanos.protocol.web;

import io.kyanos.protocol.ByteView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A place in the tree of routes: the route up to here, its labels, and what may follow. Shared by all servers. Readable by
 * all threads without locks; grows only under the lock of its {@link RouteTemplates}.
 */
final class RouteNode {

    private final String route;
    private final int number;
    private final boolean literal;
    private final AtomicReferenceArray<@Nullable String> operations =
            new AtomicReferenceArray<>(HttpMethod.NAMED.size());

    /** Made when it is asked for; whichever thread's stays. */
    private @Nullable String name;

    private volatile Children children = Children.NONE;
    private volatile @Nullable RouteNode variable;
    private volatile @Nullable RouteNode rest;

    /** A place that no word leads to. */
    RouteNode(String route) {
        this(route, -1, true);
    }

    /**
     * @param number distinguishes words and places of one tree
     * @param literal whether it is part of routes everywhere, not just of servers that have answered for it
     */
    RouteNode(String route, int number, boolean literal) {
        this.route = route;
        this.number = number;
        this.literal = literal;
    }

    String route() {
        return route;
    }

    /** The route without its first slash, as calls are named. */
    String name() {
        String known = name;
        if (known == null) {
            known = route.startsWith("/") ? route.substring(1) : route;
            name = known;
        }
        return known;
    }

    int number() {
        return number;
    }

    boolean isLiteral() {
        return literal;
    }

    String operation(HttpMethod method) {
        String known = operations.getPlain(method.index());
        if (known != null) {
            return known;
        }
        String made = method.label() + " " + (route.isEmpty() ? "/" : route);
        operations.set(method.index(), made);
        return made;
    }

    Children children() {
        return children;
    }

    @Nullable
    RouteNode variable() {
        return variable;
    }

    void variable(RouteNode node) {
        variable = node;
    }

    /** Everything below this place. */
    RouteNode rest() {
        RouteNode known = rest;
        if (known == null) {
            known = new RouteNode(route + "/*");
            rest = known;
        }
        return known;
    }

    void add(long hash, byte[] word, RouteNode child) {
        children = children.with(new Child(hash, word, child));
    }

    private static final class Child {

        private final long hash;
        private final byte[] word;
        private final RouteNode node;

        Child(long hash, byte[] word, RouteNode node) {
            this.hash = hash;
            this.word = word;
            this.node = node;
        }

        boolean is(long otherHash, ByteView view, int from, int to) {
            return hash == otherHash && word.length == to - from && view.startsWith(word, from);
        }
    }

    /** The words that may follow a place, in an open hash table. Immutable. */
    static final class Children {

        static final Children NONE = new Children(List.of());

        private final List<Child> all;
        private final @Nullable Child[] table;

        private Children(List<Child> all) {
            this.all = all;
            table = new Child[Integer.highestOneBit(all.size() * 2 + 1) * 2];
            for (Child child : all) {
                int i = index(child.hash);
                while (table[i] != null) {
                    i = (i + 1) & (table.length - 1);
                }
                table[i] = child;
            }
        }

        @Nullable
        RouteNode find(long hash, ByteView view, int from, int to) {
            for (int i = index(hash); ; i = (i + 1) & (table.length - 1)) {
                Child child = table[i];
                if (child == null) {
                    return null;
                }
                if (child.is(hash, view, from, to)) {
                    return child.node;
                }
            }
        }

        Children with(Child child) {
            List<Child> more = new ArrayList<>(all);
            more.add(child);
            return new Children(List.copyOf(more));
        }

        private int index(long hash) {
            return (int) (hash >>> 32) & (table.length - 1);
        }
    }
}
