import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/*
 * What a program does with a JDBC driver. Gets the URL, with all of its options, and what to do; says what came of it. Tables are
 * those of MysqlServer.
 */
public final class Client {

    private Client() {}

    public static void main(String[] arguments) throws Exception {
        try (Connection connection = DriverManager.getConnection(arguments[0])) {
            for (int i = 1; i < arguments.length; i++) {
                run(connection, arguments[i]);
                System.out.println("done " + arguments[i]);
            }
        }
        System.out.println("closed");
    }

    private static void run(Connection connection, String what) throws Exception {
        switch (what) {
            case "text" -> text(connection);
            case "prepared" -> prepared(connection);
            case "batch" -> batch(connection);
            case "portions" -> portions(connection);
            case "transaction" -> transaction(connection);
            case "results" -> results(connection);
            case "reset" -> reset(connection);
            case "long" -> longData(connection);
            case "kept" -> kept(connection);
            default -> {
                if (what.startsWith("file:")) {
                    file(connection, Path.of(what.substring(5)));
                } else if (what.startsWith("large:")) {
                    large(connection, Integer.parseInt(what.substring(6)), "text");
                } else if (what.startsWith("there:")) {
                    large(connection, Integer.parseInt(what.substring(6)), "LENGTH(text)");
                } else {
                    throw new IllegalArgumentException(what);
                }
            }
        }
    }

