package io.kyanos.fuzz;

import io.kyanos.expression.Expression;
import io.kyanos.expression.ExpressionException;
import io.kyanos.record.RecordFilter;
import io.kyanos.record.TestRecords;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Unanswered;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** Conditions as text: compiled, or refused with a place inside the text; what is compiled answers for any record. */
public final class ExpressionFuzz implements FuzzTarget {

    private static final ExpressionFuzz TARGET = new ExpressionFuzz();
    private static final List<TrafficRecord> RECORDS = List.of(
            TestRecords.http()
                    .attribute("path", "/api")
                    .attribute("header.x", "1")
                    .build(),
            TestRecords.redis().attribute("key", "a").attribute("key", "b").build(),
            TestRecords.http().unanswered(Unanswered.TIMEOUT).build());

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.run(input);
    }

    @Override
    public void run(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        RecordFilter filter;
        try {
            filter = Expression.compile(text);
        } catch (ExpressionException e) {
            check(e.start() >= 0 && e.start() <= text.length(), "place outside");
            check(e.place().lines().count() == 2, "not one place");
            return;
        }
        for (TrafficRecord record : RECORDS) {
            boolean answer = filter.test(record);
            check(answer == filter.test(record), "two answers");
        }
        check(filter.headers().isEmpty() || filter.needsAttributes(), "headers are attributes");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    @Override
    public List<byte[]> seeds() {
        return Stream.of(
                        "status>=500 and latency>100ms and path~\"^/api\"",
                        "not (remote.ip in (10.0.0.0/8, fe80::/10)) or has header.x-a",
                        "attr['x-y']>7 && !truncated || outcome=ok",
                        "start>2026-01-01T00:00:00Z and request.size<1.5k",
                        "key not in (a, 'b') and command=get")
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
    }
}
