"""The clients of mixed.py: what they ask for, and how."""
import pathlib
import random
import socket
import subprocess
import threading
import uuid

HERE = pathlib.Path(__file__).resolve().parent / "mixed"
TIME_OUT_SECONDS = 5
SERVICES = ("basket", "billing", "catalog", "courier", "invoice", "loyalty", "parcels", "pricing", "returns", "storage")
ENDPOINTS = ("", "/opening", "/summary", "/totals", "/history", "/{id}", "/{id}/notes", "/{id}/print", "/{id}/history", "/archive/{id}")
ROUTES = [f"/{service}{endpoint}" for service in SERVICES for endpoint in ENDPOINTS]


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
