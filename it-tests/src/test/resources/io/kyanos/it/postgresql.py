"""Programs with psycopg and asyncpg: postgresql.py SCENARIO PORT. Each prints "done" once the server has answered all.

psycopg    executemany in a pipeline, then a pipeline with an error in its middle
asyncpg    a cursor read by portions in a transaction, COPY both ways, and one that fails
listen     waits for three notifications
cancel     a statement that is cancelled by a connection of its own
newest     libpq 18 asks for the newest protocol that it knows
"""

import asyncio
import sys
import threading

import asyncpg
import psycopg
from psycopg import errors, pq

SCENARIO, PORT = sys.argv[1], sys.argv[2]
DSN = f"host=127.0.0.1 port={PORT} user=postgres dbname=postgres application_name={SCENARIO}"


def connect(more=""):
    return psycopg.connect(DSN + more, autocommit=True)


def batches():
    with connect() as connection:
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO batched VALUES (%s, %s)", [(i, f"name {i}") for i in range(5)])
        failed = ""
        try:
            with connection.pipeline():
                connection.execute("SELECT count(*) FROM batched")
                connection.execute("INSERT INTO batched VALUES (%s, %s)", (1, "again"))
                connection.execute("SELECT id FROM batched")
        except errors.UniqueViolation as error:
            failed = error.sqlstate
        print("done", failed, connection.execute("SELECT max(id) FROM batched").fetchone()[0], flush=True)


async def portions():
    connection = await asyncpg.connect(host="127.0.0.1", port=int(PORT), user="postgres", database="postgres")
    async with connection.transaction():
        cursor = await connection.cursor("SELECT id FROM numbered ORDER BY id")
        counts = []
        while rows := await cursor.fetch(10):
            counts.append(len(rows))
    await connection.copy_records_to_table("copied", records=[(i, "x" * 10) for i in range(100)])
    await connection.copy_from_query("SELECT * FROM copied", output=lambda data: asyncio.sleep(0))
    try:
        await connection.copy_records_to_table("copied", records=[(1, None)])
    except asyncpg.NotNullViolationError as error:
        counts.append(error.sqlstate)
    await connection.close()
    print("done", *counts, flush=True)


def notifications():
    with connect() as connection:
        connection.execute("LISTEN prices")
        print("listening", flush=True)
        heard = [notified.payload for notified in connection.notifies(stop_after=3)]
        print("done", *heard, flush=True)


def cancelling():
    with connect() as connection, connect() as other:
        running = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'"

        def cancel():
            while other.execute(running, (connection.info.backend_pid,)).fetchone()[0] == 0:
                pass
            connection.cancel()

        thread = threading.Thread(target=cancel)
        thread.start()
        try:
            connection.execute("SELECT pg_sleep(600)")
        except errors.QueryCanceled as error:
            print("done", error.sqlstate, flush=True)
        thread.join()


def newest():
    with connect(" max_protocol_version=latest") as connection:
        rows = connection.execute("SELECT id FROM numbered ORDER BY id LIMIT 3").fetchall()
        print("done", pq.version() // 10000, connection.pgconn.full_protocol_version, len(rows), flush=True)


{
    "psycopg": batches,
    "asyncpg": lambda: asyncio.run(portions()),
    "listen": notifications,
    "cancel": cancelling,
    "newest": newest,
}[SCENARIO]()
