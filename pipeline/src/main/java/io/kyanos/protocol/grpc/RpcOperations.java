package io.kyanos.protocol.grpc;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.web.RouteSettings;
import io.kyanos.protocol.web.RoutedRequest;
import io.kyanos.record.Endpoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Names calls, fit for a metric label: {@code grpc.health.v1.Health/Check}. Shared by all connections; thread-safe, without locks
 * or allocation for names that are known.
 */
/*
 * Admission: a client may ask for anything, so a name becomes a label where a server has shown that it has the method: by a status other
 * than UNIMPLEMENTED, or by a message. Until then, and beyond the bounds, the call is "other". What was admitted stays. Names of
 * services that are part of gRPC need no proof.
 *
 * Bounds: those of routes, whose settings they are. A label is kept once for all servers.
 *
 * In steps: as for routes, names are admitted only between two calls of settle, in the order of the answers.
 */
public final class RpcOperations {

    /** In place of a name that is not known to be one. */
    public static final String OTHER = "other";

    /** In place of a name that was missed. */
    public static final String UNKNOWN = "unknown";

    /** A longer name becomes no label. */
    public static final int MAX_BYTES = 128;

    private static final List<String> STANDARD = List.of(
            "grpc.health.v1.Health/Check",
            "grpc.health.v1.Health/List",
            "grpc.health.v1.Health/Watch",
            "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
    private static final Names OF_ALL = standard();

    private record Kept(Endpoint server, RoutedRequest request, boolean proves, long at) {

        private static final Comparator<Kept> BY_TIME = Comparator.comparingLong(Kept::at)
                .thenComparing(kept -> kept.request().undecidedPath())
                .thenComparing(Kept::proves)
                .thenComparing(kept -> kept.server().toString());
    }

    private final RouteSettings settings;
    private final Map<Endpoint, Names> servers = new ConcurrentHashMap<>();

    /** Those of all servers, each by itself. Under the lock. */
    private final Map<String, String> labels = new ConcurrentHashMap<>();

    private final LongAdder beyondServers = new LongAdder();
    private final LongAdder beyondNames = new LongAdder();

    /** Calls to be named when settled; null where they are named at once. */
    private final @Nullable Queue<Kept> kept;

    public RpcOperations(RouteSettings settings) {
        this(settings, null);
    }

    private RpcOperations(RouteSettings settings, @Nullable Queue<Kept> kept) {
        this.settings = settings;
        this.kept = kept;
    }

    private static Names standard() {
        Names names = Names.NONE;
        for (String name : STANDARD) {
            names = names.with(name);
        }
        return names;
    }

    /** As these, with no names admitted, and admitting only when {@link #settle settled}. */
    public RpcOperations inSteps() {
        return new RpcOperations(settings, new ConcurrentLinkedQueue<>());
    }

    /** Names the calls since the last time. Called while nobody asks. */
    public void settle() {
        if (kept == null || kept.isEmpty()) {
            return;
        }
        List<Kept> all = new ArrayList<>(kept);
        kept.clear();
        all.sort(Kept.BY_TIME);
        for (Kept one : all) {
            one.request().decided(named(one.server(), one.request().undecidedPath(), one.proves()));
        }
    }

    /** Adds to {@code counts} how many calls have met each bound. */
    public void countBoundsMet(Map<String, Long> counts) {
        counts.merge("servers", beyondServers.sum(), Long::sum);
        counts.merge("routes", beyondNames.sum(), Long::sum);
    }

    /** For one connection to {@code server}. */
    public OfServer of(Endpoint server) {
        return new OfServer(server);
    }

    private String named(Endpoint server, String name, boolean proves) {
        String known = servers.getOrDefault(server, Names.NONE).find(name);
        return known != null ? known : proves && settings.answered() ? admitted(server, name) : OTHER;
    }

    private synchronized String admitted(Endpoint server, String name) {
        Names names = servers.get(server);
        if (names == null && servers.size() >= settings.maxServers()) {
            beyondServers.increment();
            return OTHER;
        }
        Names before = names == null ? Names.NONE : names;
        String label = labels.get(name);
        if (before.size() >= Math.max(settings.wordsPerPlace(), settings.maxRoutes() / 10)
                || (label == null && labels.size() >= settings.maxRoutes())) {
            beyondNames.increment();
            return OTHER;
        }
        if (label == null) {
            label = name;
            labels.put(name, name);
        }
        if (before.find(name) == null) {
            servers.put(server, before.with(label));
        }
        return label;
    }

    /** Where in a path the name of a call is; its length, -1 if the path names none. */
    public static int nameLength(ByteView path, int to) {
        int slash = -1;
        if (to < 4 || to - 1 > MAX_BYTES || path.byteAt(0) != '/') {
            return -1;
        }
        for (int i = 1; i < to; i++) {
            byte octet = path.byteAt(i);
            if (octet == '/' && slash < 0) {
                slash = i;
            } else if (!isPart(octet)) {
                return -1;
            }
        }
        return slash > 1 && slash < to - 1 ? to - 1 : -1;
    }

    private static boolean isPart(byte octet) {
        return (octet >= 'a' && octet <= 'z')
                || (octet >= 'A' && octet <= 'Z')
                || (octet >= '0' && octet <= '9')
                || octet == '_'
                || octet == '.';
    }

    /** The names of one server as one connection to it sees them. Not thread-safe. */
    public final class OfServer {

        private final Endpoint server;

        /** May be those of a while ago. */
        private Names names = Names.NONE;

        private OfServer(Endpoint server) {
            this.server = server;
        }

        /** The label of a call for the path {@code [0, to)}; null if that depends on the answer. */
        public @Nullable String operation(ByteView path, int to) {
            if (nameLength(path, to) < 0) {
                return OTHER;
            }
            String known = OF_ALL.find(path, 1, to);
            if (known == null) {
                known = names.find(path, 1, to);
            }
            if (known == null) {
                names = servers.getOrDefault(server, Names.NONE);
                known = names.find(path, 1, to);
            }
            return known != null || settings.answered() ? known : OTHER;
        }

        /**
         * Names a call whose operation was left open, now that its answer, or the lack of one, is known.
         *
         * @param proves whether the answer shows that the server has the method
         */
        public void decide(RoutedRequest call, boolean proves, long at) {
            if (kept != null) {
                kept.add(new Kept(server, call, proves, at));
            } else {
                call.decided(named(server, call.undecidedPath(), proves));
            }
        }
    }

    /** Labels in an open hash table. Immutable. */
    private static final class Names {

        private static final Names NONE = new Names(List.of());

        private final List<String> all;
        private final @Nullable String[] table;

        private Names(List<String> all) {
            this.all = all;
            table = new String[Integer.highestOneBit(all.size() * 2 + 1) * 2];
            for (String name : all) {
                int i = name.hashCode() & (table.length - 1);
                while (table[i] != null) {
                    i = (i + 1) & (table.length - 1);
                }
                table[i] = name;
            }
        }

        int size() {
            return all.size();
        }

        Names with(String name) {
            List<String> more = new ArrayList<>(all);
            more.add(name);
            return new Names(List.copyOf(more));
        }

        @Nullable
        String find(String name) {
            ByteView view = ByteView.of(name);
            return find(view, 0, view.length());
        }

        @Nullable
        String find(ByteView view, int from, int to) {
            // that of String
            int hash = 0;
            for (int i = from; i < to; i++) {
                hash = 31 * hash + (view.byteAt(i) & 0xff);
            }
            for (int i = hash & (table.length - 1); ; i = (i + 1) & (table.length - 1)) {
                String name = table[i];
                if (name == null || is(name, view, from, to)) {
                    return name;
                }
            }
        }

        private static boolean is(String name, ByteView view, int from, int to) {
            if (name.length() != to - from) {
                return false;
            }
            for (int i = from; i < to; i++) {
                if (name.charAt(i - from) != (view.byteAt(i) & 0xff)) {
                    return false;
                }
            }
            return true;
        }
    }
}
