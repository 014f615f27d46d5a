#!/usr/bin/env python3
"""Makes examples/shop.kyanos and examples/shop.summary: a recording of a small shop, and what is in it.

Usage: shop.py [--kyanos COMMAND] [--folder FOLDER] [--java COMMAND]

As root, after a build of benchmarks. An nginx (in front of another nginx) and a redis-server get some thousand requests over loopback by clients of
made-up customers; `kyanos record` records them. What the recording replays as is compared with what the servers have
counted themselves, the access logs and INFO commandstats, and only then kept.
"""
import argparse
import collections
import gzip
import json
import os
import pathlib
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HOME = pathlib.Path(__file__).resolve().parent.parent
FRONT, BACK, REDIS = 21480, 21481, 21482
PRODUCTS = ["lamp", "chair", "table", "kettle", "mirror", "carpet", "clock", "basket"]
random.seed(4711)

NGINX = """
worker_processes 1; daemon off; pid %(folder)s/%(name)s.pid; error_log %(folder)s/error.log crit;
events { worker_connections 256; }
http {
  log_format counted "$server_port $request_method $uri $status";
  client_body_temp_path %(folder)s/t1; proxy_temp_path %(folder)s/t2; fastcgi_temp_path %(folder)s/t3;
  uwsgi_temp_path %(folder)s/t4; scgi_temp_path %(folder)s/t5;
  server_tokens off; keepalive_requests 100000; default_type application/json;
  upstream back { server 127.0.0.1:%(back)s; keepalive 4; }
  server {
    listen 127.0.0.1:%(port)s; access_log %(folder)s/access.log counted;
    %(locations)s
  }
}
"""
FRONT_LOCATIONS = """
    root %(folder)s/www; gzip on; gzip_min_length 200; gzip_types application/json text/plain;
    location = /health { return 200 'ok'; }
    location /static/ { alias %(folder)s/www/static/; }
    location /api/ { proxy_pass http://back; proxy_http_version 1.1; proxy_set_header Connection ""; }
    location = /old { return 301 /api/products; }
    location = /broken { return 500 '{"error":"broken"}'; }
    location = /busy { return 503; }
"""
BACK_LOCATIONS = """
    location = /api/products { return 200 '[%(products)s]'; }
    location ~ ^/api/products/[0-9]+$ { return 200 '{"price":12.5,"stock":3}'; }
    location = /api/orders { return 201 '{"state":"new"}'; }
    location ~ ^/api/orders/[0-9]+$ { return 200 '{"state":"paid"}'; }
    location ~ ^/api/customers/ { return 403 '{"error":"not yours"}'; }
    location /api/ { return 404 '{"error":"unknown"}'; }
"""


def fail(message):
    sys.exit(f"shop: {message}")


def start_nginx(folder, name, port, locations):
    products = ",".join(f'{{"id":{number},"name":"{word}"}}' for number, word in enumerate(PRODUCTS * 4))
    text = locations % {"folder": folder, "products": products}
    conf = pathlib.Path(folder, f"{name}.conf")
    conf.write_text(NGINX % {"folder": folder, "name": name, "port": port, "back": BACK, "locations": text})
    return subprocess.Popen(["nginx", "-p", folder, "-e", f"{folder}/error.log", "-c", conf])


def connect(port):
    for _ in range(200):
        try:
            client = socket.create_connection(("127.0.0.1", port))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return client
        except ConnectionRefusedError:
            time.sleep(0.05)
    fail(f"nothing listens on port {port}")


def http_requests(count, shuffle):
    kinds = [
        (30, lambda: ("GET", f"/api/products/{shuffle.randint(1, 999)}", b"")),
        (16, lambda: ("GET", "/api/products", b"")),
        (10, lambda: ("POST", "/api/orders", json.dumps({"product": shuffle.choice(PRODUCTS), "count": 1}).encode())),
        (10, lambda: ("GET", f"/api/orders/{shuffle.randint(1000, 9999)}", b"")),
        (8, lambda: ("GET", f"/static/page{shuffle.randint(1, 3)}.txt", b"")),
        (6, lambda: ("GET", "/health", b"")),
        (4, lambda: ("HEAD", "/static/page1.txt", b"")),
        (4, lambda: ("GET", f"/api/customers/{shuffle.randint(100, 200)}", b"")),
        (4, lambda: ("GET", "/api/nothing", b"")),
        (2, lambda: ("DELETE", "/static/page1.txt", b"")),
        (2, lambda: ("GET", "/old", b"")),
        (2, lambda: ("GET", "/broken", b"")),
        (2, lambda: ("GET", "/busy", b"")),
    ]
    for choice in shuffle.choices([make for _, make in kinds], [weight for weight, _ in kinds], k=count):
        yield choice()


