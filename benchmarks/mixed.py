#!/usr/bin/env python3
"""Mixed traffic of real servers and clients, and whether kyanos' records are what the servers have logged themselves.

Usage: benchmarks/mixed.py [--minutes N] [--rate R] [--seed S] [-- kyanos options]

nginx, HAProxy, Node, Python and Redis answer clients in Python, Node and C over 127.0.0.1: a hundred routes, streams longer
than the request time-out, chunks and replies larger than what is captured of a call, pipelines, connections kept or not. In the
second half some fail: errors, and answers and uploads that the server or the client cuts. Compared by operation and outcome,
on the servers' side by an exporter's /metrics and by the JSON of a second capture, on the clients' side by the latter.
Exits with 1 if anything differs, an event is lost, or the query of the README finds failures where nothing failed.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import uuid

from harness import HOME, Kyanos, build, fail, free_port, listens, wait_until

HERE = pathlib.Path(__file__).resolve().parent / "mixed"
TIME_OUT_SECONDS = 5
SERVICES = ("basket", "billing", "catalog", "courier", "invoice", "loyalty", "parcels", "pricing", "returns", "storage")
ENDPOINTS = ("", "/opening", "/summary", "/totals", "/history", "/{id}", "/{id}/notes", "/{id}/print", "/{id}/history", "/archive/{id}")
ROUTES = [f"/{service}{endpoint}" for service in SERVICES for endpoint in ENDPOINTS]
LOSSES = ("kyanos_capture_lost_events_total", "kyanos_dropped_total", "kyanos_unparsed_bytes_total")
NGINX = """daemon off; worker_processes 1; user root; pid %(folder)s/nginx.pid; error_log %(folder)s/nginx.error;
events { worker_connections 1024; }
http {
  log_format counted '$request_method $uri $status $request_completion';
  access_log %(folder)s/nginx.log counted;
  client_body_temp_path %(folder)s/t1; proxy_temp_path %(folder)s/t2; fastcgi_temp_path %(folder)s/t3;
  uwsgi_temp_path %(folder)s/t4; scgi_temp_path %(folder)s/t5;
  root %(folder)s/www; default_type text/plain; gzip_types text/plain; keepalive_requests 10000; sendfile_max_chunk 16k;
  large_client_header_buffers 4 32k; client_max_body_size 10m;
  upstream node { server 127.0.0.1:%(node)d; keepalive 8; }
  server {
    listen 127.0.0.1:%(nginx)d backlog=512;
    location /stream/ { proxy_buffering off; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://node; }
    location /cut/server { proxy_buffering off; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://node; }
    location = /cut/client { alias %(folder)s/www/large; }
    location = /packed { gzip on; alias %(folder)s/www/lines; }
    location = /slowly { limit_rate 120k; alias %(folder)s/www/lines; }
    location = /broken { return 500; }
    location = /busy { return 503; }
    location = /denied { return 403; }
    location ~ missing { return 404; }
    location / { return 200 '{"from":"nginx"}'; }
  }
}
"""
HAPROXY = """global
  log stdout format raw local0
defaults
  mode http
  log global
  log-format "%%HM %%HPO %%ST %%ts"
  timeout connect 10s
  timeout client 60s
  timeout server 60s
listen front
  bind 127.0.0.1:%(haproxy)d backlog 512
  server node 127.0.0.1:%(node)d
"""


class Site:
    """The servers, their ports, and what they say of themselves."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.ports = {}
        while len(self.ports) < 5:
            name = ("nginx", "haproxy", "node", "python", "redis")[len(self.ports)]
            port = free_port()
            if port not in self.ports.values():
                self.ports[name] = port
        self.running = []

    def start(self):
        www = self.folder / "www"
        www.mkdir()
        (www / "lines").write_text("".join(f"line {i} of {i * 7919:x}\n" for i in range(60_000)))
        (www / "large").write_bytes(bytes(20_000_000))
        values = dict(self.ports, folder=self.folder)
        (self.folder / "nginx.conf").write_text(NGINX % values)
        (self.folder / "haproxy.cfg").write_text(HAPROXY % values)
        self.folder.chmod(0o755)
        commands = {
            "node": ("node", HERE / "server.js", self.ports["node"]),
            "python": ("python3", "-u", HERE / "server.py", self.ports["python"]),
            "redis": ("redis-server", "--port", self.ports["redis"], "--bind", "127.0.0.1", "--save", "", "--dir", self.folder),
            "nginx": ("nginx", "-p", self.folder, "-e", self.folder / "nginx.error", "-c", self.folder / "nginx.conf"),
            "haproxy": ("haproxy", "-db", "-f", self.folder / "haproxy.cfg"),
        }
        for name, command in commands.items():
            with open(self.folder / f"{name}.out", "w") as out:
                self.running.append(subprocess.Popen([str(word) for word in command], stdout=out, stderr=out))
            wait_until(name, lambda: listens(self.ports[name]))
            if self.running[-1].poll() is not None:
                fail(f"{name}: has ended: " + (self.folder / f"{name}.out").read_text()[-500:])

    def stop(self):
        for server in self.running:
            server.terminate()
            server.wait()

    def lines(self, name):
        file = self.folder / ("nginx.log" if name == "nginx" else f"{name}.out")
        return [line.split() for line in file.read_text().splitlines() if line.startswith(METHODS)]

    def logged(self):
        """What the servers of HTTP have logged: (server, operation, how it ended), and how often."""
        counts = collections.Counter()
        for name in ("nginx", "haproxy", "node", "python"):
            for method, path, status, *how in self.lines(name):
                counts[name, f"{method} {template(path)}", outcome(name, path, status, how)] += 1
        return counts

    def commands(self):
        """What redis has executed and refused: (operation, outcome), and how often."""
        counts = collections.Counter()
        for line in ask_redis(self.ports["redis"], "INFO", "commandstats").decode().splitlines():
            if not line.startswith("cmdstat_"):
                continue
            name, figures = line[len("cmdstat_"):].split(":")
            figures = dict(figure.split("=") for figure in figures.split(","))
            failed = int(figures["rejected_calls"]) + int(figures["failed_calls"])
            operation = name.upper().replace("|", " ")
            counts["redis", operation, "error"] += failed
            counts["redis", operation, "ok"] += int(figures["calls"]) - int(figures["failed_calls"])
        return +counts


METHODS = ("GET ", "POST ", "PUT ", "DELETE ", "HEAD ", "PATCH ")


def template(path):
    """The route that a path is of: this script knows which ones it asks for."""
    parts = path.split("?")[0].split("/")[1:]
    if parts[0].startswith("missing"):
        return "/{id}"
    if parts[0] in SERVICES and len(parts) > 1:
        words = [word for endpoint in ENDPOINTS for word in endpoint.split("/")]
        return "/" + "/".join([parts[0], *(part if part in words else "{id}" for part in parts[1:])])
    return "/" + "/".join(parts)


def outcome(server, path, status, how):
    how = how[0] if how else ""
    if server == "nginx":
        how = "finished" if how == "OK" else "cut" if path.startswith("/cut/server") else "left"
    elif server == "haproxy":
        how = {"-": "finished", "C": "left", "S": "cut"}[how[0]]
    if status in ("-", "499", "-1"):
        return "unanswered"
    if how == "cut":
        return "error"
    by_status = {"4": "client_error", "5": "server_error"}.get(status[0], "ok")
    return f"{by_status} left" if how == "left" else by_status


class Clients:
    """What asks, until it is told to end."""

    def __init__(self, site, seed):
        self.site = site
        self.random = random.Random(seed)
        self.failing = threading.Event()
        self.ended = threading.Event()
        self.errors = []

    def path(self, route=None):
        values = (str(self.random.randint(1, 99999)), str(uuid.UUID(int=self.random.getrandbits(128))),
                  f"{self.random.getrandbits(64):016x}", "2026-11-%02d" % self.random.randint(1, 28))
        return (route or self.random.choice(ROUTES)).replace("{id}", self.random.choice(values))

    def every(self, seconds, act, *arguments):
        """Does something again and again, each time a little sooner or later."""
        def loop():
            wait = 0
            while not self.ended.wait(wait):
                try:
                    act(*arguments)
                except Exception as problem:  # told in the report; the others go on
                    self.errors.append(f"{act.__name__}{arguments}: {problem!r}")
                wait = seconds * (0.5 + random.random())
        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        return thread

    def connect(self, name):
        client = socket.create_connection(("127.0.0.1", self.site.ports[name]), timeout=60)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return client, client.makefile("rb")

    def routes(self, name, count, method="GET"):
        """Some requests over one connection."""
        client, answers = self.connect(name)
        for _ in range(count):
            client.sendall(request(method, self.path()))
            read_answer(answers)
        client.close()

    def all_routes(self, name):
        """Each of them once: what later answers with an error has its words admitted then."""
        client, answers = self.connect(name)
        for route in ROUTES:
            client.sendall(request("GET", self.path(route)))
            read_answer(answers)
        client.close()

    def pipeline(self, name, count):
        client, answers = self.connect(name)
        client.sendall(b"".join(request("GET", self.path(), "Cookie: id=" + "c" * 80) for _ in range(count)))
        for _ in range(count):
            read_answer(answers)
        client.close()

    def large_head(self, name):
        client, answers = self.connect(name)
        client.sendall(request("GET", self.path(), "Cookie: id=" + "c" * 6000))
        read_answer(answers)
        client.close()

    def post(self, name, size):
        client, answers = self.connect(name)
        client.sendall(request("POST", "/upload", f"Content-Length: {size}") + b"u" * size)
        read_answer(answers)
        client.close()

    def get(self, name, path, *behind):
        """One request, and others behind it on the same connection."""
        client, answers = self.connect(name)
        for target in (path, *behind):
            client.sendall(request("GET", target))
            read_answer(answers)
        client.close()

    def curl(self, name, path, *options):
        subprocess.run(["curl", "-s", "-o", "/dev/null", *options, self.address(name) + path], check=False)

    def address(self, name):
        return f"http://127.0.0.1:{self.site.ports[name]}"

    def node(self):
        client = subprocess.Popen(["node", HERE / "client.js"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(60):
            name = self.random.choice(("haproxy", "node", "nginx"))
            client.stdin.write(f"{self.site.ports[name]} {self.path()}\n")
        client.stdin.write(f"{self.site.ports['haproxy']} /stream/events?pieces=30&size=300&pause=250\n")
        said = client.communicate()[0]
        if "done 61" not in said:
            raise RuntimeError(said)

    def commands(self):
        key = "key:%d" % self.random.randint(1, 500)
        ask_redis(self.site.ports["redis"], "SET", key, "v" * 90, then=[
            ("GET", key), ("HSET", "hash:" + key, "f", "v"), ("HGETALL", "hash:" + key), ("INCR", "count"), ("EXISTS", key)])

    def large_replies(self):
        port = self.site.ports["redis"]
        ask_redis(port, "RPUSH", "list", *("v%040d" % i for i in range(2000)), then=[("LRANGE", "list", "0", "-1"), ("DEL", "list"), ("PING",)])
        ask_redis(port, "MSET", "x", "x" * 40960, "y", "y" * 40960, then=[("MGET", "x", "y"), ("STRLEN", "x"), ("COMMAND",), ("PING",)])

    def redis_pipeline(self):
        client, replies = self.connect("redis")
        client.sendall(b"".join(command("SET", "p:%d" % i, "v" * 90) for i in range(150)))
        for _ in range(150):
            read_reply(replies)
        client.sendall(b"".join(command("GET", "p:%d" % i) for i in range(150)))
        for _ in range(150):
            read_reply(replies)
        client.close()

    # what fails, in the second half

    def fails(self, act, *arguments):
        if self.failing.is_set():
            act(*arguments)

    def refusals(self, name):
        paths = ["/broken", "/busy", "/denied", f"/missing{self.random.randint(1, 9999)}", f"/{self.random.choice(SERVICES)}/missing{self.random.randint(1, 9999)}"]
        for path in paths:  # each over a connection of its own, as nginx closes behind a 500
            self.get(name, path)

    def unsupported(self):
        self.routes("python", 1, "PATCH")

    def wrong_commands(self):
        ask_redis(self.site.ports["redis"], "SET", "text", "a", then=[("LPUSH", "text", "b"), ("INCR", "text"), ("GET",), ("GET", "text")])

    def leave(self, name, path):
        """Reads a little of a large answer."""
        client, answers = self.connect(name)
        client.sendall(request("GET", path))
        answers.read(20000)
        answers.close()
        client.close()

    def never(self):
        client, _ = self.connect("node")
        client.sendall(request("GET", "/never"))
        wait = threading.Event()
        wait.wait(0.3)
        client.close()

    def cut_by_server(self, name):
        client, answers = self.connect(name)
        client.sendall(request("GET", "/cut/server"))
        answers.read()
        client.close()

    def start(self, rate):
        for name in ("nginx", "haproxy", "node", "python"):
            self.all_routes(name)
        slow = f"pieces={4 * TIME_OUT_SECONDS}&size=500&pause=500"
        each = [
            *[(0.5, self.routes, name, 10) for name in ("nginx", "haproxy", "node", "python")],
            *[(1, self.routes, name, 1) for name in ("nginx", "haproxy", "node", "python")],
            (1, self.routes, "python", 5, "POST"), (1, self.routes, "node", 5, "PUT"), (1, self.routes, "haproxy", 5, "DELETE"),
            (1, self.pipeline, "nginx", 60), (1, self.pipeline, "node", 20), (1, self.large_head, "nginx"), (1, self.large_head, "haproxy"),
            (2, self.post, "node", 200_000), (2, self.post, "python", 100_000), (2, self.post, "haproxy", 70_000),
            *[(1, self.get, name, f"/stream/{kind}?{slow}") for name in ("nginx", "haproxy", "node", "python") for kind in ("events", "closing")],
            *[(3, self.get, name, f"/stream/chunks?pieces=3&size={size}&pause=0", self.path("/basket/totals"), self.path("/basket/{id}"))
              for name in ("node", "python", "haproxy", "nginx") for size in (40_000, 300_000)],
            (2, self.get, "nginx", "/packed", "/basket/totals"), (2, self.curl, "nginx", "/packed", "--compressed"), (1, self.curl, "nginx", "/slowly"),
            (1, self.curl, "nginx", "/basket/totals", "-0"), (1, self.curl, "haproxy", "/billing/opening", "-I"),
            (5, self.node), (5, self.node),
            (0.1, self.commands), (0.1, self.commands), (2, self.large_replies), (1, self.redis_pipeline),
            *[(2, self.fails, self.refusals, name) for name in ("nginx", "haproxy", "node", "python")],
            (2, self.fails, self.unsupported), (2, self.fails, self.wrong_commands), (3, self.fails, self.never),
            *[(3, self.fails, self.cut_by_server, name) for name in ("node", "python", "nginx", "haproxy")],
            *[(3, self.fails, self.leave, name, "/cut/client") for name in ("node", "python", "nginx")],
        ]
        self.threads = [self.every(seconds / rate, act, *arguments) for seconds, act, *arguments in each]

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()


def request(method, path, *fields):
    lines = [f"{method} {path} HTTP/1.1", "Host: mixed.test", *fields, "", ""]
    return "\r\n".join(lines).encode()


def read_answer(answers):
    line = answers.readline()
    if not line.startswith(b"HTTP/1.1 "):
        raise RuntimeError(f"no answer: {line[:60]!r}")
    length, chunked = None, False
    while (line := answers.readline()) not in (b"\r\n", b""):
        name, value = line.decode().lower().split(":", 1)
        length = int(value) if name == "content-length" else length
        chunked |= name == "transfer-encoding"
    if chunked:
        while size := int(answers.readline(), 16):
            answers.read(size + 2)
        answers.readline()
    else:
        answers.read(length)


def command(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in (word.encode() for word in words))


def read_reply(replies):
    line = replies.readline()
    if line[:1] == b"$" and line[1:2] != b"-":
        return replies.read(int(line[1:]) + 2)
    if line[:1] == b"*" and line[1:2] != b"-":
        return [read_reply(replies) for _ in range(int(line[1:]))]
    return line


def ask_redis(port, *words, then=()):
    """Asks one after the other; gives the first reply."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        replies, first = client.makefile("rb"), None
        for line in (words, *then):
            client.sendall(command(*line))
            reply = read_reply(replies)
            first = first or reply
        return first


class Watch:
    """A second capture, into a file."""

    def __init__(self, folder, options):
        self.file = pathlib.Path(folder) / "records.jsonl"
        self.said = open(pathlib.Path(folder) / "watch.out", "w+")
        self.process = subprocess.Popen(
            [HOME / "kyanos", "watch", "--json-output", self.file, "--max-print-bytes", "0", *options], stdout=self.said, stderr=self.said)
        wait_until("kyanos watch", self.reads, 120)

    def reads(self):
        """Whether it captures: its thread that reads begins right after."""
        if self.process.poll() is not None:
            fail("kyanos watch: " + pathlib.Path(self.said.name).read_text())
        try:
            names = [name.read_text() for name in pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/comm")]
        except OSError:
            return False
        return any(name.startswith("kyanos-reader") for name in names)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait() != 0:
            fail("kyanos watch: " + pathlib.Path(self.said.name).read_text())
        with open(self.file) as lines:
            return [json.loads(line) for line in lines]


def counted(records, side, ports):
    names = {port: name for name, port in ports.items()}
    counts = collections.Counter()
    for record in records:
        name = names.get(record["local_port" if side == "server" else "remote_port"])
        if record["side"] == side and name:
            counts[name, record["operation"], record["outcome"]] += 1
    return uncounted(counts, "redis", "INFO", "ok")


def scraped(samples):
    counts = collections.Counter()
    for sample in samples:
        if sample.name == "kyanos_requests_total" and sample.labels["side"] == "server":
            counts[sample.labels["operation"], sample.labels["outcome"]] += int(sample.value)
    return uncounted(counts, "INFO", "ok")


def uncounted(counts, *key):
    """Without the INFO that asked for the counts: it counts itself after it has answered."""
    counts[key] -= 1
    return +counts


def by_operation(counts):
    """As the exporter has them on the servers' side."""
    summed = collections.Counter()
    for (_, operation, how), count in ends_of("server", counts).items():
        summed[operation, how] += count
    return summed


def ends_of(side, counts):
    """A client that leaves knows that it did; its server has answered by the status."""
    seen = collections.Counter()
    for (name, operation, how), count in counts.items():
        word, _, left = how.partition(" ")
        seen[name, operation, "error" if left and side == "client" else word] += count
    return seen


def differences(what, expected, seen):
    keys = [key for key in sorted(set(expected) | set(seen)) if expected[key] != seen[key]]
    for key in keys:
        print(f"  {what}: {' '.join(key)}: {seen[key]} (expected: {expected[key]})")
    return len(keys)


def table(expected, server, client):
    print("| server | outcome | operations | logged | records, server side | records, client side |\n|---|---|---|---|---|---|")
    rows = collections.defaultdict(lambda: [set(), 0, 0, 0])
    for column, counts in enumerate((expected, server, client), 1):
        for (name, operation, how), count in counts.items():
            row = rows[name, how]
            row[0].add(operation)
            row[column] += count
    for (name, how), (operations, *counts) in sorted(rows.items()):
        print(f"| {name} | {how} | {len(operations)} | {' | '.join(str(count) for count in counts)} |")


def failed_share(samples):
    """The README's share of requests that failed, by process, over all that was counted."""
    failed, all_of = collections.Counter(), collections.Counter()
    for sample in samples:
        if sample.name == "kyanos_requests_total" and sample.labels["side"] == "server":
            all_of[sample.labels["process"]] += sample.value
            if sample.labels["outcome"].endswith("error") or sample.labels["outcome"] == "unanswered":
                failed[sample.labels["process"]] += sample.value
    return {process: failed[process] / all_of[process] for process in all_of}


class Prometheus:
    """Asks the exporter every second, and is asked the README's query."""

    QUERY = ('sum by (process) (rate(kyanos_requests_total{side="server",outcome=~".*error|unanswered"}[5m])) '
             '/ sum by (process) (rate(kyanos_requests_total{side="server"}[5m]))')

    def __init__(self, folder, exporter):
        self.port = free_port()
        config = pathlib.Path(folder) / "prometheus.yml"
        config.write_text("global: {scrape_interval: 1s}\nscrape_configs:\n"
                          f"- job_name: kyanos\n  static_configs: [{{targets: ['127.0.0.1:{exporter}']}}]\n")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/tsdb", f"--web.listen-address=127.0.0.1:{self.port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until("prometheus", lambda: listens(self.port))

    def failed_share(self):
        query = urllib.parse.urlencode({"query": self.QUERY})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/query?{query}", timeout=30) as answer:
            return {result["metric"]["process"]: float(result["value"][1]) for result in json.load(answer)["data"]["result"]}

    def stop(self):
        self.process.terminate()
        self.process.wait()


def run(arguments, folder):
    site = Site(folder)
    options = ["--pids", str(os.getpid()), "--exclude-comm", "prometheus", "--set", f"kyanos.connection.request-timeout={TIME_OUT_SECONDS}s",
               "--set", "kyanos.metrics.max-label-values.operation=2000", *arguments.options]
    kyanos, watch, prometheus = Kyanos(options), None, None
    clients = Clients(site, arguments.seed)
    try:
        watch = Watch(folder, options)
        site.start()
        prometheus = Prometheus(folder, kyanos.port) if shutil.which("prometheus") else None
        clients.start(arguments.rate)
        clients.ended.wait(arguments.minutes * 30)
        quiet = {"counted": failed_share(kyanos.scrape())}
        if prometheus:
            quiet["by Prometheus"] = prometheus.failed_share()
        clients.failing.set()
        clients.ended.wait(arguments.minutes * 30)
        clients.end()
        expected = site.logged() + site.commands()
        samples = settled(kyanos, by_operation(expected))
        return report(site, clients, expected, watch.stop(), samples, quiet)
    finally:
        clients.ended.set()
        site.stop()
        for started in (kyanos, prometheus):
            if started:
                started.stop()
        if watch and watch.process.poll() is None:
            watch.process.kill()
            watch.process.wait()


def settled(kyanos, expected):
    """What the exporter has counted once that is what is expected, or a while after all has ended."""
    for _ in range(4 * TIME_OUT_SECONDS):
        samples = kyanos.scrape()
        if scraped(samples) == expected:
            break
        time.sleep(1)
    return samples


def report(site, clients, expected, records, samples, quiet):
    sides = {side: ends_of(side, expected) for side in ("server", "client")}
    seen = {side: counted(records, side, site.ports) for side in sides}
    table(sides["server"], seen["server"], seen["client"])
    differ = sum(differences(f"{side} side", sides[side], seen[side]) for side in sides)
    differ += differences("/metrics", by_operation(expected), scraped(samples))
    lost = {f"{s.name}{s.labels}": s.value for s in samples if s.name in LOSSES and s.value}
    print(f"requests: {sum(expected.values())}; routes: {len(ROUTES)}; lost: {lost or 0}")
    for how, shares in quiet.items():
        print(f"share that failed while nothing did, {how}: {shares or 'none'}")
    for error in clients.errors[:10]:
        print(f"  client: {error}")
    return 1 if differ or lost or any(any(shares.values()) for shares in quiet.values()) or clients.errors else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=1, help="how many times as fast as two cores carry without loss")
    parser.add_argument("--seed", type=int, default=4711)
    parser.add_argument("options", nargs="*", help="options of both captures, after --")
    arguments = parser.parse_args()
    for program in ("nginx", "haproxy", "node", "redis-server", "curl"):
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin"):
            fail(f"{program}: not on PATH. Hint: apt-get install nginx haproxy nodejs redis-server curl")
    os.environ["PATH"] += ":/usr/sbin"
    build()
    with tempfile.TemporaryDirectory(prefix="kyanos-mixed-") as folder:
        sys.exit(run(arguments, folder))


if __name__ == "__main__":
    main()
