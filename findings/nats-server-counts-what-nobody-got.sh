#!/usr/bin/env bash
# nats-server 2.9.10 (Debian 12: nats-server 2.9.10-1+b3).
#
# out_msgs of /varz counts a message once it is queued for a subscriber: what is thrown away when the server cuts a slow
# consumer stays counted, here several times what the client ever got. What the server says by itself is not counted, though
# it is a message to the client: the 503 "no responders" of a request that nobody serves.
#
# Who compares the traffic of a server with its out_msgs finds messages that were never on the wire, and misses others.
# in_msgs is exact; in_bytes counts headers, and not subjects.
#
# Seen on 2026-11-28:
#
#   published 2000, in_msgs 2000, slow_consumers 1, more counted as sent than received: True
#   no responders: received HMSG of 503: True, out_msgs grew by 0
#   headers: 5 bytes of payload behind 23 of headers are in_bytes of 28
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
apt-get -qq -o "APT::Sandbox::User=$(id -un)" download nats-server=2.9.10-1+b3 || unavailable "nats-server 2.9.10-1+b3 is missing"
dpkg -x nats-server_*.deb debian

cat >observe.py <<'EOF'
import json
import socket
import sys
import time
import urllib.request

PORT, MONITORING = int(sys.argv[1]), int(sys.argv[2])
PUBLICATIONS, BYTES = 2000, 16384


def varz():
    with urllib.request.urlopen(f"http://127.0.0.1:{MONITORING}/varz", timeout=20) as answer:
        return json.load(answer)


class Client:
    def __init__(self, options='{"verbose":false}'):
        for _ in range(200):
            try:
                self.socket = socket.create_connection(("127.0.0.1", PORT), timeout=60)
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        else:
            print("not possible here: nats-server does not listen")
            sys.exit(77)
        self.received = b""
        self.say(f"CONNECT {options}\r\nPING\r\n")
        self.until(b"PONG\r\n")

    def say(self, text):
        self.socket.sendall(text.encode())

    def until(self, end):
        while end not in self.received:
            piece = self.socket.recv(65536)
            if not piece:
                raise SystemExit(f"closed: {self.received[-200:]}")
            self.received += piece


def until(condition):
    for _ in range(600):
        seen = varz()
        if condition(seen):
            return seen
        time.sleep(0.1)
    raise SystemExit(f"not so: {seen}")


fast = Client()
before = varz()
slow = Client()
slow.say("SUB flood 1\r\nPING\r\n")
slow.received = b""
slow.until(b"PONG\r\n")
for _ in range(PUBLICATIONS):
    fast.say(f"PUB flood {BYTES}\r\n{'x' * BYTES}\r\n")
seen = until(lambda seen: seen["slow_consumers"] == 1 and seen["in_msgs"] - before["in_msgs"] == PUBLICATIONS)
received = 0
while piece := slow.socket.recv(65536):
    received += len(piece)
whole = received // len(f"MSG flood 1 {BYTES}\r\n{'x' * BYTES}\r\n")
counted = seen["out_msgs"] - before["out_msgs"]
print(f"received {whole}, out_msgs {counted}", file=sys.stderr)
print(
    f"published {PUBLICATIONS}, in_msgs {seen['in_msgs'] - before['in_msgs']},"
    f" slow_consumers {seen['slow_consumers']}, more counted as sent than received: {counted > 1.5 * whole}"
)

asking = Client('{"verbose":false,"headers":true,"no_responders":true}')
before = varz()
asking.say("SUB inbox 1\r\nPUB nobody inbox 2\r\nhi\r\nPING\r\n")
asking.received = b""
asking.until(b"PONG\r\n")
said = b"HMSG inbox 1 16 16\r\nNATS/1.0 503\r\n\r\n" in asking.received
print(f"no responders: received HMSG of 503: {said}, out_msgs grew by {varz()['out_msgs'] - before['out_msgs']}")

before = varz()
asking.say("HPUB nobody.listens 23 28\r\nNATS/1.0\r\nTenant: a\r\n\r\nhello\r\nPING\r\n")
asking.received = b""
asking.until(b"PONG\r\n")
print(f"headers: 5 bytes of payload behind 23 of headers are in_bytes of {varz()['in_bytes'] - before['in_bytes']}")
EOF

ports=$(python3 -c 'import socket; s = [socket.socket() for _ in "ab"]; [x.bind(("127.0.0.1", 0)) for x in s]; print(*[x.getsockname()[1] for x in s])')
port=${ports% *}
monitoring=${ports#* }
echo 'write_deadline: "200ms"' >nats.conf
debian/usr/sbin/nats-server -c nats.conf -a 127.0.0.1 -p "$port" -m "$monitoring" >log 2>&1 &
server=$!
python3 observe.py "$port" "$monitoring" >said || { code=$?; cat said; exit "$code"; }
cat said

cat >expected <<'END'
published 2000, in_msgs 2000, slow_consumers 1, more counted as sent than received: True
no responders: received HMSG of 503: True, out_msgs grew by 0
headers: 5 bytes of payload behind 23 of headers are in_bytes of 28
END
if ! diff expected said >difference; then
	echo "changed: $(grep '^>' difference | tr '\n' ' ')"
	exit 1
fi
