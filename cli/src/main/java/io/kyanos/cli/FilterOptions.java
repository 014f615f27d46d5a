package io.kyanos.cli;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.capture.Choice;
import io.kyanos.capture.PortRange;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.AddressRange;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.Side;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The flags that choose what is captured, by the kernel, and which records are shown, by ourselves. All must hold. */
final class FilterOptions {

    private static final String EXCLUDE = "--exclude-";

    @ArgGroup(validate = false, heading = "%nWhat is captured (lists: any of them; flags: all of them):%n")
    CaptureFlags capture = new CaptureFlags();

    @ArgGroup(validate = false, heading = "%nWhat is not captured, whatever the flags above say:%n")
    CaptureExclusions notCaptured = new CaptureExclusions();

    @ArgGroup(validate = false, heading = "%nWhich records are kept:%n")
    RecordFlags records = new RecordFlags();

    private final ProtocolFlags ofProtocols = new ProtocolFlags(Protocols.descriptors());
    private final RecordExclusions notKept = new RecordExclusions();

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
                        "Programs started under these names, and their children, in addition to --pids: nginx,curl.")
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
                description = "A condition over all fields of a record: 'status>=500 and latency>100ms and"
                        + " path~\"^/api\"'. docs/filters.md has the fields. Given several times: all of them.")
        List<String> where = new ArrayList<>();

        @Option(
                names = "--protocol",
                paramLabel = "PROTOCOL",
                completionCandidates = ClosedList.Protocols.class,
                description = "Some of these protocols: ${COMPLETION-CANDIDATES}.")
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
                description = "These outcomes: ok, client_error, server_error, error, unknown, unanswered, one_way.")
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
    }

    /** The flags by themselves, as a command has them. */
    static CommandSpec spec() {
        FilterOptions filters = new FilterOptions();
        CommandSpec spec = CommandSpec.forAnnotatedObject(filters);
        filters.addTo(spec);
        return spec;
    }

    /** Adds to the command that these flags are mixed into what the protocols say of theirs. */
    void addTo(CommandSpec command) {
        ofProtocols.addTo(command);
        ArgGroupSpec.Builder exclusions =
                ArgGroupSpec.builder().validate(false).heading("%nWhich records are left out, by values as above:%n");
        CommandSpec.forAnnotatedObject(notKept).options().forEach(exclusions::addArg);
        ofProtocols.exclusions().forEach(exclusions::addArg);
        command.addArgGroup(exclusions.build());
    }

    /** Whether a flag of that name chooses records rather than what is captured. */
    static boolean choosesRecords(String flag) {
        return spec().optionsMap().containsKey(flag)
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

    /** The protocols that records may be of; empty for all. {@code protocol}: the command's own. */
    Set<String> protocols(@Nullable String protocol) {
        Set<String> asked = protocol == null ? Set.of() : Set.of(ProtocolNames.name("protocol", protocol));
        Set<String> named = ProtocolNames.names("--protocol", records.protocols);
        if (!asked.isEmpty() && !named.isEmpty() && !named.containsAll(asked)) {
            throw new UsageException(
                    "--protocol", String.join(",", named), "nothing else beside " + protocol + ", which is asked for");
        }
        Set<String> wanted = ofProtocols.limited(asked.isEmpty() ? named : asked);
        List<String> all = Protocols.names();
        Set<String> left = new LinkedHashSet<>(wanted.isEmpty() ? all : wanted);
        boolean excludes = left.removeAll(ProtocolNames.names("--exclude-protocol", notKept.protocols));
        if (left.isEmpty()) {
            throw new UsageException(
                    "--exclude-protocol",
                    String.join(",", notKept.protocols),
                    "something to be left of " + String.join(",", wanted.isEmpty() ? all : wanted));
        }
        return excludes ? left : wanted;
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
        for (RecordFilter condition : conditions("--", records.operations, records.outcomes, records.statuses)) {
            filter = filter.and(condition);
        }
        for (RecordFilter condition : ofProtocols.conditions()) {
            filter = filter.and(condition);
        }
        for (RecordFilter condition : conditions(EXCLUDE, notKept.operations, notKept.outcomes, notKept.statuses)) {
            filter = filter.except(condition);
        }
        for (RecordFilter condition : ofProtocols.exceptions()) {
            filter = filter.except(condition);
        }
        if (filter.headers().size() > Detail.MAX_HEADERS) {
            throw new UsageException("headers in filters: " + filter.headers().size() + " different ones (expected: <= "
                    + Detail.MAX_HEADERS + ")");
        }
        return filter;
    }

    /* One for each flag that is given. */
    private static List<RecordFilter> conditions(
            String before, List<String> operations, List<String> outcomes, List<String> statuses) {
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
        return all;
    }
}
