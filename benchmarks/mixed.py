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
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

from harness import HOME, Kyanos, build, fail, free_port, listens, wait_until
from mixed_clients import ROUTES, TIME_OUT_SECONDS, Clients
from mixed_site import Site

LOSSES = ("kyanos_capture_lost_events_total", "kyanos_dropped_total", "kyanos_unparsed_bytes_total")


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
        name = names.get(record.get("local_port" if side == "server" else "remote_port"))
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
        expected, samples = settled(kyanos, site)
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


def settled(kyanos, site):
    """What the servers have logged and the exporter has counted once both agree, or a while after all has ended."""
    commands = site.commands()
    for _ in range(4 * TIME_OUT_SECONDS):
        # a server may log an answer after its client has read it
        expected = site.logged() + commands
        samples = kyanos.scrape()
        if scraped(samples) == by_operation(expected):
            break
        time.sleep(1)
    return expected, samples


def report(site, clients, expected, records, samples, quiet):
    sides = {side: ends_of(side, expected) for side in ("server", "client")}
    seen = {side: counted(records, side, site.ports) for side in sides}
    table(sides["server"], seen["server"], seen["client"])
    differ = sum(differences(f"{side} side", sides[side], seen[side]) for side in sides)
    differ += differences("/metrics", by_operation(expected), scraped(samples))
    # of this script's own first request to the exporter only the answer is seen, of no known protocol
    lost = {f"{s.name}{s.labels}": s.value for s in samples
            if s.name in LOSSES and s.value and s.labels.get("protocol") != "unknown"}
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
