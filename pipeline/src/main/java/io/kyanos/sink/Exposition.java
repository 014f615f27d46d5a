package io.kyanos.sink;

import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.CollectorRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A registry's metrics as text, sorted by name, in the format that the reader asks for. Series that tell when a counter was created are
 * left out in every format, whatever the environment says: they double the number of series.
 */
public final class Exposition {

    private static final String CREATED = "_created";
    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final List<String> OPEN_METRICS_VERSIONS = List.of("1.0.0", "0.0.1");
    private static final String TEXT = "text/plain";
    private static final List<String> TEXT_VERSIONS = List.of("0.0.4");
    /** Below every weight that a header can give, and above its refusal. */
    private static final double UNSAID = 0.0001;

    private Exposition() {}

    /**
     * The content type to answer an {@code Accept} header with: the one of OpenMetrics 1.0.0 and text 0.0.4 that weighs more
     * there; of equal ones OpenMetrics if it is named, else text. One that the header does not speak of may still be given,
     * where it leaves nothing else; one that it refuses ({@code q=0}) never is, unless it refuses both.
     */
    public static String contentType(@Nullable String accept) {
        AcceptedTypes accepted = AcceptedTypes.of(accept);
        double open = accepted.weight(OPEN_METRICS, OPEN_METRICS_VERSIONS).orElse(UNSAID);
        double text = accepted.weight(TEXT, TEXT_VERSIONS).orElse(UNSAID);
        boolean isOpen = open > text || (open == text && open > 0 && accepted.names(OPEN_METRICS));
        return isOpen ? TextFormat.CONTENT_TYPE_OPENMETRICS_100 : TextFormat.CONTENT_TYPE_004;
    }

    /** Whether an {@code Accept} header refuses all that there is. */
    public static boolean isRefused(@Nullable String accept) {
        AcceptedTypes accepted = AcceptedTypes.of(accept);
        return accepted.weight(OPEN_METRICS, OPEN_METRICS_VERSIONS).orElse(UNSAID) == 0
                && accepted.weight(TEXT, TEXT_VERSIONS).orElse(UNSAID) == 0;
    }

    public static void write(CollectorRegistry registry, String contentType, Writer writer) throws IOException {
        List<MetricFamilySamples> families = new ArrayList<>();
        for (MetricFamilySamples family : Collections.list(registry.metricFamilySamples())) {
            families.add(withoutCreated(family));
        }
        families.sort(Comparator.comparing(family -> family.name));
        TextFormat.writeFormat(contentType, writer, Collections.enumeration(families));
        writer.flush();
    }

    private static MetricFamilySamples withoutCreated(MetricFamilySamples family) {
        String created = family.name + CREATED;
        List<MetricFamilySamples.Sample> kept = family.samples.stream()
                .filter(sample -> !sample.name.equals(created))
                .toList();
        return kept.size() == family.samples.size()
                ? family
                : new MetricFamilySamples(family.name, family.unit, family.type, family.help, kept);
    }
}