def http_client(count, seed):
    """Keeps its connection alive, every fifth request in chunks, some asking for gzip."""
    shuffle = random.Random(seed)
    client, answers = None, None
    for number, (method, path, body) in enumerate(http_requests(count, shuffle)):
        if client is None:
            client = connect(FRONT)
            answers = client.makefile("rb")
        head = f"{method} {path} HTTP/1.1\r\nHost: shop.test\r\n"
        if number % 3 == 0:
            head += "Accept-Encoding: gzip\r\n"
        if body and number % 2:
            head += "Transfer-Encoding: chunked\r\n\r\n"
            half = len(body) // 2
            client.sendall(head.encode())
            for part in (body[:half], body[half:], b""):
                client.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        else:
            head += f"Content-Length: {len(body)}\r\n" if body else ""
            client.sendall(head.encode() + b"\r\n" + body)
        if read_answer(answers, method == "HEAD") or number % 150 == 149:
            client.close()
            client = None


def read_answer(answers, is_head):
    """True if the server closes the connection behind it."""
    answers.readline()
    length, chunked, closes = 0, False, False
    while (line := answers.readline()) != b"\r\n":
        name, value = line.decode().lower().split(":", 1)
        length = int(value) if name == "content-length" else length
        chunked |= name == "transfer-encoding"
        closes |= name == "connection" and value.strip() == "close"
    if not is_head and chunked:
        while size := int(answers.readline(), 16):
            answers.read(size + 2)
        answers.readline()
    elif not is_head:
        answers.read(length)
    return closes


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in (str(w).encode() for w in words))


def read_reply(replies):
    line = replies.readline()
    if line[:1] in b"$" and line[1:2] != b"-":
        return replies.read(int(line[1:]) + 2)
    if line[:1] in b"*>" and line[1:2] != b"-":
        return [read_reply(replies) for _ in range(int(line[1:]))]
    return line


def redis_client(rounds, seed):
    shuffle = random.Random(seed)
    client = connect(REDIS)
    replies = client.makefile("rb")

    def ask(*commands):
        client.sendall(b"".join(commands))
        return [read_reply(replies) for _ in commands]

    for _ in range(rounds):
        key = f"product:{shuffle.randint(1, 500)}"
        ask(command("GET", key))
        ask(command("SET", key, shuffle.choice(PRODUCTS)), command("EXPIRE", key, 300), command("GET", key))
        ask(command("HSET", "cart:%d" % seed, key, 1), command("HGETALL", "cart:%d" % seed), command("DEL", "cart:%d" % seed))
        ask(command("MULTI"), command("INCR", "orders"), command("LPUSH", "queue", key), command("EXEC"))
        ask(command("LPOP", "queue"))
        if shuffle.random() < 0.1:
            ask(command("LPUSH", key, 1), command("INCR", key))
            ask(command("PUBLISH", "news", key))
            ask(command("GET"))
    client.close()


def redis_subscriber(ready, end):
    client = connect(REDIS)
    replies = client.makefile("rb")
    client.sendall(command("SUBSCRIBE", "news"))
    read_reply(replies)
    ready.set()
    client.settimeout(0.2)
    while not end.is_set():
        try:
            client.recv(65536)
        except TimeoutError:
            pass
    client.close()


