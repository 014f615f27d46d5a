package io.kyanos.cli;

import io.kyanos.expression.Expression;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.FilterFlag;
import io.kyanos.protocol.Protocols;
import java.util.ArrayList;
import java.util.List;

/** What {@code kyanos watch --list} prints: a line for each protocol that begins with its name, and indented ones about it. */
final class ProtocolList {

    private static final int WIDTH = 100;
    private static final String INDENT = "  ";
    private static final String LINE = INDENT + "%-8s%s\n";

    private ProtocolList() {}

    static String text() {
        StringBuilder text = new StringBuilder();
        for (Descriptor protocol : Protocols.descriptors()) {
            text.append(String.format("%-12s%s\n", protocol.name(), protocol.title()));
            row(text, "reads", List.of(protocol.summary().replace("`", "").split(" ")));
            row(text, "also", protocol.aliases());
            row(text, "flags", flags(protocol));
            row(text, "fields", fields(protocol));
        }
        return text.toString();
    }

    private static List<String> flags(Descriptor protocol) {
        return protocol.flags().stream().map(FilterFlag::option).toList();
    }

    private static List<String> fields(Descriptor protocol) {
        return protocol.attributes().stream().map(Expression::nameOf).toList();
    }

    private static void row(StringBuilder text, String what, List<String> words) {
        String label = what;
        List<String> line = new ArrayList<>();
        int length = 0;
        for (String word : words) {
            if (length + word.length() > WIDTH - 12) {
                text.append(String.format(LINE, label, String.join(" ", line)));
                line.clear();
                label = "";
                length = 0;
            }
            line.add(word);
            length += word.length() + 1;
        }
        if (!line.isEmpty()) {
            text.append(String.format(LINE, label, String.join(" ", line)));
        }
    }
}