    /** Statements as text, two of which fail. */
    private static void text(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (int i = 1; i <= 5; i++) {
                statement.executeUpdate("INSERT INTO orders VALUES (" + i + ", 'name')");
            }
            fails(() -> statement.executeUpdate("INSERT INTO orders VALUES (1, 'again')"));
            fails(() -> statement.executeQuery("SELECT * FROM nothing_like_it"));
            System.out.println("rows " + count(statement.executeQuery("SELECT id FROM numbered")));
            System.out.println("updated " + statement.executeUpdate("UPDATE orders SET name = 'other'"));
            System.out.println("deleted " + statement.executeUpdate("DELETE FROM orders"));
        }
    }

    /** The same, prepared where the options say so. */
    private static void prepared(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO orders VALUES (?, ?)")) {
            for (int i = 1; i <= 5; i++) {
                insert.setInt(1, i);
                insert.setString(2, "name");
                insert.executeUpdate();
            }
            insert.setInt(1, 1);
            fails(insert::executeUpdate);
        }
        fails(() -> {
            try (PreparedStatement select = connection.prepareStatement("SELECT * FROM nothing_like_it WHERE id = ?")) {
                select.setInt(1, 1);
                select.executeQuery();
            }
        });
        try (PreparedStatement select = connection.prepareStatement("SELECT id FROM numbered WHERE id <= ?")) {
            for (int i = 1; i <= 3; i++) {
                select.setInt(1, i * 5);
                System.out.println("rows " + count(select.executeQuery()));
            }
        }
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM orders WHERE id >= ?")) {
            delete.setInt(1, 1);
            System.out.println("deleted " + delete.executeUpdate());
        }
    }

    /** Prepares, executes once, and goes on when it is told to. */
    private static void kept(Connection connection) throws Exception {
        try (PreparedStatement select = connection.prepareStatement("SELECT id FROM numbered WHERE id <= ?");
                PreparedStatement insert = connection.prepareStatement("INSERT INTO orders VALUES (?, ?)")) {
            select.setInt(1, 1);
            count(select.executeQuery());
            insert.setInt(1, 1);
            insert.setString(2, "before");
            insert.executeUpdate();
            System.out.println("prepared");
            System.in.read();
            for (int i = 2; i <= 4; i++) {
                select.setInt(1, i);
                System.out.println("rows " + count(select.executeQuery()));
            }
            insert.setInt(1, 2);
            System.out.println("affected " + insert.executeUpdate());
            fails(insert::executeUpdate);
        }
        try (Statement statement = connection.createStatement()) {
            System.out.println("affected " + statement.executeUpdate("DELETE FROM orders"));
        }
    }

    /** Rows added in one go, and once more with one that is there. */
    private static void batch(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO orders VALUES (?, ?)")) {
            for (int i = 101; i <= 110; i++) {
                insert.setInt(1, i);
                insert.setString(2, "name " + i);
                insert.addBatch();
            }
            insert.executeBatch();
            for (int i : new int[] {111, 101, 112}) {
                insert.setInt(1, i);
                insert.setString(2, "again");
                insert.addBatch();
            }
            fails(insert::executeBatch);
        }
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("DELETE FROM orders");
        }
    }

    /** Rows read by portions of 10. */
    private static void portions(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("SELECT id FROM numbered ORDER BY id")) {
            select.setFetchSize(10);
            System.out.println("rows " + count(select.executeQuery()));
        }
    }

    private static void transaction(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("INSERT INTO orders VALUES (200, 'kept')");
            connection.commit();
            statement.executeUpdate("DELETE FROM orders");
            connection.rollback();
            statement.executeUpdate("DELETE FROM orders");
            connection.commit();
        }
        connection.setAutoCommit(true);
    }

    /** Several statements in one, and a procedure with several results. */
    private static void results(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            boolean rows = statement.execute(
                    "SELECT id FROM numbered; INSERT INTO orders VALUES (300, 'one'); DELETE FROM orders; SELECT 1");
            while (rows || statement.getUpdateCount() != -1) {
                System.out.println(rows ? "rows " + count(statement.getResultSet()) : "updated " + statement.getUpdateCount());
                rows = statement.getMoreResults();
            }
            rows = statement.execute("CALL twice()");
            while (rows || statement.getUpdateCount() != -1) {
                System.out.println(rows ? "rows " + count(statement.getResultSet()) : "updated " + statement.getUpdateCount());
                rows = statement.getMoreResults();
            }
        }
    }

    /** What a pool does when a connection is given back. */
    private static void reset(Connection connection) throws Exception {
        System.out.println("valid " + connection.isValid(10));
        try {
            connection.getClass().getMethod("reset").invoke(connection);
        } catch (NoSuchMethodException e) {
            connection.getClass().getMethod("resetServerState").invoke(connection);
        }
        connection.setCatalog("shop");
        System.out.println("valid " + connection.isValid(10));
    }

    private static void longData(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO texts VALUES (?, ?)")) {
            insert.setInt(1, 1);
            insert.setBinaryStream(2, new ByteArrayInputStream("a long text".repeat(2000).getBytes(StandardCharsets.US_ASCII)));
            insert.executeUpdate();
        }
        try (Statement statement = connection.createStatement()) {
            System.out.println("rows " + count(statement.executeQuery("SELECT * FROM texts")));
            statement.executeUpdate("DELETE FROM texts");
        }
    }

    private static void file(Connection connection, Path file) throws Exception {
        try (Statement statement = connection.createStatement()) {
            System.out.println("loaded " + Files.readAllLines(file).size() + " as "
                    + statement.executeUpdate("LOAD DATA LOCAL INFILE '" + file + "' INTO TABLE orders"));
            fails(() -> statement.executeUpdate("LOAD DATA LOCAL INFILE '" + file + "' INTO TABLE nothing_like_it"));
            statement.executeUpdate("DELETE FROM orders");
        }
    }

    /** A text of so many bytes, there and, as it is or what is said of it, back. */
    private static void large(Connection connection, int bytes, String back) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("INSERT INTO texts VALUES (?, ?)")) {
            insert.setInt(1, 2);
            insert.setString(2, "x".repeat(bytes));
            insert.executeUpdate();
        }
        try (Statement statement = connection.createStatement()) {
            try (ResultSet found = statement.executeQuery("SELECT " + back + " FROM texts")) {
                found.next();
                System.out.println("bytes " + found.getString(1).length());
            }
            statement.executeUpdate("DELETE FROM texts");
        }
    }

    private static int count(ResultSet rows) throws SQLException {
        try (rows) {
            int count = 0;
            while (rows.next()) {
                count++;
            }
            return count;
        }
    }

    private static void fails(Action act) {
        try {
            act.run();
            throw new IllegalStateException("did not fail");
        } catch (SQLException e) {
            System.out.println("failed " + e.getErrorCode() + " " + e.getSQLState());
        }
    }

    private interface Action {
        void run() throws SQLException;
    }
}
