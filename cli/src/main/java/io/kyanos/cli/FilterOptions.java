package io.kyanos.cli;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.Choice;
import io.kyanos.capture.PortRange;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.AddressRange;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.Regex;
import io.kyanos.record.Side;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The flags that choose what is captured, by the kernel, and which records are shown, by ourselves. All must hold. */
final class FilterOptions {

    static final List<String> PROTOCOLS = Protocols.names();

    private static final String EXCLUDE = "--exclude-";

    @ArgGroup(validate = false, heading = "%nWhat is captured (lists: any of them; flags: all of them):%n")
    CaptureFlags capture = new CaptureFlags();

    @ArgGroup(validate = false, heading = "%nWhat is not captured, whatever the flags above say:%n")
    CaptureExclusions notCaptured = new CaptureExclusions();

    @ArgGroup(validate = false, heading = "%nWhich records are kept:%n")
    RecordFlags records = new RecordFlags();

    @ArgGroup(validate = false, heading = "%nOf HTTP:%n")
    HttpFlags http = new HttpFlags();

    @ArgGroup(validate = false, heading = "%nOf Redis:%n")
    RedisFlags redis = new RedisFlags();

    @ArgGroup(validate = false, heading = "%nWhich records are left out, by values as above:%n")
    RecordExclusions notKept = new RecordExclusions();

    /** Flags for the kernel side. */
    static final class CaptureFlags {

        @Option(
                names = {"-p", "--pids"},
                paramLabel = "PID",
                description = "These processes and their children: 1234,5678.")
        List<String> pids = new ArrayList<>();

        @Option(
                names = "--comm",
                paramLabel = "NAME",
                description =
                        "Programs started under these names, and their children, beside those of --pids: nginx,curl.")
        List<String> comm = new ArrayList<>();

        @Option(names = "--ports", paramLabel = "PORT", description = "These ports of either end: 80,8000-8099.")
        List<String> ports = new ArrayList<>();

        @Option(names = "--local-ports", paramLabel = "PORT", description = "These ports of this end.")
        List<String> localPorts = new ArrayList<>();

        @Option(names = "--remote-ports", paramLabel = "PORT", description = "These ports of the other end.")
        List<String> remotePorts = new ArrayList<>();

        @Option(
                names = "--local-ips",
                paramLabel = "ADDRESS",
                description = "These addresses of this end: 10.0.0.7,10.1.0.0/16,10.0.0.1-10.0.0.9,fe80::/10.")
        List<String> localIps = new ArrayList<>();

        @Option(names = "--remote-ips", paramLabel = "ADDRESS", description = "These addresses of the other end.")
        List<String> remoteIps = new ArrayList<>();

        @Option(
                names = "--side",
                paramLabel = "SIDE",
                completionCandidates = ClosedList.Sides.class,
                description = "What this end is: client, server or all.")
        @Nullable
        String side;
    }

    /** Flags for the kernel side that leave out. */
    static final class CaptureExclusions {

        @Option(names = "--exclude-pids", paramLabel = "PID", description = "These processes and their children.")
        List<String> pids = new ArrayList<>();

        @Option(
                names = "--exclude-comm",
                paramLabel = "NAME",
                description = "Programs started under these names, and their children.")
        List<String> comm = new ArrayList<>();

        @Option(names = "--exclude-ports", paramLabel = "PORT", description = "These ports of either end.")
        List<String> ports = new ArrayList<>();

        @Option(names = "--exclude-local-ports", paramLabel = "PORT", description = "These ports of this end.")
        List<String> localPorts = new ArrayList<>();

        @Option(names = "--exclude-remote-ports", paramLabel = "PORT", description = "These ports of the other end.")
        List<String> remotePorts = new ArrayList<>();

        @Option(names = "--exclude-local-ips", paramLabel = "ADDRESS", description = "These addresses of this end.")
        List<String> localIps = new ArrayList<>();

        @Option(
                names = "--exclude-remote-ips",
                paramLabel = "ADDRESS",
                description = "These addresses of the other end.")
        List<String> remoteIps = new ArrayList<>();
    }

    /** Flags for any protocol's records. */
    static final class RecordFlags {

