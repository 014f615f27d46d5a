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

    private Exposition() {}

    /** The content type to answer an {@code Accept} header with: OpenMetrics 1.0.0 when asked for, else text 0.0.4. */
    public static String contentType(@Nullable String accept) {
        return TextFormat.chooseContentType(accept);
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
