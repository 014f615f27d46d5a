package io.kyanos.it;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** What a program does with pgjdbc: a batch, a cursor read by portions, an error, each in a transaction. Gets its URL. */
public final class JdbcClient {

    static final int BATCH = 25;
    static final int PORTION = 10;

    private JdbcClient() {}

    public static void main(String[] arguments) throws SQLException {
        try (Connection connection = DriverManager.getConnection(arguments[0], "postgres", "")) {
            connection.setAutoCommit(false);
            try (PreparedStatement insert = connection.prepareStatement("INSERT INTO orders VALUES (?, ?)")) {
                for (int i = 0; i < BATCH; i++) {
                    insert.setInt(1, i);
                    insert.setString(2, "name " + i);
                    insert.addBatch();
                }
                insert.executeBatch();
            }
            connection.commit();
            int rows = 0;
            try (PreparedStatement select = connection.prepareStatement("SELECT id, name FROM orders ORDER BY id")) {
                select.setFetchSize(PORTION);
                try (ResultSet found = select.executeQuery()) {
                    while (found.next()) {
                        rows++;
                    }
                }
            }
            connection.commit();
            try (Statement again = connection.createStatement()) {
                again.executeUpdate("INSERT INTO orders VALUES (1, 'again')");
            } catch (SQLException e) {
                System.out.println("rows " + rows + " then " + e.getSQLState());
            }
            connection.rollback();
        }
    }
}