        @Option(
                names = "--where",
                paramLabel = "EXPRESSION",
                description = "What must hold of a record, over all its fields: 'status>=500 and latency>100ms and"
                        + " path~\"^/api\"'. docs/filters.md has the fields. Given several times: all of them.")
        List<String> where = new ArrayList<>();

        @Option(
                names = "--protocol",
                paramLabel = "PROTOCOL",
                completionCandidates = ClosedList.Protocols.class,
                description = "These protocols: http,redis.")
        List<String> protocols = new ArrayList<>();

        @Option(
                names = "--operation",
                paramLabel = "OPERATION",
                description = "These operations, as the metrics name them: 'GET /users/{id}',HGET.")
        List<String> operations = new ArrayList<>();

        @Option(
                names = "--outcome",
                paramLabel = "OUTCOME",
                completionCandidates = ClosedList.Outcomes.class,
                description = "These outcomes: ok, client_error, server_error, error, unanswered, one_way.")
        List<String> outcomes = new ArrayList<>();

        @Option(
                names = "--status",
                paramLabel = "STATUS",
                description = "These answer codes: 404,500-599,5xx,WRONGTYPE.")
        List<String> statuses = new ArrayList<>();

        @Option(
                names = "--latency",
                paramLabel = "DURATION",
                description = "Answered after this long or longer, or within a range: 10ms, 10ms-1s, -1.5s; a plain"
                        + " number is milliseconds.")
        @Nullable
        String latency;

        @Option(
                names = "--req-size",
                paramLabel = "SIZE",
                description = "Requests of this size or larger, or within a range: 512, 10k-1MiB, -1k.")
        @Nullable
        String requestSize;

        @Option(names = "--resp-size", paramLabel = "SIZE", description = "Responses, likewise.")
        @Nullable
        String responseSize;
    }

    /** Flags for HTTP. */
    static final class HttpFlags {

        @Option(names = "--method", paramLabel = "METHOD", description = "These methods: GET,POST.")
        List<String> methods = new ArrayList<>();

        @Option(
                names = "--host",
                paramLabel = "HOST",
                description = "These Host headers, with the port if it has one: shop.example,shop.example:8080.")
        List<String> hosts = new ArrayList<>();

        @Option(
                names = "--path",
                paramLabel = "PATH",
                description = "This path, without the query. This flag and the next two may be given several times.")
        List<String> paths = new ArrayList<>();

        @Option(names = "--path-prefix", paramLabel = "PREFIX", description = "Paths that begin so.")
        List<String> pathPrefixes = new ArrayList<>();

        @Option(
                names = "--path-regex",
                paramLabel = "REGEX",
                description = "Paths in which this regular expression is found.")
        List<String> pathRegexes = new ArrayList<>();

        @Option(
                names = "--header",
                paramLabel = "HEADER",
                description = "Request or response has this header: X-Tenant, 'X-Tenant: blue' or 'X-Tenant~^bl'. Given"
                        + " several times: all of them.")
        List<String> headers = new ArrayList<>();

        boolean isGiven() {
            return !(methods.isEmpty()
                    && hosts.isEmpty()
                    && paths.isEmpty()
                    && pathPrefixes.isEmpty()
                    && pathRegexes.isEmpty()
                    && headers.isEmpty());
        }
    }

    /** Flags for Redis. */
    static final class RedisFlags {

        @Option(
                names = "--command",
                paramLabel = "COMMAND",
                description = "These commands, in any case: get,\"config get\".")
        List<String> commands = new ArrayList<>();

        @Option(names = "--keys", paramLabel = "KEY", description = "Some key is one of these.")
        List<String> keys = new ArrayList<>();

        @Option(
                names = "--key-prefix",
                paramLabel = "PREFIX",
                description = "Some key begins so. May be given several times.")
        List<String> keyPrefixes = new ArrayList<>();

        boolean isGiven() {
            return !commands.isEmpty() || !keys.isEmpty() || !keyPrefixes.isEmpty();
        }
    }

    /** Flags for records that leave out. */
    static final class RecordExclusions {

