package io.kyanos.protocol.sql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.SafeText;

/** Makes statements of their texts, with as much of them as a conversation's detail asks for. Not thread-safe. */
public final class SqlReader {

    private final SqlScanner scanner;
    private final SqlBeginnings setup;
    private final Detail detail;
    private final SqlTables tables;
    private final SharedStatements shared;

    /** @param setup the beginnings of what client libraries ask by themselves */
    public SqlReader(
            SqlDialect dialect, SqlBeginnings setup, Detail detail, SqlTables tables, SharedStatements shared) {
        scanner = new SqlScanner(dialect);
        this.setup = setup;
        this.detail = detail;
        this.tables = tables;
        this.shared = shared;
    }

    /**
     * Tells what is structure of the text {@code [from, to)}. Changes nothing.
     *
     * @param isWhole whether the text ends there
     */
    public void tellSoFar(ByteView view, int from, int to, boolean isWhole, ParseResult result) {
        int known = setup.knownTo(view, from, to);
        if (isWhole) {
            scanner.scan(view, from, to, null, result, known);
        } else {
            scanner.tellBeginning(view, from, to, result, known);
        }
    }

    /** The statement that is the text {@code [from, to)}, and tells what is structure of it. */
    public SqlStatement read(ByteView view, int from, int to, ParseResult result) {
        int known = setup.knownTo(view, from, to);
        StringBuilder masked = detail.details() && detail.maskSecrets() ? new StringBuilder() : null;
        boolean tells = result.wantsStructure();
        if (detail.details() || tells) {
            scanner.scan(view, from, to, masked, tells ? result : null, known);
        } else {
            scanner.scan(view, from, to);
        }
        String operation = tables.operation(scanner);
        boolean isSetup = known > from;
        if (!detail.details()) {
            return operation == null
                    ? new SqlStatement(
                            null,
                            scanner.verb(),
                            scanner.tableName(),
                            scanner.table(),
                            isSetup,
                            SqlStatement.Shown.NOTHING)
                    : shared.statement(operation, scanner.verb(), isSetup);
        }
        String text = SafeText.words(masked == null ? view.utf8(from, to) : masked.toString());
        return new SqlStatement(
                operation,
                scanner.verb(),
                operation == null ? scanner.tableName() : "",
                scanner.table(),
                isSetup,
                new SqlStatement.Shown(
                        detail.attributes() ? text : "",
                        scanner.digest(),
                        scanner.statements(),
                        text.substring(0, Math.min(text.length(), detail.maxTextBytes()))));
    }
}
