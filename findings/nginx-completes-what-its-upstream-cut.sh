#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12: nginx 1.22.1-9+deb12u11).
#
# An upstream announces Content-Length: 100000, sends 30000 bytes and closes. nginx passes on the head and the 30000 bytes and
# closes the client's connection; its access log says status 200 and $request_completion OK, as for a whole answer, with
# proxy_buffering off and on alike. So it does for a chunked answer without a last chunk, whose client gets no last chunk either.
#
# So an access log is no witness that an answer was whole: an observer that is compared with one calls these answers cut, and is
# right. In the access log only $body_bytes_sent against $sent_http_content_length tells, and nothing if the answer was chunked;
# the error log has a line "upstream prematurely closed connection" for each.
#
# Seen on 2026-11-27:
#
#   /unbuffered/whole: 200, completion OK, body 100000 of 100000; the client: whole
#   /unbuffered/cut: 200, completion OK, body 30000 of 100000; the client: cut
#   /buffered/cut: 200, completion OK, body 30000 of 100000; the client: cut
#   /unbuffered/cut-chunked: 200, completion OK, body 30062 of -; the client: cut
#   error log: 3 times 'upstream prematurely closed connection'
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
apt-get -qq -o "APT::Sandbox::User=$(id -un)" download nginx=1.22.1-9+deb12u11 || unavailable "a Debian package is missing"
for package in *.deb; do dpkg -x "$package" debian; done

read -r port upstream <<<"$(python3 -c '
import socket
ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(port.getsockname()[1] for port in ports))')"

mkdir temp
cat >nginx.conf <<EOF
daemon off;
pid $scratch/pid;
error_log $scratch/error.log;
worker_processes 1;
events {}
http {
	log_format seen '\$uri: \$status, completion \$request_completion, body \$body_bytes_sent of \$sent_http_content_length';
	access_log $scratch/access.log seen;
	client_body_temp_path temp;
	proxy_temp_path temp;
	proxy_max_temp_file_size 0;
	fastcgi_temp_path temp;
	uwsgi_temp_path temp;
	scgi_temp_path temp;
	proxy_http_version 1.1;
	server {
		listen 127.0.0.1:$port;
		location /unbuffered/ {
			proxy_pass http://127.0.0.1:$upstream;
			proxy_buffering off;
		}
		location /buffered/ {
			proxy_pass http://127.0.0.1:$upstream;
		}
	}
}
EOF

cat >observe.py <<'EOF'
import pathlib
import re
import socket
import sys
import threading
import time

port, upstream_port = int(sys.argv[1]), int(sys.argv[2])
CASES = [  # path, what the log says of the body, what the client gets
    ("/unbuffered/whole", "100000 of 100000", "whole"),
    ("/unbuffered/cut", "30000 of 100000", "cut"),
    ("/buffered/cut", "30000 of 100000", "cut"),
    ("/unbuffered/cut-chunked", r"\d+ of -", "cut"),
]


def answer(upstream):
    while True:
        connection, _ = upstream.accept()
        with connection:
            path = connection.recv(65536).split()[1]
            if path.endswith(b"/cut-chunked"):
                head, body = b"Transfer-Encoding: chunked", b"7530\r\n" + b"x" * 30_000 + b"\r\n"
            else:
                head, body = b"Content-Length: 100000", b"x" * (100_000 if path.endswith(b"/whole") else 30_000)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body)


def connect():
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=10)
        except ConnectionRefusedError:
            time.sleep(0.05)
    print("not possible here: nginx does not listen")
    sys.exit(77)


def get(path):
    with connect() as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        received = b""
        while piece := connection.recv(65536):
            received += piece
            head, _, body = received.partition(b"\r\n\r\n")
            if len(body) == 100_000 or body.endswith(b"\r\n0\r\n\r\n"):
                return "whole"
        return "cut"


def logged(count):
    for _ in range(200):
        lines = pathlib.Path("access.log").read_text().splitlines()
        if len(lines) >= count:
            break
        time.sleep(0.05)
    return lines


threading.Thread(target=answer, args=[socket.create_server(("127.0.0.1", upstream_port))], daemon=True).start()
changed = False
for number, (path, body, outcome) in enumerate(CASES, 1):
    got = get(path)
    line = logged(number)[-1]
    print(f"{line}; the client: {got}")
    if got != outcome or not re.fullmatch(f"{path}: 200, completion OK, body {body}", line):
        changed = True
        print(f"changed: expected body {body}, completion OK; the client: {outcome}")
errors = pathlib.Path("error.log").read_text().count("upstream prematurely closed connection")
print(f"error log: {errors} times 'upstream prematurely closed connection'")
if errors != 3:
    changed = True
    print("changed: expected 3 times")
sys.exit(changed)
EOF

debian/usr/sbin/nginx -e "$scratch/error.log" -p "$scratch" -c "$scratch/nginx.conf" &
server=$!
python3 observe.py "$port" "$upstream"
