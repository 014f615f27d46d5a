package io.kyanos.cli;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.Side;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The flags that choose what is captured, by the kernel, and which records are shown, by ourselves. All must hold. */
final class FilterOptions {

    static final List<String> PROTOCOLS = List.of("http", "redis");

    @ArgGroup(validate = false, heading = "%nWhat is captured (lists: any of them; flags: all of them):%n")
    CaptureFlags capture = new CaptureFlags();

    @ArgGroup(validate = false, heading = "%nWhich records are kept:%n")
    RecordFlags records = new RecordFlags();

    @ArgGroup(validate = false, heading = "%nOf HTTP:%n")
    HttpFlags http = new HttpFlags();

    @ArgGroup(validate = false, heading = "%nOf Redis:%n")
    RedisFlags redis = new RedisFlags();

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

        @Option(names = "--local-ports", paramLabel = "PORT", description = "These ports of this end: 80,443.")
        List<String> localPorts = new ArrayList<>();

        @Option(names = "--remote-ports", paramLabel = "PORT", description = "These ports of the other end.")
        List<String> remotePorts = new ArrayList<>();

        @Option(
                names = "--remote-ips",
                paramLabel = "ADDRESS",
                description = "These addresses of the other end: 10.0.0.7,fe80::1.")
        List<String> remoteIps = new ArrayList<>();

