package io.kyanos.protocol.mysql;

import com.typesafe.config.Config;
import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Descriptor;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Guess;
import io.kyanos.protocol.Protocol;
import io.kyanos.protocol.StreamKind;
import io.kyanos.protocol.sql.SqlTables;
import io.kyanos.record.Endpoint;
import java.util.Map;

/** MySQL and MariaDB, by protocol 4.1. Immutable but for the tables that it learns and the messages that it shares. */
// https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html
// https://mariadb.com/kb/en/clientserver-protocol/
public final class MysqlProtocol implements Protocol {

    /** What it says of itself. */
    public static final Descriptor DESCRIPTOR = MysqlDescriptor.of();

    private final SqlTables tables;
    private final MysqlMessages messages = new MysqlMessages();

    public MysqlProtocol(SqlTables tables) {
        this.tables = tables;
    }

    /** As the whole configuration shapes it. */
    public static MysqlProtocol of(Config config) {
        return new MysqlProtocol(SqlTables.of(config));
    }

    @Override
    public Descriptor descriptor() {
        return DESCRIPTOR;
    }

    @Override
    public Guess guess(ByteView head, ByteView other) {
        return MysqlGuess.ofBeginning(head, other);
    }

    @Override
    public Guess guessAnywhere(ByteView head, ByteView other) {
        return MysqlGuess.anywhere(head, other);
    }

    @Override
    public boolean mayGreet(ByteView head) {
        return MysqlGuess.mayGreet(head);
    }

    @Override
    public Conversation newConversation(StreamKind kind, Detail detail, Endpoint server) {
        return new MysqlConversation(detail, tables, messages);
    }

    @Override
    public Protocol inSteps() {
        return new MysqlProtocol(tables.inSteps());
    }

    @Override
    public void settle() {
        tables.settle();
    }

    @Override
    public Map<String, Long> boundsMet() {
        return Map.of("tables", tables.overflows());
    }
}
