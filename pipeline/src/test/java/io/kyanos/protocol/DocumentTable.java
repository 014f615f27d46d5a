package io.kyanos.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A table of a document that the code writes: {@code -Dgolden.update} rewrites it, else it is compared. */
public final class DocumentTable {

    private static final String UPDATE = "golden.update";

    private DocumentTable() {}

    /** One row of it; pipes within cells stay what they are. */
    public static String row(String... cells) {
        return Stream.of(cells)
                        .map(cell -> cell.isEmpty() ? "" : " " + cell.replace("|", "\\|"))
                        .reduce("", (all, cell) -> all + "|" + cell + " ")
                + "|";
    }

    /** The rows of the first table below the first line that begins so, be it the head of the table or a heading. */
    public static void assertRows(Path document, String below, List<String> rows) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(document));
        int first = 0;
        while (!lines.get(first).startsWith(below)) {
            first++;
        }
        while (!lines.get(first).startsWith("|--")) {
            first++;
        }
        first++;
        int end = first;
        while (end < lines.size() && lines.get(end).startsWith("|")) {
            end++;
        }
        List<String> table = lines.subList(first, end);
        if (isUpdate()) {
            table.clear();
            table.addAll(rows);
            Files.write(document, lines);
            return;
        }
        assertThat(table).as("below %s, written by -D%s", below, UPDATE).isEqualTo(rows);
    }

    /** The whole of a document. */
    public static void assertText(Path document, String text) throws IOException {
        if (isUpdate()) {
            Files.writeString(document, text);
        }
        assertThat(document).as("written by -D%s", UPDATE).content().isEqualTo(text);
    }

    private static boolean isUpdate() {
        return System.getProperty(UPDATE) != null;
    }
}
