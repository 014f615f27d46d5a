"""What a program does with PyMySQL or with Connector/Python.

Usage: client.py pymysql|connector PORT OPTIONS STEP...

OPTIONS are words with commas between them, or a single -. Tables are those of MysqlServer. Says what came of each step.
"""

import sys

USER = "kyanos"
PASSWORD = "secret"
OTHER = "other"
OTHERS_PASSWORD = "secret2"
DATABASE = "shop"


def connect(driver, port, options):
    at = {"host": "127.0.0.1", "port": port, "user": USER, "password": PASSWORD, "database": DATABASE, "autocommit": True}
    if driver == "pymysql":
        import pymysql

        at["ssl_disabled"] = True
        at["local_infile"] = True
        if "multi" in options:
            at["client_flag"] = pymysql.constants.CLIENT.MULTI_STATEMENTS
        return pymysql.connect(**at), pymysql.err.Error
    import mysql.connector

    at["ssl_disabled"] = True
    at["allow_local_infile"] = True
    at["compress"] = "compress" in options
    return mysql.connector.connect(**at), mysql.connector.Error


class Program:
    def __init__(self, driver, connection, error):
        self.driver = driver
        self.connection = connection
        self.error = error

    def fails(self, act):
        try:
            act()
        except self.error as e:
            print("failed", e.args[0], getattr(e, "sqlstate", ""))
        else:
            raise AssertionError("did not fail")

    def execute(self, statement, *parameters, **more):
        with self.connection.cursor(**more) as cursor:
            cursor.execute(statement, parameters or None)
            if cursor.description:
                print("rows", len(cursor.fetchall()))
            else:
                print("affected", cursor.rowcount)

    def text(self):
        for i in range(1, 6):
            self.execute("INSERT INTO orders VALUES (%s, 'name')", i)
        self.fails(lambda: self.execute("INSERT INTO orders VALUES (1, 'again')"))
        self.fails(lambda: self.execute("SELECT * FROM nothing_like_it"))
        self.execute("SELECT id FROM numbered")
        self.execute("UPDATE orders SET name = 'other'")
        self.execute("DELETE FROM orders")

    def prepared(self):
        with self.connection.cursor(prepared=True) as insert:
            for i in range(1, 6):
                insert.execute("INSERT INTO orders VALUES (%s, %s)", (i, "name"))
            self.fails(lambda: insert.execute("INSERT INTO orders VALUES (%s, %s)", (1, "again")))
        self.fails(lambda: self.execute("SELECT * FROM nothing_like_it WHERE id = %s", 1, prepared=True))
        with self.connection.cursor(prepared=True) as select:
            for i in range(1, 4):
                select.execute("SELECT id FROM numbered WHERE id <= %s", (i * 5,))
                print("rows", len(select.fetchall()))
        self.execute("DELETE FROM orders WHERE id >= %s", 1, prepared=True)

    def many(self):
        """Rows in one statement, and in one for each."""
        with self.connection.cursor() as cursor:
            cursor.executemany("INSERT INTO orders VALUES (%s, %s)", [(i, "name") for i in range(1, 11)])
            print("affected", cursor.rowcount)
            cursor.executemany("UPDATE orders SET name = %s WHERE id = %s", [("other", i) for i in range(1, 4)])
            print("affected", cursor.rowcount)
        self.execute("DELETE FROM orders")

    def results(self):
        statements = "SELECT id FROM numbered; INSERT INTO orders VALUES (300, 'one'); DELETE FROM orders; SELECT 1"
        with self.connection.cursor() as cursor:
            cursor.execute(statements)
            while True:
                print("rows", len(cursor.fetchall() or ())) if cursor.description else print("affected", cursor.rowcount)
                if not cursor.nextset():
                    break
        with self.connection.cursor() as cursor:
            cursor.callproc("twice")
            if self.driver == "pymysql":
                while cursor.nextset():
                    pass
            else:
                for found in cursor.stored_results():
                    found.fetchall()

    def failing_results(self):
        def act():
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT 1; SELECT * FROM nothing_like_it; SELECT 2")
                cursor.fetchall()
                while cursor.nextset():
                    cursor.fetchall()

        self.fails(act)

    def warnings(self):
        self.execute("SELECT 1/0, CAST('a' AS SIGNED)")
        self.execute("SHOW WARNINGS")

    def unread(self):
        """A cursor that reads row by row."""
        import pymysql.cursors

        with self.connection.cursor(pymysql.cursors.SSCursor) as cursor:
            cursor.execute("SELECT id FROM numbered")
            print("row", cursor.fetchone())

    def change_user(self):
        if self.driver == "pymysql":
            raise AssertionError("PyMySQL has no change of the user")
        self.connection.cmd_change_user(OTHER, OTHERS_PASSWORD, "shop")
        self.execute("SELECT CURRENT_USER()")
        self.fails(lambda: self.connection.cmd_change_user(USER, "wrong", "shop"))

    def reset(self):
        self.connection.ping()
        self.connection.cmd_reset_connection()
        self.connection.cmd_init_db("mysql")
        self.execute("SELECT COUNT(*) FROM user")
        self.connection.cmd_init_db(DATABASE)
        self.connection.cmd_statistics()

    def ping(self):
        self.connection.ping()

    def attributes(self):
        with self.connection.cursor() as cursor:
            cursor.add_attribute("trace", "one")
            cursor.add_attribute("number", 2)
            cursor.execute("SELECT id FROM numbered WHERE id < 3")
            print("rows", len(cursor.fetchall()))

    def file(self, name):
        self.execute("LOAD DATA LOCAL INFILE '" + name + "' INTO TABLE orders")
        if self.driver == "pymysql":
            self.fails(lambda: self.execute("LOAD DATA LOCAL INFILE '/nothing/like/it' INTO TABLE orders"))
        self.execute("DELETE FROM orders")


def main():
    driver, port, options, *steps = sys.argv[1:]
    options = options.split(",")
    connection, error = connect(driver, int(port), options)
    program = Program(driver, connection, error)
    for step in steps:
        name, _, argument = step.partition(":")
        method = getattr(program, name)
        method(argument) if argument else method()
        print("done", step, flush=True)
    try:
        connection.close()
    except error:
        pass
    print("closed", flush=True)


main()