        @Option(
                names = "--exclude-protocol",
                paramLabel = "PROTOCOL",
                completionCandidates = ClosedList.Protocols.class,
                description = "These protocols.")
        List<String> protocols = new ArrayList<>();

        @Option(names = "--exclude-operation", paramLabel = "OPERATION", description = "These operations.")
        List<String> operations = new ArrayList<>();

        @Option(
                names = "--exclude-outcome",
                paramLabel = "OUTCOME",
                completionCandidates = ClosedList.Outcomes.class,
                description = "These outcomes.")
        List<String> outcomes = new ArrayList<>();

        @Option(names = "--exclude-status", paramLabel = "STATUS", description = "These answer codes.")
        List<String> statuses = new ArrayList<>();

        @Option(names = "--exclude-method", paramLabel = "METHOD", description = "HTTP: these methods.")
        List<String> methods = new ArrayList<>();

        @Option(names = "--exclude-host", paramLabel = "HOST", description = "HTTP: these hosts.")
        List<String> hosts = new ArrayList<>();

        @Option(names = "--exclude-path", paramLabel = "PATH", description = "HTTP: these paths.")
        List<String> paths = new ArrayList<>();

        @Option(names = "--exclude-path-prefix", paramLabel = "PREFIX", description = "HTTP: paths that begin so.")
        List<String> pathPrefixes = new ArrayList<>();

        @Option(
                names = "--exclude-path-regex",
                paramLabel = "REGEX",
                description = "HTTP: paths in which this is found.")
        List<String> pathRegexes = new ArrayList<>();

        @Option(names = "--exclude-header", paramLabel = "HEADER", description = "HTTP: this header.")
        List<String> headers = new ArrayList<>();

        @Option(names = "--exclude-command", paramLabel = "COMMAND", description = "Redis: these commands.")
        List<String> commands = new ArrayList<>();

        @Option(names = "--exclude-keys", paramLabel = "KEY", description = "Redis: some key is one of these.")
        List<String> keys = new ArrayList<>();

        @Option(names = "--exclude-key-prefix", paramLabel = "PREFIX", description = "Redis: some key begins so.")
        List<String> keyPrefixes = new ArrayList<>();
    }

