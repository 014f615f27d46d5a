package io.kyanos.cli;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.FilterFlag;
import io.kyanos.record.RecordFilter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The flags that protocols say they have, each with one that leaves out. Belongs to one command line. */
final class ProtocolFlags {

    private final List<Descriptor> protocols;
    private final List<Flag> flags = new ArrayList<>();

    /** @param protocols those that there are */
    ProtocolFlags(List<Descriptor> protocols) {
        this.protocols = protocols;
        Map<FilterFlag, Set<Descriptor>> having = new LinkedHashMap<>();
        for (Descriptor protocol : protocols) {
            protocol.flags()
                    .forEach(flag -> having.computeIfAbsent(flag, once -> new LinkedHashSet<>())
                            .add(protocol));
        }
        having.forEach((flag, those) -> flags.add(new Flag(flag, those)));
    }

    /** Adds those that keep, a group for all that the same protocols have. */
    void addTo(CommandSpec command) {
        Map<String, ArgGroupSpec.Builder> groups = new LinkedHashMap<>();
        for (Flag flag : flags) {
            groups.computeIfAbsent(
                            flag.titles(),
                            titles -> ArgGroupSpec.builder().validate(false).heading("%nOf " + titles + ":%n"))
                    .addArg(flag.keeps);
        }
        groups.values().forEach(group -> command.addArgGroup(group.build()));
    }

    /** Those that leave out. */
    List<OptionSpec> exclusions() {
        return flags.stream().map(flag -> flag.leavesOut).toList();
    }

    /** The names of what is left of these protocols (empty: of all) by the flags that are given; empty for all. */
    Set<String> limited(Set<String> wanted) {
        Set<String> left = wanted;
        List<Flag> given = flags.stream()
                .filter(flag -> !Flag.values(flag.keeps).isEmpty())
                .toList();
        for (Flag flag : given) {
            left = left.isEmpty() ? flag.names() : common(left, flag.names());
            if (left.isEmpty()) {
                throw nothingLeft(flag, given, wanted);
            }
        }
        return left;
    }

    private UsageException nothingLeft(Flag flag, List<Flag> given, Set<String> wanted) {
        if (!wanted.isEmpty() && common(wanted, flag.names()).isEmpty()) {
            List<Descriptor> asked = protocols.stream()
                    .filter(protocol -> wanted.contains(protocol.name()))
                    .toList();
            return new UsageException("flags of " + flag.titles() + " match no " + ProtocolNames.titles(asked, "or")
                    + " request. Hint: kyanos watch " + flag.names().iterator().next() + ".");
        }
        Set<String> titles = given.stream().map(Flag::titles).collect(Collectors.toCollection(LinkedHashSet::new));
        return new UsageException(
                "flags of " + String.join(" and of ", titles) + " together match nothing. Hint: use those of one.");
    }

    private static Set<String> common(Set<String> one, Set<String> other) {
        Set<String> both = new LinkedHashSet<>(one);
        both.retainAll(other);
        return both;
    }

    /** What must hold of a record: one condition for each flag that is given, and one for each header. */
    List<RecordFilter> conditions() {
        return flags.stream()
                .flatMap(flag -> flag.conditions(flag.flag.option(), flag.keeps).stream())
                .toList();
    }

    /** What must not hold of a record. */
    List<RecordFilter> exceptions() {
        return flags.stream()
                .flatMap(flag -> flag.conditions(flag.flag.exclusionOption(), flag.leavesOut).stream()
                        .map(condition -> condition.protocolIn(flag.names())))
                .toList();
    }

    /** A flag with its twin, and the protocols that have it. */
    private static final class Flag {

        private final FilterFlag flag;
        private final Set<Descriptor> protocols;
        private final OptionSpec keeps;
        private final OptionSpec leavesOut;

        Flag(FilterFlag flag, Set<Descriptor> protocols) {
            this.flag = flag;
            this.protocols = protocols;
            keeps = option(flag.option(), flag.description());
            leavesOut = option(flag.exclusionOption(), titles() + ": " + flag.exclusion() + ".");
        }

        String titles() {
            return ProtocolNames.titles(protocols, "and");
        }

        Set<String> names() {
            return protocols.stream().map(Descriptor::name).collect(Collectors.toCollection(LinkedHashSet::new));
        }

        private OptionSpec option(String name, String description) {
            return OptionSpec.builder(name)
                    .paramLabel(flag.label())
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .description(description.replace("%", "%%"))
                    .build();
        }

        List<RecordFilter> conditions(String option, OptionSpec given) {
            List<String> texts = values(given);
            if (texts.isEmpty()) {
                return List.of();
            }
            RecordFilter all = RecordFilter.ALL;
            String attribute = flag.attribute();
            String expected = flag.expected();
            return switch (flag.match()) {
                case EQUAL -> List.of(all.attributeIn(attribute, FlagValues.list(option, texts, expected)));
                case EQUAL_IN_ANY_CASE ->
                    List.of(all.attributeInIgnoringCase(attribute, FlagValues.list(option, texts, expected)));
                case PREFIX ->
                    List.of(all.attributeStartsWith(
                            attribute, each(texts, text -> FlagValues.text(option, text, expected))));
                case REGEX ->
                    List.of(all.attributeMatches(
                            attribute, each(texts, text -> FlagValues.regex(option, text, expected))));
                case PATH ->
                    List.of(all.attributeIn(attribute, each(texts, text -> FlagValues.path(option, text, expected))));
                case PATH_PREFIX ->
                    List.of(all.attributeStartsWith(
                            attribute, each(texts, text -> FlagValues.path(option, text, expected))));
                case HEADER ->
                    texts.stream()
                            .map(text -> FlagValues.header(option, text, expected))
                            .toList();
            };
        }

        private static List<String> values(OptionSpec option) {
            List<String> values = option.getValue();
            return values == null ? List.of() : values;
        }

        private static <T> Set<T> each(List<String> texts, Function<String, T> reader) {
            return texts.stream().map(reader).collect(Collectors.toCollection(LinkedHashSet::new));
        }
    }
}
