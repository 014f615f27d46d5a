#!/usr/bin/env bash
# curl 7.88.1 (Debian 12: curl and libcurl4 7.88.1-10+deb12u15, libnghttp2 1.52.0).
#
# With --http2-prior-knowledge and two URLs of one server, curl keeps the connection for the second request, and fails before the
# server has got it: exit code 16, "Error in the HTTP2 framing layer". Each URL by itself is fetched. So with nghttpd, so with Jetty.
#
# So an observer who counts requests sees one per connection, and none that failed: what curl says went wrong was never on the
# wire. Tests that want several requests of one connection need another client.
#
# Seen on 2026-11-28, with nghttpd 1.52.0:
#
#   one URL: exit code 0, 1 request
#   two URLs: exit code 16, 1 request: curl: (16) Error in the HTTP2 framing layer
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
apt-get -qq -o "APT::Sandbox::User=$(id -un)" download curl=7.88.1-10+deb12u15 libcurl4=7.88.1-10+deb12u15 \
	nghttp2-server libnghttp2-14 || unavailable "a Debian package is missing"
for package in *.deb; do dpkg -x "$package" debian; done
export LD_LIBRARY_PATH=$scratch/debian/usr/lib/x86_64-linux-gnu
curl=$scratch/debian/usr/bin/curl nghttpd=$scratch/debian/usr/sbin/nghttpd
"$curl" --version >/dev/null && "$nghttpd" --version >/dev/null || unavailable "a library is missing"

port=$(python3 -c '
import socket
print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
mkdir files
echo hello >files/hello
"$nghttpd" --no-tls --verbose -d files -a 127.0.0.1 "$port" >log &
server=$!
python3 - "$port" <<'EOF' || unavailable "nghttpd does not listen"
import socket, sys, time
for _ in range(200):
    try:
        sys.exit(socket.create_connection(("127.0.0.1", int(sys.argv[1]))).close())
    except ConnectionRefusedError:
        time.sleep(0.05)
sys.exit(1)
EOF

changed=0
asked() {
	grep -c 'recv.*:path: /hello' log || :
}
try() { # name, expected code, URL...
	local name=$1 expected=$2 code=0 before requests
	shift 2
	before=$(asked)
	"$curl" -sS -o /dev/null --http2-prior-knowledge "$@" >/dev/null 2>error || code=$?
	requests=$(($(asked) - before))
	echo "$name: exit code $code, $requests request$([ "$requests" = 1 ] || echo s)$([ ! -s error ] || echo ": $(head -n 1 error)")"
	[ "$code $requests" = "$expected 1" ] || {
		echo "changed: expected exit code $expected and 1 request"
		changed=1
	}
}

url=http://127.0.0.1:$port/hello
try 'one URL' 0 "$url"
try 'two URLs' 16 "$url" "$url"
exit "$changed"