        @Option(names = "--side", paramLabel = "SIDE", description = "What this end is: client, server or all.")
        @Nullable
        String side;
    }

    /** Flags for any protocol's records. */
    static final class RecordFlags {

        @Option(
                names = "--latency",
                paramLabel = "DURATION",
                description = "Answered after this long or longer: 10ms, 1.5s; a plain number is milliseconds.")
        @Nullable
        String latency;

        @Option(
                names = "--req-size",
                paramLabel = "SIZE",
                description = "Requests of this size or larger: 512, 10k, 1MiB.")
        @Nullable
        String requestSize;

        @Option(names = "--resp-size", paramLabel = "SIZE", description = "Responses of this size or larger.")
        @Nullable
        String responseSize;
    }

    /** Flags for HTTP. */
    static final class HttpFlags {

        @Option(names = "--method", paramLabel = "METHOD", description = "These methods: GET,POST.")
        List<String> methods = new ArrayList<>();

        @Option(names = "--host", paramLabel = "HOST", description = "This Host header, with its port if it has one.")
        @Nullable
        String host;

        @Option(names = "--path", paramLabel = "PATH", description = "This path, without the query.")
        @Nullable
        String path;

        @Option(names = "--path-prefix", paramLabel = "PREFIX", description = "Paths that begin so.")
        @Nullable
        String pathPrefix;

        @Option(
                names = "--path-regex",
                paramLabel = "REGEX",
                description = "Paths in which this regular expression is found.")
        @Nullable
        String pathRegex;

        boolean isGiven() {
            return !methods.isEmpty() || host != null || path != null || pathPrefix != null || pathRegex != null;
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

        @Option(names = "--key-prefix", paramLabel = "PREFIX", description = "Some key begins so.")
        @Nullable
        String keyPrefix;

        boolean isGiven() {
            return !commands.isEmpty() || !keys.isEmpty() || keyPrefix != null;
        }
    }

    CaptureFilters captureFilters() {
        Set<Integer> pids = FlagValues.numbers(
                "--pids", capture.pids, FlagValues.MAX_PID, "process ids of 1 to 4194304, like 1234,5678");
        Set<String> names = FlagValues.list("--comm", capture.comm, "executables' file names, like nginx,curl");
        for (String name : names) {
            if (name.contains("/")) {
                throw new UsageException("--comm", name, "an executable's file name, without its folder");
            }
        }
        Set<InetAddress> addresses = FlagValues.list("--remote-ips", capture.remoteIps, FlagValues.ADDRESSES).stream()
                .map(text -> FlagValues.address("--remote-ips", text))
                .collect(Collectors.toSet());
        return new CaptureFilters(
                pids,
                names,
                ports("--local-ports", capture.localPorts),
                ports("--remote-ports", capture.remotePorts),
                addresses,
                FlagValues.side("--side", capture.side));
    }

    /** The protocols that records may be of; empty for all. */
    Set<String> protocols(@Nullable String protocol) {
        if (protocol != null && !PROTOCOLS.contains(protocol)) {
            throw new UsageException("protocol", protocol, String.join(" or ", PROTOCOLS));
        }
        if (http.isGiven() && redis.isGiven()) {
            throw new UsageException("flags of HTTP and of Redis together match nothing. Hint: use those of one.");
        }
        if (http.isGiven() && "redis".equals(protocol)) {
            throw new UsageException("flags of HTTP match no Redis request. Hint: kyanos watch http.");
        }
        if (redis.isGiven() && "http".equals(protocol)) {
            throw new UsageException("flags of Redis match no HTTP request. Hint: kyanos watch redis.");
        }
        if (protocol != null) {
            return Set.of(protocol);
        }
        if (http.isGiven()) {
            return Set.of("http");
        }
        return redis.isGiven() ? Set.of("redis") : Set.of();
    }

    RecordFilter recordFilter(Set<String> protocols) {
        RecordFilter filter = RecordFilter.ALL;
        for (String protocol : protocols) {
            filter = filter.protocol(protocol);
        }
        Side side = FlagValues.side("--side", capture.side);
        if (side != Side.UNKNOWN) {
            filter = filter.side(side);
        }
        return withRedis(withHttp(withLimits(filter)));
    }

    private RecordFilter withLimits(RecordFilter start) {
        RecordFilter filter = start;
        long latency = FlagValues.nanos("--latency", records.latency);
        if (latency > 0) {
            filter = filter.minLatencyNanos(latency);
        }
        long request = FlagValues.bytes("--req-size", records.requestSize);
        if (request > 0) {
            filter = filter.minRequestBytes(request);
        }
        long response = FlagValues.bytes("--resp-size", records.responseSize);
        return response > 0 ? filter.minResponseBytes(response) : filter;
    }

    private RecordFilter withHttp(RecordFilter start) {
        RecordFilter filter = start;
        Set<String> methods = FlagValues.list("--method", http.methods, "methods, like GET,POST");
        if (!methods.isEmpty()) {
            filter = filter.attributeInIgnoringCase("method", methods);
        }
        if (http.host != null) {
            filter = filter.attributeInIgnoringCase("host", Set.of(FlagValues.text("--host", http.host)));
        }
        if (http.path != null) {
            filter = filter.attributeIn("path", Set.of(FlagValues.path("--path", http.path)));
        }
        if (http.pathPrefix != null) {
            filter = filter.attributeStartsWith("path", FlagValues.path("--path-prefix", http.pathPrefix));
        }
        return http.pathRegex == null
                ? filter
                : filter.attributeMatches("path", FlagValues.regex("--path-regex", http.pathRegex));
    }

    private RecordFilter withRedis(RecordFilter start) {
        RecordFilter filter = start;
        Set<String> commands = FlagValues.list("--command", redis.commands, "commands, like get,set");
        if (!commands.isEmpty()) {
            filter = filter.attributeInIgnoringCase("command", commands);
        }
        Set<String> keys = FlagValues.list("--keys", redis.keys, "keys, like user:1,user:2");
        if (!keys.isEmpty()) {
            filter = filter.attributeIn("key", keys);
        }
        return redis.keyPrefix == null
                ? filter
                : filter.attributeStartsWith("key", FlagValues.text("--key-prefix", redis.keyPrefix));
    }

    private static Set<Integer> ports(String flag, List<String> values) {
        return FlagValues.numbers(flag, values, FlagValues.MAX_PORT, "ports of 1 to 65535, like 80,443");
    }
}