def traffic():
    ready, end = threading.Event(), threading.Event()
    subscriber = threading.Thread(target=redis_subscriber, args=(ready, end))
    subscriber.start()
    ready.wait()
    workers = [threading.Thread(target=http_client, args=(450, seed)) for seed in range(6)]
    workers += [threading.Thread(target=redis_client, args=(105, seed)) for seed in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    end.set()
    subscriber.join()


def command_calls():
    """What redis says of itself: calls and errors by command."""
    client = connect(REDIS)
    client.sendall(command("INFO", "commandstats"))
    text = read_reply(client.makefile("rb")).decode()
    client.close()
    found = re.findall(r"cmdstat_([^:]+):calls=(\d+),.*?rejected_calls=(\d+)", text)
    return {name.upper().replace("|", " "): int(calls) + int(rejected) for name, calls, rejected in found}


def wait_for_start(recorder):
    for line in recorder.stderr:
        sys.stderr.write(line)
        if "until interrupted" in line:
            return
    fail("the recorder has ended")


def record(arguments, folder, out):
    """Runs all; returns the access logs' lines and the commands' calls."""
    pathlib.Path(folder, "www/static").mkdir(parents=True)
    for number in (1, 2, 3):
        text = "\n".join(" ".join(random.choices(PRODUCTS, k=9)) for _ in range(8 * number))
        pathlib.Path(folder, f"www/static/page{number}.txt").write_text(text)
    for path in pathlib.Path(folder).rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    os.chmod(folder, 0o777)
    servers = []
    try:
        recorder = subprocess.Popen(
            [*shlex.split(arguments.kyanos), "record", out, "--force", "--pids", str(os.getpid())],
            stderr=subprocess.PIPE, text=True)
        wait_for_start(recorder)
        servers.append(start_nginx(folder, "back", BACK, BACK_LOCATIONS))
        servers.append(start_nginx(folder, "front", FRONT, FRONT_LOCATIONS))
        servers.append(subprocess.Popen(
            ["redis-server", "--port", str(REDIS), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL))
        for port in (BACK, FRONT, REDIS):
            connect(port).close()
        traffic()
        calls = command_calls()
        time.sleep(1)
    finally:
        for server in servers:
            server.terminate()
            server.wait()
    recorder.send_signal(signal.SIGINT)
    sys.stderr.write(recorder.stderr.read())
    if recorder.wait() != 0:
        fail("the recorder has failed")
    return pathlib.Path(folder, "access.log").read_text().split("\n")[:-1], calls


def replayed(arguments, file):
    text = subprocess.run(
        [*shlex.split(arguments.kyanos), "watch", "--input", file, "--json-output", "stdout", "--max-print-bytes", "0"],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    return [json.loads(line) for line in text.splitlines()]


def compare(records, log, calls):
    """Ends with a message unless the servers counted the same."""
    served = [record for record in records if record["side"] == "server"]
    ours = collections.Counter(
        f"{r['local_port']} {r['operation'].split()[0]} {r['resource'][r['resource'].index('/'):]} {r.get('status', '')}"
        for r in served if r["protocol"] == "http")
    if ours != collections.Counter(log):
        fail(f"http: {(ours - collections.Counter(log)) + (collections.Counter(log) - ours)} differ")
    ours = collections.Counter(r["operation"] for r in served if r["protocol"] == "redis" and r["outcome"] != "one_way")
    ours["INFO"] -= 1  # which counts itself after it has answered
    if +ours != collections.Counter(calls):
        fail(f"redis: {+ours} (expected: {calls})")


def summary(records):
    counts = collections.Counter(
        (r["side"], r["protocol"], r["operation"], r.get("status") or "-", r["outcome"]) for r in records)
    lines = ["# side, protocol, operation, status, outcome, records: of shop.kyanos, as counted by shop.py"]
    return "\n".join(lines + ["\t".join([*key, str(count)]) for key, count in sorted(counts.items())]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kyanos", default=str(HOME / "kyanos"))
    parser.add_argument("--folder", default=HOME / "examples", type=pathlib.Path)
    classes = f"{HOME}/benchmarks/target/classes:{HOME}/benchmarks/target/lib/*"
    parser.add_argument("--java", default="java -cp " + shlex.quote(classes), help="runs classes of benchmarks")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kyanos-shop-") as folder:
        raw, file = f"{folder}/raw.kyanos", f"{folder}/shop.kyanos"
        log, calls = record(arguments, folder, raw)
        subprocess.run([*shlex.split(arguments.java), "io.kyanos.benchmark.OwnProcesses", raw, file], check=True)
        records = replayed(arguments, file)
        compare(records, log, calls)
        arguments.folder.mkdir(exist_ok=True)
        arguments.folder.joinpath("shop.kyanos").write_bytes(pathlib.Path(file).read_bytes())
        arguments.folder.joinpath("shop.summary").write_text(summary(records))
        print(f"{len(records)} records in {os.path.getsize(file)} bytes, as the servers counted them")


if __name__ == "__main__":
    main()
