package io.kyanos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.kyanos.connection.Fate;
import io.kyanos.connection.Loss;
import io.kyanos.connection.Undecoded;
import io.kyanos.connection.Unparsed;
import io.kyanos.event.Channel;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.Protocols;
import io.kyanos.record.Unanswered;
import io.kyanos.sink.FixedStatistics;
import io.kyanos.sink.MetricsSettings;
import io.kyanos.sink.PrometheusSink;
import io.prometheus.client.CollectorRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every place and reason that the program counts is in docs/losses.md, and no other. */
class LossesDocumentTest {

    private static final Path PAGE = Path.of("docs", "losses.md");
    private static final Pattern ROW = Pattern.compile("^\\| (`[^`]+`|any) \\|(?: (`[^`]+`) \\|)?");
    private static final Pattern HINT = Pattern.compile("losses\\.md#([a-z-]+)");

    @Test
    void everyChannelIsListed() {
        assertThat(rows("Events that the kernel could not write", 1))
                .isEqualTo(labels(Channel.values(), Channel::label));
    }

    @Test
    void everyKindOfDropIsListed() {
        assertThat(rows("What is dropped", 2))
                .isEqualTo(labels(Loss.values(), loss -> loss.where() + " " + loss.reason()));
    }

    @Test
    void everyFateIsListed() {
        assertThat(rows("Bytes that no event brought", 1)).isEqualTo(labels(Fate.values(), Fate::label));
    }

    @Test
    void everyReasonForUnparsedBytesIsListed() {
        Set<String> reasons = new TreeSet<>(labels(
                Unparsed.values(), reason -> (reason == Unparsed.UNDECIDED ? "unknown " : "any ") + reason.label()));
        List<Protocol> protocols = Protocols.of(ConfigFactory.defaultReference());
        for (Protocol protocol : protocols) {
            assertThat(protocol.descriptor().invalidReasons())
                    .as(protocol.name())
                    .isNotEmpty();
            protocol.descriptor().invalidReasons().forEach(reason -> reasons.add(protocol.name() + " " + reason));
        }

        assertThat(rows("Bytes that belong to no message", 2)).isEqualTo(reasons);
    }

    @Test
    void everyReasonForNoAnswerIsListed() {
        assertThat(rows("Requests without an answer", 1)).isEqualTo(labels(Unanswered.values(), Unanswered::label));
    }

    @Test
    void everyReasonForUndecodedConnectionsIsListed() {
        Set<String> reasons = labels(Undecoded.values(), Undecoded::label);

        assertThat(rows("Connections that are not decoded", 1)).isEqualTo(reasons);
        String metric = Documents.lines(Path.of("docs", "metrics.md")).stream()
                .filter(line -> line.startsWith("| `kyanos_undecoded_connections_total`"))
                .findFirst()
                .orElseThrow();
        assertThat(reasons).allSatisfy(reason -> assertThat(metric).contains("`" + reason + "`"));
    }

    @Test
    void everyBoundOfMetricsAndRoutesIsListed() {
        CollectorRegistry registry = new CollectorRegistry();
        new PrometheusSink(MetricsSettings.of(ConfigFactory.defaultReference()), System::nanoTime).register(registry);
        Set<String> bounds = Collections.list(registry.metricFamilySamples()).stream()
                .flatMap(family -> family.samples.stream())
                .filter(sample -> sample.name.equals("kyanos_metric_overflows_total"))
                .map(sample -> sample.labelValues.get(0))
                .collect(Collectors.toCollection(TreeSet::new));
        Protocols.of(ConfigFactory.defaultReference())
                .forEach(protocol -> bounds.addAll(protocol.boundsMet().keySet()));

        assertThat(rows("Values without room in metrics", 1)).isEqualTo(bounds).contains("series", "routes");
    }

    @Test
    void everySectionThatAHintNamesIsThere() {
        Set<String> sections = Documents.lines(PAGE).stream()
                .filter(line -> line.startsWith("## "))
                .map(line -> line.substring(3)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^a-z ]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
        List<String> named = new ArrayList<>();
        for (String line : Losses.of(new FixedStatistics(), 0)) {
            Matcher hint = HINT.matcher(line);
            assertThat(hint.find()).as(line).isTrue();
            named.add(hint.group(1));
        }

        assertThat(named).hasSize(3).doesNotHaveDuplicates().isSubsetOf(sections);
    }

    private static <T> Set<String> labels(T[] values, Function<T, String> label) {
        return Stream.of(values).map(label).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The first cells of a section's rows, as text. */
    private static Set<String> rows(String heading, int cells) {
        List<String> section = Documents.lines(PAGE).stream()
                .dropWhile(line -> !line.equals("## " + heading))
                .skip(1)
                .takeWhile(line -> !line.startsWith("## "))
                .toList();
        Set<String> rows = new TreeSet<>();
        for (String line : section) {
            Matcher row = ROW.matcher(line);
            if (row.find()) {
                String first = row.group(1).replace("`", "");
                rows.add(cells == 1 ? first : first + " " + row.group(2).replace("`", ""));
            }
        }
        return rows;
    }
}
