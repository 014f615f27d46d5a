"""The servers of mixed.py, and what they say of the requests that they have answered."""
import collections
import pathlib
import subprocess

from harness import fail, free_port, listens, wait_until
from mixed_clients import ENDPOINTS, SERVICES, ask_redis

HERE = pathlib.Path(__file__).resolve().parent / "mixed"
METHODS = ("GET ", "POST ", "PUT ", "DELETE ", "HEAD ", "PATCH ")
NGINX = """daemon off; worker_processes 1; user root; pid %(folder)s/nginx.pid; error_log %(folder)s/nginx.error;
events { worker_connections 1024; }
http {
  log_format counted '$request_method $uri $status $request_completion,$body_bytes_sent,$sent_http_content_length';
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


def template(path):
    """The route that a path is of: this script knows which ones it asks for."""
    parts = path.split("?")[0].split("/")[1:]
    if parts[0].startswith("missing") or parts[0] == "never":
        return "/{id}"  # only an answer shows an endpoint
    if parts[0] in SERVICES and len(parts) > 1:
        words = [word for endpoint in ENDPOINTS for word in endpoint.split("/")]
        return "/" + "/".join([parts[0], *(part if part in words else "{id}" for part in parts[1:])])
    return "/" + "/".join(parts)


def outcome(server, path, status, how):
    how = how[0]
    if server == "nginx":
        completion, sent, announced = how.split(",")
        # nginx calls complete, too, what its own upstream has cut
        cut = announced.isdigit() and int(sent) < int(announced) and not path.startswith("/cut/client")
        how = "left" if not completion else "cut" if cut else "finished"
    elif server == "node" and path == "/cut/client":
        how = "left"  # Node calls some of these finished, too
    elif server == "haproxy":
        how = {"-": "finished", "C": "left", "S": "cut"}[how[0]]
    if status in ("-", "499", "-1"):
        return "unanswered"
    if how == "cut":
        return "error"
    by_status = {"4": "client_error", "5": "server_error"}.get(status[0], "ok")
    return f"{by_status} left" if how == "left" else by_status
