#!/usr/bin/env bash
# glibc 2.36 (Debian 12: libc6 and libc-bin 2.36-9+deb12u14), its getent.
#
# Where the name in the first domain of the search list is answered with NXDOMAIN, or even with SERVFAIL, glibc tries the next
# domains. After REFUSED it tries none of them: the name as it stands is the last that it asks for, and the host is not found
# although its name in the second domain resolves. resolv.conf(5) says that each domain is tried in turn.
#
# A server that is asked for domains that are not its own and refuses them, as many do, hides all domains behind that one. An
# observer should count REFUSED apart from SERVFAIL: the same program goes on after the one and not after the other.
#
# Seen on 2026-11-28 (search first.test second.test; what was asked, in order, and whether getent found the host):
#
#   NXDOMAIN: host.first.test, host.second.test: found
#   SERVFAIL: host.first.test, host.second.test: found
#   REFUSED: host.first.test, host: not found
set -eu

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

unavailable() {
	echo "not possible here: $*"
	exit 77
}

cd "$scratch"
apt-get -qq -o "APT::Sandbox::User=$(id -un)" download libc6=2.36-9+deb12u14 libc-bin=2.36-9+deb12u14 ||
	unavailable "libc6 2.36-9+deb12u14 is missing"
for package in *.deb; do dpkg -x "$package" debian; done

cat >observe.py <<'EOF'
import socket
import subprocess
import threading

CODES = {"NXDOMAIN": 3, "SERVFAIL": 2, "REFUSED": 5}
LIBRARIES = "debian/lib/x86_64-linux-gnu"

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
asked = []
code = 0


def serve():
    while True:
        query, client = server.recvfrom(4096)
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1 : at + 1 + query[at]].decode())
            at += 1 + query[at]
        name = ".".join(labels)
        asked.append(name)
        is_found = name == "host.second.test"
        answer = b"\xc0\x0c\0\x01\0\x01\0\0\0\x01\0\x04\x7f\0\0\x07" if is_found else b""
        flags = bytes([0x81, 0x80 | (code if name == "host.first.test" else 0)])
        counts = b"\0\x01" + (b"\0\x01" if is_found else b"\0\0") + b"\0\0\0\0"
        server.sendto(query[:2] + flags + counts + query[12 : at + 5] + answer, client)


threading.Thread(target=serve, daemon=True).start()
for word, code in CODES.items():
    asked.clear()
    getent = subprocess.run(
        [f"{LIBRARIES}/ld-linux-x86-64.so.2", "--library-path", LIBRARIES, "debian/usr/bin/getent", "ahostsv4", "host"],
        capture_output=True,
        text=True,
    )
    found = "found" if getent.stdout.startswith("127.0.0.7") else "not found"
    print(f"{word}: {', '.join(dict.fromkeys(asked))}: {found}")
EOF

printf 'nameserver 127.0.0.1\nsearch first.test second.test\n' >resolv.conf
echo 'hosts: dns' >nsswitch.conf
# In namespaces of its own, port 53 and the files of /etc can be had without root. With loopback addresses alone getent asks nobody.
namespaces='
	ip link set lo up
	ip address add 192.0.2.1/32 dev lo
	mount --bind resolv.conf "$(readlink -f /etc/resolv.conf)"
	mount --bind nsswitch.conf /etc/nsswitch.conf'
unshare --user --map-root-user --net --mount sh -ec "$namespaces" 2>log || unavailable "unshare: $(tail -n 1 log)"
unshare --user --map-root-user --net --mount sh -ec "$namespaces"'
	python3 observe.py' | tee said

cat >expected <<'END'
NXDOMAIN: host.first.test, host.second.test: found
SERVFAIL: host.first.test, host.second.test: found
REFUSED: host.first.test, host: not found
END
if ! diff expected said >difference; then
	echo "changed: $(grep '^>' difference | tr '\n' ' ')"
	exit 1
fi
