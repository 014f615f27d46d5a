package io.kyanos.expression;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Attribute;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What may be meant by the name of a field that there is not. */
final class FieldSuggestions {

    private static final int FARTHEST = 3;
    private static final String OR = " or ";

    /** Names that flags, the JSON of records, metrics, or other tools have for a field. */
    static final Map<String, String> ELSEWHERE = elsewhere();

    private FieldSuggestions() {}

    /** The field, or the fields with {@code or} between them; null if none is likely. */
    static @Nullable String of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        String plain = plain(lower);
        String elsewhere = ELSEWHERE.get(plain);
        if (elsewhere != null) {
            return elsewhere;
        }
        String halves = Fields.names().stream()
                .filter(known -> plain(known).equals(plain) || known.endsWith("." + lower))
                .collect(Collectors.joining(OR));
        return halves.isEmpty() ? nearest(lower) : halves;
    }

    private static @Nullable String nearest(String lower) {
        String nearest = null;
        int least = Math.min(FARTHEST, Math.max(1, lower.length() - 2)) + 1;
        for (String known : Fields.names()) {
            int distance = distance(lower, known, least);
            if (distance < least) {
                least = distance;
                nearest = known;
            }
        }
        return nearest;
    }

    /* Names differ by what stands between their words. */
    private static String plain(String name) {
        return name.replaceAll("[-_.:]", "");
    }

    /* Letters to change; `most` if those are too many. */
    private static int distance(String one, String other, int most) {
        if (Math.abs(one.length() - other.length()) >= most) {
            return most;
        }
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int above = row[j];
                int change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
                row[j] = Math.min(Math.min(above, row[j - 1]) + 1, corner + change);
                corner = above;
            }
        }
        return row[other.length()];
    }

    private static Map<String, String> elsewhere() {
        Map<String, String> names = new HashMap<>();
        put(
                names,
                "process",
                "comm",
                "program",
                "executable",
                "exe",
                "app",
                "service",
                "processname",
                "container",
                "pod");
        put(names, "pid", "pids", "tgid", "processid");
        put(names, "protocol", "proto", "l7protocol");
        put(names, "local.ip", "localips", "localaddr");
        put(names, "local.port", "localports");
        put(names, "remote.ip", "remoteips", "remoteaddr", "peerip");
        put(names, "remote.port", "remoteports", "peerport");
        put(
                names,
                "local.ip or remote.ip",
                "ip",
                "ips",
                "addr",
                "clientip",
                "serverip",
                "src",
                "dst",
                "srcip",
                "dstip");
        put(names, "local.port or remote.port", "port", "ports", "srcport", "dstport", "clientport", "serverport");
        put(names, "local.address or remote.address", "socket", "sock");
        put(names, "peer", "server", "upstream", "dest", "destination");
        put(names, "operation", "op", "route", "endpoint", "api");
        put(names, "status", "statuscode", "code", "httpstatus", "httpcode", "responsecode", "rc");
        put(names, "outcome", "error", "result", "success", "failed");
        put(names, "reason", "unanswered");
        put(names, "latency", "duration", "durationms", "totaldurationms", "took", "elapsed", "rtt", "responsetime");
        put(names, "start", "starttime", "time", "timestamp", "ts", "begin", "since");
        put(names, "end", "endtime", "until");
        put(names, "request.size", "reqsize", "reqsizebytes", "requestbytes", "bytesin");
        put(names, "response.size", "respsize", "respsizebytes", "responsebytes", "bytesout", "bodybytessent");
        put(names, "request.size or response.size", "bytes", "length", "contentlength");
        for (Descriptor protocol : Protocols.descriptors()) {
            for (Attribute attribute : protocol.attributes()) {
                put(names, attribute.name(), attribute.synonyms());
                put(names, attribute.name(), flags(protocol, attribute));
            }
        }
        return Map.copyOf(names);
    }

    private static List<String> flags(Descriptor protocol, Attribute attribute) {
        return protocol.flags().stream()
                .filter(flag -> flag.attribute().equals(attribute.name()))
                .map(flag -> plain(flag.name()))
                .filter(flag -> Fields.of(flag) == null)
                .toList();
    }

    private static void put(Map<String, String> names, String field, String... elsewhere) {
        put(names, field, List.of(elsewhere));
    }

    /* What may mean several is told as them all. */
    private static void put(Map<String, String> names, String field, List<String> elsewhere) {
        for (String name : elsewhere) {
            names.merge(name, field, (one, other) -> one.equals(other) ? one : one + OR + other);
        }
    }
}
