package io.kyanos.sink;

import io.kyanos.record.Outcome;
import io.kyanos.record.TrafficRecord;
import io.kyanos.record.Transport;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * In which records a field is: what is not known, or cannot be, is left out, so that no value stands for its absence.
 *
 * @param label as the document says it
 * @param isRequired whether the field is in every record that it may be in
 * @param field the field whose value decides, with {@code values} for yes; empty where it may be in any record
 * @param mayBeIn the same as asked of a record
 */
record JsonPresence(
        String label, boolean isRequired, String field, List<String> values, Predicate<TrafficRecord> mayBeIn) {

    private static final List<String> ANSWERS = Stream.of(Outcome.values())
            .filter(outcome -> outcome != Outcome.UNANSWERED && outcome != Outcome.ONE_WAY)
            .map(Outcome::label)
            .toList();

    static final JsonPresence ALWAYS = new JsonPresence("always", true, "", List.of(), record -> true);
    static final JsonPresence KNOWN = new JsonPresence("where it is known", false, "", List.of(), record -> true);
    static final JsonPresence ANSWERED =
            new JsonPresence("with an answer", true, "outcome", ANSWERS, record -> record.response() != null);
    static final JsonPresence ANSWERED_AND_KNOWN =
            new JsonPresence("with an answer, where it is known", false, "outcome", ANSWERS, ANSWERED.mayBeIn());
    static final JsonPresence UNANSWERED = new JsonPresence(
            "where `outcome` is `unanswered`",
            true,
            "outcome",
            List.of(Outcome.UNANSWERED.label()),
            record -> record.unanswered() != null);
    static final JsonPresence ADDRESSED = new JsonPresence(
            "unless `transport` is `unix`",
            true,
            "transport",
            List.of(Transport.TCP.label(), Transport.UDP.label()),
            record -> record.connection().transport() != Transport.UNIX);

    /** Those that another field decides. */
    static final List<JsonPresence> CONDITIONAL = List.of(ANSWERED, ANSWERED_AND_KNOWN, UNANSWERED, ADDRESSED);
}
