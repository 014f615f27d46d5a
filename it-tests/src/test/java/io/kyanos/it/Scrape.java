package io.kyanos.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The samples of one answer of {@code /metrics}, in Prometheus' text format. */
final class Scrape {

    /** One line. */
    record Sample(String name, Map<String, String> labels, double value) {}

    private final String text;
    private final List<Sample> samples = new ArrayList<>();

    Scrape(String text) {
        this.text = text;
        text.lines().filter(line -> !line.isEmpty() && line.charAt(0) != '#').forEach(line -> samples.add(parse(line)));
    }

    /** As it was served. */
    String text() {
        return text;
    }

    /** All of that name whose labels have these values; labels are given as name, value, name, value. */
    Stream<Sample> samples(String name, String... labels) {
        return samples.stream().filter(sample -> sample.name().equals(name) && has(sample, labels));
    }

    /** The sum of all of that name whose labels have these values; 0 if there are none. */
    double sum(String name, String... labels) {
        return samples(name, labels).mapToDouble(Sample::value).sum();
    }

    /** Fails with the places and reasons that are not 0. */
    void assertNothingDropped() {
        assertThat(samples("kyanos_dropped_total").filter(sample -> sample.value() != 0))
                .as("dropped")
                .isEmpty();
    }

    private static boolean has(Sample sample, String... labels) {
        for (int i = 0; i < labels.length; i += 2) {
            if (!labels[i + 1].equals(sample.labels().get(labels[i]))) {
                return false;
            }
        }
        return true;
    }

    private static Sample parse(String line) {
        Map<String, String> labels = new HashMap<>();
        int at = 0;
        while (at < line.length() && line.charAt(at) != '{' && line.charAt(at) != ' ') {
            at++;
        }
        String name = line.substring(0, at);
        if (line.charAt(at) == '{') {
            at++;
            while (line.charAt(at) != '}') {
                int equals = line.indexOf('=', at);
                String label = line.substring(at, equals);
                StringBuilder value = new StringBuilder();
                at = equals + 2;
                for (; line.charAt(at) != '"'; at++) {
                    char c = line.charAt(at);
                    if (c == '\\') {
                        at++;
                        c = line.charAt(at) == 'n' ? '\n' : line.charAt(at);
                    }
                    value.append(c);
                }
                labels.put(label, value.toString());
                at++;
                if (line.charAt(at) == ',') {
                    at++;
                }
            }
            at++;
        }
        String number = line.substring(at).trim().split(" ")[0];
        return new Sample(name, labels, number.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(number));
    }
}
