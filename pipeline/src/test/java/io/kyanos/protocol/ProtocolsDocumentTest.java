package io.kyanos.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.record.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/protocols.md is what the protocols say of themselves; -Dgolden.update writes it. */
class ProtocolsDocumentTest {

    private static final Path FOLDER = Path.of("../docs");
    private static final Path LOSSES = FOLDER.resolve("losses.md");
    private static final List<Descriptor> ALL = Protocols.descriptors();

    private final StringBuilder page = new StringBuilder();

    @Test
    void thePageIsMadeFromTheDescriptors() throws IOException {
        head();
        ALL.forEach(this::section);

        DocumentTable.assertText(FOLDER.resolve("protocols.md"), page.toString());
    }

    @Test
    void theReasonsForInvalidBytesAreThoseOfTheProtocols() throws IOException {
        DocumentTable.assertRows(
                LOSSES,
                "| Protocol | Reason | What the bytes are |",
                ALL.stream()
                        .flatMap(protocol -> protocol.reasons().stream()
                                .map(reason -> DocumentTable.row(
                                        code(protocol.name()), code(reason.label()), reason.meaning())))
                        .toList());
    }

    @Test
    void everyPageThatIsNamedIsThere() {
        assertThat(ALL)
                .filteredOn(protocol -> !protocol.page().isEmpty())
                .isNotEmpty()
                .allSatisfy(protocol -> assertThat(Files.exists(FOLDER.resolve(protocol.page())))
                        .isTrue());
    }

    private void head() {
        line("<!-- Written by ProtocolsDocumentTest with -Dgolden.update from what each protocol says of itself. -->");
        line("");
        line("# Protocols");
        line("");
        line(
                "What is read, and what becomes of it in records. `kyanos watch --list` prints names, flags and attributes.");
        line("");
        table("Protocol", "Name", "Also", "Over", "What is read");
        for (Descriptor protocol : ALL) {
            row(
                    "[" + protocol.title() + "](#" + anchor(protocol.title()) + ")",
                    code(protocol.name()),
                    protocol.aliases().stream().map(ProtocolsDocumentTest::code).collect(Collectors.joining(", ")),
                    over(protocol),
                    protocol.summary());
        }
        line("");
        line(
                "The name is the value of `protocol` in metrics, JSON and filters, and the word of the command line, which takes the"
                        + " other names, too.");
        line("");
        line("[How a connection's protocol is told](inference.md), on any port, and how soon.");
        line("");
        line("A status is the answer's own code, and has one of the outcomes "
                + Stream.of(Outcome.OK, Outcome.CLIENT_ERROR, Outcome.SERVER_ERROR, Outcome.ERROR)
                        .map(outcome -> code(outcome.label()))
                        .collect(Collectors.joining(", "))
                + "; or " + code(Outcome.UNKNOWN.label())
                + " where it was said before the capture. What was not answered is " + code(Outcome.UNANSWERED.label())
                + ", what nobody answers " + code(Outcome.ONE_WAY.label()) + "; neither has a status.");
        line("");
        line(
                "Attributes are kept where records are shown or filtered: in the `attributes` of [JSON](json.md#attributes), and as"
                        + " fields of [filters](filters.md#expressions).");
    }

    private void section(Descriptor protocol) {
        line("");
        line("## " + protocol.title());
        line("");
        line(protocol.summary() + "."
                + (protocol.page().isEmpty() ? "" : " More: [" + protocol.page() + "](" + protocol.page() + ")."));
        line("");
        line("**Operation.** " + protocol.operation());
        line("");
        line("**Resource.** " + protocol.resource());
        heading("Statuses", protocol);
        table("Status", "Outcome", "When");
        protocol.statuses()
                .forEach(status -> row(
                        Stream.of(status.label().split(", "))
                                .map(ProtocolsDocumentTest::status)
                                .collect(Collectors.joining(", ")),
                        code(status.outcome().label()),
                        status.meaning()));
        if (!protocol.setup().isEmpty()) {
            heading("Set-up", protocol);
            line(
                    "Client libraries send these by themselves. They are marked as set-up, so that error rates can leave them out.");
            line("");
            protocol.setup().forEach(request -> line("* " + request));
        }
        heading("Attributes", protocol);
        table("Attribute", "Type", "Of", "What");
        protocol.attributes()
                .forEach(attribute -> row(
                        code(attribute.name()),
                        attribute.isList() ? "list of text" : "text",
                        attribute.source().label(),
                        attribute.meaning()));
        if (!protocol.flags().isEmpty()) {
            heading("Flags", protocol);
            table("Flag", "Keeps", "Exclusion");
            protocol.flags()
                    .forEach(flag -> row(
                            code(flag.option() + " " + flag.label()),
                            flag.description(),
                            code(flag.exclusionOption())));
        }
        heading("Limits", protocol);
        table("Bound", "Most", "Beyond");
        protocol.limits().forEach(limit -> row(limit.what(), number(limit.most()), limit.beyond()));
        heading("Clients and servers", protocol);
        protocol.clients().forEach(what -> line("* " + what));
    }

    private void heading(String what, Descriptor protocol) {
        line("");
        line("### " + what + " of " + protocol.title());
        line("");
    }

    private void table(String... heads) {
        line("| " + String.join(" | ", heads) + " |");
        line("|" + "---|".repeat(heads.length));
    }

    private void row(String... cells) {
        line(DocumentTable.row(cells));
    }

    private void line(String text) {
        page.append(text).append('\n');
    }

    private static String over(Descriptor protocol) {
        String carriers = ALL.stream()
                .filter(carrier -> carrier.carried().contains(protocol))
                .map(Descriptor::title)
                .collect(Collectors.joining(", "));
        return carriers.isEmpty()
                ? protocol.kinds().stream()
                        .sorted()
                        .map(ProtocolsDocumentTest::kind)
                        .collect(Collectors.joining(", "))
                : carriers;
    }

    private static String kind(StreamKind kind) {
        return switch (kind) {
            case WIRE -> "streams";
            case PLAIN -> "TLS";
            case DATAGRAM -> "datagrams";
        };
    }

    private static String status(String label) {
        return label.contains(" to ")
                ? Stream.of(label.split(" to "))
                        .map(ProtocolsDocumentTest::code)
                        .collect(Collectors.joining(" to "))
                : code(label);
    }

    private static String code(String text) {
        return "`" + text + "`";
    }

    private static String anchor(String title) {
        return title.toLowerCase(Locale.ROOT).replace(' ', '-');
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number).replace(',', ' ');
    }
}
