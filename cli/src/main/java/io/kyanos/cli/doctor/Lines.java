package io.kyanos.cli.doctor;

import java.util.ArrayList;
import java.util.List;

/** Text broken between words. */
final class Lines {

    private Lines() {}

    /**
     * {@code text} after {@code first} in lines of at most {@code columns}; later lines begin below the text. A word that
     * is longer is cut.
     */
    static List<String> of(String first, String text, int columns) {
        String indent = " ".repeat(first.length());
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder(first);
        for (String word : text.split(" ", -1)) {
            String rest = word;
            if (line.length() > indent.length() && line.length() + 1 + rest.length() > columns) {
                lines.add(line.toString().stripTrailing());
                line = new StringBuilder(indent);
            } else if (line.length() > indent.length()) {
                line.append(' ');
            }
            while (line.length() + rest.length() > columns) {
                int cut = columns - line.length();
                lines.add(line + rest.substring(0, cut));
                rest = rest.substring(cut);
                line = new StringBuilder(indent);
            }
            line.append(rest);
        }
        lines.add(line.toString().stripTrailing());
        return lines;
    }
}