    /** Whether a flag of that name chooses records rather than what is captured. */
    static boolean choosesRecords(String flag) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(new FilterOptions());
        return spec.optionsMap().containsKey(flag)
                && Stream.of(new CaptureFlags(), new CaptureExclusions())
                        .noneMatch(flags -> CommandSpec.forAnnotatedObject(flags)
                                .optionsMap()
                                .containsKey(flag));
    }

    CaptureFilters captureFilters() {
        return new CaptureFilters(
                FlagValues.choice(
                        "--pids",
                        pids("--pids", capture.pids),
                        "--exclude-pids",
                        pids("--exclude-pids", notCaptured.pids)),
                FlagValues.choice(
                        "--comm",
                        names("--comm", capture.comm),
                        "--exclude-comm",
                        names("--exclude-comm", notCaptured.comm)),
                ports("ports", capture.ports, notCaptured.ports),
                ports("local-ports", capture.localPorts, notCaptured.localPorts),
                ports("remote-ports", capture.remotePorts, notCaptured.remotePorts),
                addresses("local-ips", capture.localIps, notCaptured.localIps),
                addresses("remote-ips", capture.remoteIps, notCaptured.remoteIps),
                FlagValues.side("--side", capture.side));
    }

    private static Set<Integer> pids(String flag, List<String> given) {
        return FlagValues.numbers(flag, given, FlagValues.MAX_PID, "process ids of 1 to 4194304, like 1234,5678");
    }

    private static Set<String> names(String flag, List<String> given) {
        Set<String> names = FlagValues.list(flag, given, "executables' file names, like nginx,curl");
        for (String name : names) {
            if (name.contains("/")) {
                throw new UsageException(flag, name, "an executable's file name, without its folder");
            }
        }
        return names;
    }

    private static Choice<PortRange> ports(String name, List<String> included, List<String> excluded) {
        return FlagValues.choice(
                "--" + name,
                FlagValues.ports("--" + name, included),
                EXCLUDE + name,
                FlagValues.ports(EXCLUDE + name, excluded),
                (other, one) -> other.contains(one.first()) && other.contains(one.last()));
    }

    private static Choice<AddressRange> addresses(String name, List<String> included, List<String> excluded) {
        return FlagValues.choice(
                "--" + name,
                FlagValues.addresses("--" + name, included),
                EXCLUDE + name,
                FlagValues.addresses(EXCLUDE + name, excluded),
                (other, one) -> other.contains(one));
    }

    /** The protocols that records may be of; empty for all. {@code protocol}: what the command was told. */
    Set<String> protocols(@Nullable String protocol) {
        if (protocol != null && !PROTOCOLS.contains(protocol)) {
            throw new UsageException("protocol", protocol, String.join(" or ", PROTOCOLS));
        }
        Set<String> named = protocolNames("--protocol", records.protocols);
        if (protocol != null && !named.isEmpty() && !named.contains(protocol)) {
            throw new UsageException(
                    "--protocol", String.join(",", named), "nothing else beside " + protocol + ", which is asked for");
        }
        Set<String> wanted = protocol == null ? named : Set.of(protocol);
        if (http.isGiven() && redis.isGiven()) {
            throw new UsageException("flags of HTTP and of Redis together match nothing. Hint: use those of one.");
        }
        wanted = limited(
                wanted, http.isGiven(), "http", "flags of HTTP match no Redis request. Hint: kyanos watch http.");
        wanted = limited(
                wanted, redis.isGiven(), "redis", "flags of Redis match no HTTP request. Hint: kyanos watch redis.");
        Set<String> left = new LinkedHashSet<>(wanted.isEmpty() ? PROTOCOLS : wanted);
        boolean excludes = left.removeAll(protocolNames("--exclude-protocol", notKept.protocols));
        if (left.isEmpty()) {
            throw new UsageException(
                    "--exclude-protocol",
                    String.join(",", notKept.protocols),
                    "something to be left of " + String.join(",", wanted.isEmpty() ? PROTOCOLS : wanted));
        }
        return excludes ? left : wanted;
    }

    private static Set<String> limited(Set<String> wanted, boolean isGiven, String to, String otherwise) {
        if (!isGiven) {
            return wanted;
        }
        if (!wanted.isEmpty() && !wanted.contains(to)) {
            throw new UsageException(otherwise);
        }
        return Set.of(to);
    }

    private static Set<String> protocolNames(String flag, List<String> given) {
        String expected = String.join(" or ", PROTOCOLS);
        Set<String> names = FlagValues.list(flag, given, expected);
        for (String name : names) {
            if (!PROTOCOLS.contains(name)) {
                throw new UsageException(flag, name, expected);
            }
        }
        return names;
    }

    RecordFilter recordFilter(Set<String> protocols) {
        RecordFilter filter = protocols.isEmpty() ? RecordFilter.ALL : RecordFilter.ALL.protocolIn(protocols);
        Side side = FlagValues.side("--side", capture.side);
        if (side != Side.UNKNOWN) {
            filter = filter.side(side);
        }
        if (records.latency != null) {
            filter = filter.latencyNanos(FlagValues.latencies("--latency", records.latency));
        }
        if (records.requestSize != null) {
            filter = filter.requestBytes(FlagValues.sizes("--req-size", records.requestSize));
        }
        if (records.responseSize != null) {
            filter = filter.responseBytes(FlagValues.sizes("--resp-size", records.responseSize));
        }
        for (String expression : records.where) {
            filter = filter.and(FlagValues.expression("--where", expression));
        }
        for (RecordFilter condition : included().conditions()) {
            filter = filter.and(condition);
        }
        for (RecordFilter condition : excluded().conditions()) {
            filter = filter.except(condition);
        }
        if (filter.headers().size() > Detail.MAX_HEADERS) {
            throw new UsageException("headers in filters: " + filter.headers().size() + " different ones (expected: <= "
                    + Detail.MAX_HEADERS + ")");
        }
        return filter;
    }

    private RecordLists included() {
        return new RecordLists(
                "--",
                records.operations,
                records.outcomes,
                records.statuses,
                http.methods,
                http.hosts,
                http.paths,
                http.pathPrefixes,
                http.pathRegexes,
                http.headers,
                redis.commands,
                redis.keys,
                redis.keyPrefixes);
    }

    private RecordLists excluded() {
        return new RecordLists(
                EXCLUDE,
                notKept.operations,
                notKept.outcomes,
                notKept.statuses,
                notKept.methods,
                notKept.hosts,
                notKept.paths,
                notKept.pathPrefixes,
                notKept.pathRegexes,
                notKept.headers,
                notKept.commands,
                notKept.keys,
                notKept.keyPrefixes);
    }

    /** The values of the flags that come in pairs: one keeps, one leaves out. {@code before}: their names. */
    private record RecordLists(
            String before,
            List<String> operations,
            List<String> outcomes,
            List<String> statuses,
            List<String> methods,
            List<String> hosts,
            List<String> paths,
            List<String> pathPrefixes,
            List<String> pathRegexes,
            List<String> headers,
            List<String> commands,
            List<String> keys,
            List<String> keyPrefixes) {

        /** One for each flag that is given, and one for each header. */
        List<RecordFilter> conditions() {
            List<RecordFilter> all = new ArrayList<>();
            if (!operations.isEmpty()) {
                String expected = "operations, like 'GET /users/{id}' or HGET";
                all.add(RecordFilter.ALL.operationIn(FlagValues.list(before + "operation", operations, expected)));
            }
            if (!outcomes.isEmpty()) {
                all.add(RecordFilter.ALL.outcomeIn(FlagValues.outcomes(before + "outcome", outcomes)));
            }
            if (!statuses.isEmpty()) {
                all.add(RecordFilter.ALL.statusIn(FlagValues.statuses(before + "status", statuses)));
            }
            addHttp(all);
            addRedis(all);
            return all;
        }

        private void addHttp(List<RecordFilter> all) {
            if (!methods.isEmpty()) {
                Set<String> values = FlagValues.list(before + "method", methods, "methods, like GET,POST");
                all.add(RecordFilter.ALL.attributeInIgnoringCase("method", values));
            }
            if (!hosts.isEmpty()) {
                Set<String> values =
                        FlagValues.list(before + "host", hosts, "hosts, like shop.example,shop.example:8080");
                all.add(RecordFilter.ALL.attributeInIgnoringCase("host", values));
            }
            if (!paths.isEmpty()) {
                Set<String> values = new LinkedHashSet<>();
                paths.forEach(path -> values.add(FlagValues.path(before + "path", path)));
                all.add(RecordFilter.ALL.attributeIn("path", values));
            }
            if (!pathPrefixes.isEmpty()) {
                Set<String> values = new LinkedHashSet<>();
                pathPrefixes.forEach(prefix -> values.add(FlagValues.path(before + "path-prefix", prefix)));
                all.add(RecordFilter.ALL.attributeStartsWith("path", values));
            }
            if (!pathRegexes.isEmpty()) {
                Set<Regex> values = new LinkedHashSet<>();
                pathRegexes.forEach(regex -> values.add(FlagValues.regex(before + "path-regex", regex)));
                all.add(RecordFilter.ALL.attributeMatches("path", values));
            }
            headers.forEach(header -> all.add(FlagValues.header(before + "header", header)));
        }

        private void addRedis(List<RecordFilter> all) {
            if (!commands.isEmpty()) {
                Set<String> values = FlagValues.list(before + "command", commands, "commands, like get,set");
                all.add(RecordFilter.ALL.attributeInIgnoringCase("command", values));
            }
            if (!keys.isEmpty()) {
                Set<String> values = FlagValues.list(before + "keys", keys, "keys, like user:1,user:2");
                all.add(RecordFilter.ALL.attributeIn("key", values));
            }
            if (!keyPrefixes.isEmpty()) {
                Set<String> values = new LinkedHashSet<>();
                keyPrefixes.forEach(prefix -> values.add(FlagValues.text(before + "key-prefix", prefix)));
                all.add(RecordFilter.ALL.attributeStartsWith("key", values));
            }
        }
    }
}
