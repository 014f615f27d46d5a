package io.kyanos.cli;

import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Protocols;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The words by which the command line knows protocols: their names, and what else they are called. */
final class ProtocolNames {

    private ProtocolNames() {}

    /** The protocol that is meant by a word, in any case. */
    static Optional<Descriptor> of(String word) {
        return Protocols.descriptors().stream()
                .filter(protocol -> protocol.isCalled(word.toLowerCase(Locale.ROOT)))
                .findFirst();
    }

    /** The name of the protocol that a flag's value means. */
    static String name(String flag, String word) {
        return of(word).map(Descriptor::name).orElseThrow(() -> new UsageException(flag, word, any()));
    }

    /** The names of those that are meant by the values of a flag. */
    static Set<String> names(String flag, List<String> given) {
        Set<String> names = new LinkedHashSet<>();
        FlagValues.list(flag, given, any()).forEach(word -> names.add(name(flag, word)));
        return names;
    }

    /** {@code http or redis}. */
    static String any() {
        return listed(Protocols.names(), "or");
    }

    /** {@code http and redis}. */
    static String all() {
        return listed(Protocols.names(), "and");
    }

    /** As people write them: {@code HTTP or Redis}. */
    static String titles(Collection<Descriptor> protocols, String conjunction) {
        return listed(protocols.stream().map(Descriptor::title).toList(), conjunction);
    }

    private static String listed(List<String> words, String conjunction) {
        return words.size() < 2
                ? String.join("", words)
                : words.stream().limit(words.size() - 1L).collect(Collectors.joining(", ")) + " " + conjunction + " "
                        + words.get(words.size() - 1);
    }
}
