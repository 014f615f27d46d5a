package io.kyanos.protocol.postgresql;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.SafeText;
import io.kyanos.protocol.sql.SqlScanner;

/** Makes a statement of its text, with as much of it as the conversation's detail asks for. Not thread-safe. */
final class StatementReader {

    private final PostgresqlConversation conversation;
    private final SqlScanner scanner = new SqlScanner();

    StatementReader(PostgresqlConversation conversation) {
        this.conversation = conversation;
    }

    /** Tells what is structure of the next text of the frame, which may end beyond the view. */
    void tellSoFar(Frame frame) {
        frame.text();
        ByteView view = frame.view();
        int from = frame.textFrom();
        int to = frame.textTo();
        int known = SetupStatements.knownTo(view, from, to);
        if (frame.hasTextEnded()) {
            scanner.scan(view, from, to, null, frame.result(), known);
        } else {
            scanner.tellBeginning(view, from, to, frame.result(), known);
        }
        frame.tell(0);
    }

    /** The statement that is the text of the frame, and tells what is structure of it. */
    Statement read(Frame frame) {
        Detail detail = conversation.detail;
        ByteView view = frame.view();
        int from = frame.textFrom();
        int to = frame.textTo();
        int known = SetupStatements.knownTo(view, from, to);
        StringBuilder masked = detail.details() && detail.maskSecrets() ? new StringBuilder() : null;
        boolean tells = frame.result().wantsStructure();
        if (detail.details() || tells) {
            scanner.scan(view, from, to, masked, tells ? frame.result() : null, known);
        } else {
            scanner.scan(view, from, to);
        }
        frame.tell(0);
        String operation = conversation.tables.operation(scanner);
        boolean isSetup = known > from;
        if (!detail.details()) {
            return operation == null
                    ? new Statement(
                            null,
                            scanner.verb(),
                            scanner.tableName(),
                            scanner.table(),
                            isSetup,
                            Statement.Shown.NOTHING)
                    : conversation.messages.statement(operation, scanner.verb(), isSetup);
        }
        String text = masked == null ? frame.shown() : SafeText.words(masked.toString());
        return new Statement(
                operation,
                scanner.verb(),
                operation == null ? scanner.tableName() : "",
                scanner.table(),
                isSetup,
                new Statement.Shown(
                        detail.attributes() ? text : "",
                        scanner.digest(),
                        scanner.statements(),
                        conversation.cut(text)));
    }
}
