package io.kyanos.protocol.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import io.kyanos.protocol.ParseResult;
import io.kyanos.protocol.SpanList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SqlScannerTest {

    private final SqlScanner scanner = new SqlScanner(SqlDialect.POSTGRESQL);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "SELECT id FROM users WHERE a = 'x' | SELECT | users",
                "insert into public.Orders values (1) | INSERT | orders",
                "DELETE FROM ONLY \"Orders\" | DELETE | Orders",
                "BEGIN; UPDATE users SET a = 'x;y'; COMMIT | UPDATE | users",
                "WITH a AS (SELECT * FROM items) SELECT * FROM a | SELECT | items",
                "WITH d AS (DELETE FROM old) INSERT INTO archive SELECT * FROM d | INSERT | archive",
                "SELECT a FROM (SELECT b FROM (select c from deep) x) y | SELECT | deep",
                "SELECT extract(day FROM now()) FROM orders | SELECT | orders",
                "SELECT a IS DISTINCT FROM b FROM orders | SELECT | orders",
                "SELECT * FROM generate_series(1, 2) | SELECT | ~~",
                "/* FROM /* nested */ a */ SELECT $q$ FROM b $q$ FROM c -- FROM d | SELECT | c",
                "CREATE UNIQUE INDEX i ON t (a) | CREATE INDEX | ~~",
                "nothing FROM users | other | ~~",
            })
    void findsVerbAndTable(String sql, String verb, String table) {
        scanner.scan(ByteView.of(sql), 0, sql.length());

        assertThat(scanner.verb().label()).isEqualTo(verb);
        assertThat(scanner.tableName()).isEqualTo(table);
    }

    @Test
    void aDigestIsTheSameForOtherValuesBlanksAndRemarks() {
        long digest = digest("SELECT a FROM users WHERE b IN (1, 2, 3) AND c = 'x'");

        assertThat(digest("select a\nFROM users /* all */ WHERE b IN ($1) and c = E'it\\'s'"))
                .isEqualTo(digest);
        assertThat(digest("SELECT a FROM orders WHERE b IN (1, 2, 3) AND c = 'x'"))
                .isNotEqualTo(digest);
    }

    @Test
    void aTextHasAQuestionMarkForEachListOfValues() {
        StringBuilder text = new StringBuilder();
        String sql = "INSERT INTO t VALUES (1, 'a', 2.5), (3, $$b$$, 4)";

        scanner.scan(ByteView.of(sql), 0, sql.length(), text, null, 0);

        assertThat(text).hasToString("INSERT INTO t VALUES (?), (?)");
    }

    /** In what is told {@code .} stands for a byte of content. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "SELECT a FROM| SELECT . ....",
                "~SELECT a FROM ~|~SELECT . FROM ~",
                "SELECT 'a b|SELECT '...",
                "SELECT 'a'|SELECT '..",
                "SELECT 'a' ,|SELECT '.' ,",
                "SELECT '|SELECT '",
                "SELECT $ta|SELECT ...",
                "SELECT $1|SELECT ..",
                "SELECT \"select|SELECT \"......",
                "SELECT -- select a|SELECT --.........",
                "SELECT E'a\\'|SELECT E'...",
                "SELECT E|SELECT .",
            })
    void tellsOfTheBeginningOfATextWhatIsCertain(String sql, String told) {
        ByteView view = ByteView.of(sql);
        SpanList spans = new SpanList();
        ParseResult result = new ParseResult();
        result.collectStructure(spans);

        scanner.tellBeginning(view, 0, view.length(), result, 0);

        StringBuilder left = new StringBuilder(".".repeat(sql.length()));
        for (int i = 0; i < spans.count(); i++) {
            left.replace(spans.from(i), spans.to(i), sql.substring(spans.from(i), spans.to(i)));
        }
        assertThat(left).hasToString(told);
    }

    private long digest(String sql) {
        scanner.scan(ByteView.of(sql), 0, sql.length(), null, null, 0);
        return scanner.digest();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "SELECT a FROM `Orders` WHERE b = \"x\" | SELECT | Orders | SELECT a FROM `Orders` WHERE b = ?",
                "SELECT 'it\\'s' FROM users # FROM a | SELECT | users | SELECT ? FROM users",
                "SELECT 5--1 FROM users -- FROM a | SELECT | users | SELECT ?--? FROM users",
                "/*!50003 INSERT */ /*M!100 IGNORE */ INTO users VALUES (?) | INSERT | users | INSERT IGNORE INTO users VALUES (?)",
                "SELECT /* a /* b */ c FROM users | SELECT | users | SELECT c FROM users",
                "SELECT 2*/* a */3 FROM users | SELECT | users | SELECT ?* ? FROM users",
                "INSERT LOW_PRIORITY IGNORE INTO shop.users SET a = 1 | INSERT | users | INSERT LOW_PRIORITY IGNORE INTO shop.users SET a = ?",
                "REPLACE DELAYED INTO users VALUES (1) | REPLACE | users | REPLACE DELAYED INTO users VALUES (?)",
                "LOAD DATA LOCAL INFILE 'f' INTO TABLE users | LOAD | users | LOAD DATA LOCAL INFILE ? INTO TABLE users",
                "HANDLER users READ FIRST | HANDLER | users | HANDLER users READ FIRST",
                "SET @a = 'x' | SET | ~~ | SET @a = ?",
                "SHOW TABLES FROM shop | SHOW | ~~ | SHOW TABLES FROM shop",
                "DELETE QUICK FROM users WHERE a = $b | DELETE | users | DELETE QUICK FROM users WHERE a = $b",
            })
    void readsTheDialectOfMysql(String sql, String verb, String table, String shown) {
        SqlScanner mysql = new SqlScanner(SqlDialect.MYSQL);
        StringBuilder text = new StringBuilder();

        mysql.scan(ByteView.of(sql), 0, sql.length(), text, null, 0);

        assertThat(mysql.verb().label()).isEqualTo(verb);
        assertThat(mysql.tableName()).isEqualTo(table);
        assertThat(text).hasToString(shown);
    }

    @ParameterizedTest
    @CsvSource({
        "SELECT 1, false, true",
        "(select 1), false, true",
        "/* a */ SELECT, false, true",
        "SEL, true, true",
        "SEL, false, false",
        "hello world, true, false",
        "SELECTED 1, false, false"
    })
    void knowsWhatAStatementMayBeginWith(String sql, boolean isCut, boolean expected) {
        assertThat(SqlVerb.mayBegin(ByteView.of(sql), 0, sql.length(), isCut)).isEqualTo(expected);
    }
}
