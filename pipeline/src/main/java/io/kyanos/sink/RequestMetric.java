package io.kyanos.sink;

import io.prometheus.client.Collector;

/** A metric that every record may add to. */
public enum RequestMetric {
    REQUESTS(
            "kyanos_requests_total",
            "requests",
            Collector.Type.COUNTER,
            "Requests seen, each counted once when its answer, or the lack of one, is known."),
    DURATION(
            "kyanos_request_duration_seconds",
            "duration",
            Collector.Type.HISTOGRAM,
            "Time from request to response of answered requests, measured at the system call border."),
    REQUEST_BYTES(
            "kyanos_request_bytes_total",
            "request-bytes",
            Collector.Type.COUNTER,
            "Bytes of requests, as their framing tells."),
    RESPONSE_BYTES(
            "kyanos_response_bytes_total",
            "response-bytes",
            Collector.Type.COUNTER,
            "Bytes of responses, as their framing tells."),
    STREAM_GAP(
            "kyanos_stream_gap_seconds",
            "stream-gap",
            Collector.Type.HISTOGRAM,
            "Time from one event of a streamed response to the next.");

    private final String metricName;
    private final String key;
    private final Collector.Type type;
    private final String help;

    RequestMetric(String metricName, String key, Collector.Type type, String help) {
        this.metricName = metricName;
        this.key = key;
        this.type = type;
        this.help = help;
    }

    public String metricName() {
        return metricName;
    }

    /** Its key under {@code kyanos.metrics.labels}. */
    String key() {
        return key;
    }

    Collector.Type type() {
        return type;
    }

    String help() {
        return help;
    }
}
