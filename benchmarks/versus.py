#!/usr/bin/env python3
"""Compares what two built trees cost, each scenario without kyanos, with the old and with the new one in turn.

Usage: benchmarks/versus.sh OLD NEW [ROUNDS] [SCENARIO...] [OPTION...]     which builds commits first
       benchmarks/versus.py --list

Each row has the median of each build, and the ratio: of each round new to old, of those the median, the least and the
greatest. A shared machine drifts, so absolute figures are for orientation only. Of a figure that is the difference to a
run without kyanos (+), the difference is divided. Traffic stays on 127.0.0.1; what is started here is ended here.
Needs root, redis-server, redis-benchmark, bpftool, a C compiler, and for nginx nginx and wrk.
"""
import argparse
import collections
import contextlib
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from harness import (Exchange, Kyanos, Server, compile_exchange, cpu_of, fail, free_port, measuring, nginx_config,
                     redis_command, spent, time_calls, timed_programs, wait_until)
from load import http_load, redis_load

MANY = 10_000
SHORT_PER_SECOND = 2000
FIXED_PER_SECOND = 10_000
FRESH_PER_SECOND = 5_000
FRESH_SECONDS = 60
REPLAY_PROCESSORS = (1, 2)
REPLAYS = 20
REPLAY_ENTRY = "actors/src/main/java/io/kyanos/CaptureRequest.java"  # older builds have no entry point for it
RECORDED_EXCHANGES = 200_000
RECORDED_CONNECTIONS = 10_000
RECORDED_HTTP_SECONDS = 2

# what: how a row is made of the figures of a round without kyanos, with the old and with the new build
#   plain    new / old
#   extra    (new - none) / (old - none)
#   part     the build's / none's: what is kept, or what it is multiplied by
Row = collections.namedtuple("Row", "key text what unit mark of", defaults=("", "", "ratio"))


class Bench:
    """Where a scenario runs: its folder, its programs, and what the user has set."""

    def __init__(self, folder, homes, arguments):
        self.folder = pathlib.Path(folder)
        self.homes = homes
        self.requests = arguments.requests
        self.warmup = arguments.warmup
        self.options = arguments.set
        self.exchange, self.bystander = compile_exchange(folder, "exchange", "bystander")

    @contextlib.contextmanager
    def kyanos(self, home, *programs):
        """The exporter of a tree, which traces these programs; None where the tree is None."""
        if home is None:
            yield None
            return
        options = ["--comm", ",".join(programs), *(f"--set={setting}" for setting in self.options)]
        running = Kyanos(options, home=home)
        try:
            yield running
        finally:
            running.stop()

    def redis(self):
        port = free_port()
        return Server(port, *redis_command(port))

    def recording(self):
        """Made once, with the old build, so that both can read it: few busy connections, short ones, and HTTP."""
        file = self.folder / "load.kyanos"
        if file.exists():
            return file
        port, folder = free_port(), tempfile.mkdtemp(dir=self.folder)
        with self.redis() as redis, Server(port, "nginx", "-c", str(nginx_config(folder, port)), "-p", folder), \
                Exchange(self.exchange, "keep", redis.port, 50, 2 * FIXED_PER_SECOND) as keep, \
                Exchange(self.exchange, "short", redis.port, SHORT_PER_SECOND) as brief:
            recorder = subprocess.Popen([self.homes[0] / "kyanos", "record", file, "--comm", "redis-server,exchange,nginx,wrk",
                                         "--set", "kyanos.capture.rings.syscall=64 MiB"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                wait_until("kyanos record", file.exists)
                keep.exchange(RECORDED_EXCHANGES)
                brief.exchange(RECORDED_CONNECTIONS)
                http_load(port, RECORDED_HTTP_SECONDS)
            finally:
                recorder.terminate()
                told = recorder.communicate()[1]
        print(f"recorded {file.stat().st_size >> 20} MiB: {' '.join(told.split())}", file=sys.stderr)
        return file


def calls(bench, home):
    """System calls of a traced process and of another one, by the CPU time of their thread."""
    with bench.kyanos(home, "exchange") as kyanos:
        traced, other = time_calls(bench.exchange), time_calls(bench.bystander)
        figures = {"get": traced.get, "unrelated": other.unrelated, "untraced": other.get / 4}
        if kyanos:
            with timed_programs(True):
                before = kyanos.program_times()
                exchanges = time_calls(bench.exchange).exchanges
                figures["programs"] = (kyanos.program_times()[1] - before[1]) / exchanges
        return figures


def load_figures(bench, kyanos, server, requests, load):
    """Of a load that gives requests per second: what it reached, and what each request cost on all sides."""
    if not kyanos:
        server_cpu = cpu_of(server.process.pid)
        rate = load()
        return {"rate": rate, "server": (cpu_of(server.process.pid) - server_cpu) / requests(rate)}
    for _ in range(bench.warmup):  # the compiler undoes and repeats its work until it has seen loads begin and end
        load()
    before, server_cpu = kyanos.cost(), cpu_of(server.process.pid)
    rate = load()
    server_cpu = cpu_of(server.process.pid) - server_cpu
    figures = costs(spent(before, kyanos.cost()))
    return {**figures, "rate": rate, "server": server_cpu / requests(rate), "memory": kyanos.anonymous_mib()}


def costs(cost):
    """What kyanos spent per record."""
    records = max(1, cost.records)
    return {"cpu": cost.cpu / records, "user": cost.user / records, "gc": cost.gc / records,
            "switches": cost.switches / records, "lost": cost.lost}


def redis(bench, home):
    with bench.redis() as server, bench.kyanos(home, "redis-server", "redis-benchmark") as kyanos:
        return load_figures(bench, kyanos, server, lambda rate: bench.requests,
                            lambda: redis_load(server.port, bench.requests, 1, 50))


def nginx(bench, home):
    seconds = 5
    port = free_port()
    folder = tempfile.mkdtemp(dir=bench.folder)
    with Server(port, "nginx", "-c", str(nginx_config(folder, port)), "-p", folder) as server, \
            bench.kyanos(home, "nginx", "wrk") as kyanos:
        return load_figures(bench, kyanos, server, lambda rate: rate * seconds, lambda: http_load(port, seconds))


def many(bench, home):
    """Connections that stay open and are all busy."""
    with bench.redis() as server, bench.kyanos(home, "redis-server", "exchange") as kyanos, \
            Exchange(bench.exchange, "keep", server.port, MANY, 0) as clients:
        return load_figures(bench, kyanos, server, lambda rate: bench.requests,
                            lambda: bench.requests / clients.exchange(bench.requests)[0])


def fixed(bench, home):
    """A rate that leaves room: what a request costs its server."""
    requests = 10 * FIXED_PER_SECOND
    with bench.redis() as server, bench.kyanos(home, "redis-server", "exchange") as kyanos, \
            Exchange(bench.exchange, "keep", server.port, 50, FIXED_PER_SECOND) as clients:
        return load_figures(bench, kyanos, server, lambda rate: requests, lambda: requests / clients.exchange(requests)[0])


def short(bench, home):
    """A connection, one GET, closed."""
    connections = 10 * SHORT_PER_SECOND
    with bench.redis() as server, bench.kyanos(home, "redis-server", "exchange") as kyanos, \
            Exchange(bench.exchange, "short", server.port, SHORT_PER_SECOND) as clients:
        figures = load_figures(bench, kyanos, server, lambda rate: connections,
                               lambda: connections / clients.exchange(connections)[0])
        if kyanos:  # both ends of a connection have a record
            figures["connection"] = 2 * figures["cpu"]
        return figures


def fresh(bench, home):
    """The first minute of a JVM, its start included, at a steady rate."""
    if home is None:
        return {}
    requests = FRESH_SECONDS * FRESH_PER_SECOND
    with bench.redis() as server, Exchange(bench.exchange, "keep", server.port, 50, FRESH_PER_SECOND) as clients, \
            bench.kyanos(home, "redis-server", "exchange") as kyanos:
        clients.exchange(requests)
        cost = kyanos.cost()
        return {"cpu": cost.cpu / max(1, cost.records), "gc": cost.gc / max(1, cost.records), "lost": cost.lost}


def start(bench, home):
    """From the command to the first answer of /metrics, the second time."""
    if home is None:
        return {}
    port, took = free_port(), 0.0
    for _ in range(2):
        began = time.monotonic()
        process = subprocess.Popen([home / "kyanos", "exporter", "--listen", f"127.0.0.1:{port}", "--comm", "nobody"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until("kyanos exporter", lambda: answers(port))
            took = time.monotonic() - began
        finally:
            process.terminate()
            process.wait()
    return {"seconds": took}


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def replay(bench, home):
    """A recording of all kinds of loads, from its file to the metrics, over and over in one JVM (ReplayRate of the new build)."""
    if home is None or not (home / REPLAY_ENTRY).exists():
        return {}
    recording = bench.recording()
    figures = {}
    for processors in REPLAY_PROCESSORS:
        if processors > os.cpu_count():
            continue
        command = ["taskset", "-c", f"0-{processors - 1}", "java", "-XX:+UseSerialGC", "-Xmx256m", "-cp",
                   f"{bench.homes[1]}/benchmarks/target/classes:{home}/benchmarks/target/lib/*", "io.kyanos.replay.ReplayRate",
                   str(recording), str(REPLAYS)]
        run = subprocess.run(command, cwd=home, capture_output=True, text=True)
        if run.returncode != 0:
            fail(f"ReplayRate of {home}: {run.stdout[-1000:]}{run.stderr[-1000:]}")
        times = [tuple(int(word) for word in line.split()) for line in run.stdout.splitlines()][REPLAYS // 2:]
        if len({records for records, _, _ in times}) != 1:
            fail(f"ReplayRate of {home}: not the same records in every replay: {times}")
        figures[f"wall{processors}"] = statistics.median(records / wall * 1e9 for records, wall, _ in times)
        figures[f"core{processors}"] = statistics.median(records / cpu * 1e9 for records, _, cpu in times)
    if {"wall1", "wall2"} <= figures.keys():
        figures["scaling"] = figures["wall2"] / figures["wall1"]
    return figures


def build_benchmarks(homes):
    for home in homes:
        command = ["./mvnw", "-q", "-B", "-pl", "benchmarks", "-am", "-DskipTests", "-Dspotless.check.skip", "package"]
        if subprocess.run(command, cwd=home, stdout=sys.stderr).returncode != 0:
            fail(f"{home}/benchmarks: does not build")


LOAD_ROWS = (
    Row("cpu", "CPU of kyanos per record", "plain", "us"),
    Row("user", "of that in user mode", "plain", "us"),
    Row("gc", "time of collections per record", "plain", "us"),
    Row("switches", "context switches per record", "plain"),
    Row("rate", "throughput kept", "part"),
    Row("server", "CPU of the server per request, times that without kyanos", "part", "x"),
    Row("memory", "anonymous memory", "plain", "MiB"),
    Row("lost", "events lost", "plain"),
)


def rows(**marks):
    """The rows of a load; a mark is `(bound, of what)`."""
    return tuple(row._replace(mark=marks[row.key][0], of=marks[row.key][1]) if row.key in marks else row for row in LOAD_ROWS)


SCENARIOS = {
    "calls": (calls, (
        Row("get", "extra CPU per GET in the kernel, both ends (four calls)", "extra", "us", "<= 0.5"),
        Row("programs", "run time of the BPF programs per GET, as the kernel counts it", "plain", "us", "<= 0.5"),
        Row("unrelated", "an unrelated system call (getppid)", "extra", "ns", "<= 5", "new"),
        Row("untraced", "a socket call of an untraced process", "extra", "ns", "<= 0.45"))),
    "redis": (redis, rows(cpu=("<= 0.65", "ratio"), rate=(">= 0.8", "new"), memory=("<= 100", "new"))),
    "nginx": (nginx, rows(cpu=("<= 0.65", "ratio"), rate=(">= 0.7", "new"))),
    "many": (many, rows(cpu=("<= 0.35", "ratio"), memory=("<= 200", "new"))),
    "short": (short, (Row("connection", "CPU of kyanos per connection, both ends", "plain", "us", "<= 0.35"), *LOAD_ROWS[1:])),
    "fixed": (fixed, rows(server=("<= 1.15", "new"))),
    "fresh": (fresh, (
        Row("cpu", "CPU of kyanos per record, its start included", "plain", "us", "<= 0.7"),
        Row("gc", "time of collections per record", "plain", "us"),
        Row("lost", "events lost", "plain"))),
    "replay": (replay, (
        Row("core1", "records per second and core, on one processor", "plain", "/s", ">= 500000", "new"),
        Row("core2", "records per second and core, on two", "plain", "/s"),
        Row("wall2", "records per second, on two", "plain", "/s"),
        Row("scaling", "records per second, two processors to one", "plain", "x", ">= 1.5", "new"))),
    "start": (start, (Row("seconds", "first scrape of a second start", "plain", "s", "<= 1", "new"),)),
}
TITLES = {
    "calls": "system calls", "redis": "redis, 50 clients", "nginx": "nginx, 50 clients", "many": f"redis, {MANY} busy connections",
    "short": f"redis, {SHORT_PER_SECOND} short connections/s", "fixed": f"redis, {FIXED_PER_SECOND} requests/s",
    "fresh": f"a fresh JVM, {FRESH_SECONDS} s of {FRESH_PER_SECOND} requests/s", "replay": "replay", "start": "start",
}
SCALES = {"us": 1e6, "ns": 1e9, "s": 1, "": 1, "MiB": 1, "/s": 1, "x": 1}


def figure(row, none, build):
    """What a row shows of one build in one round; None where there is nothing to show."""
    if row.key not in build or (row.what != "plain" and row.key not in none):
        return None
    if row.what == "extra":
        return build[row.key] - none[row.key]
    return build[row.key] / none[row.key] if row.what == "part" else build[row.key]


def ratio(old, new):
    return new / old if old else None


def result(row, runs):
    """One row over all rounds, or None where a scenario has no such figure; of the old build there may be none."""
    old = [figure(row, run["none"], run["old"]) for run in runs]
    new = [figure(row, run["none"], run["new"]) for run in runs]
    if None in new:
        return None
    if None in old:
        old = []
    ratios = [each for each in map(ratio, old, new) if each is not None]
    shown = {"old": statistics.median(old) if old else None, "new": statistics.median(new), "ratio": statistics.median(ratios) if ratios else None,
             "least": min(ratios, default=None), "greatest": max(ratios, default=None)}
    return {**shown, "key": row.key, "text": row.text, "what": row.what, "unit": row.unit, "mark": row.mark, "of": row.of,
            "held": is_held(row, shown), "rounds": {"old": old, "new": new}}


def is_held(row, shown):
    if not row.mark:
        return None
    relation, bound = row.mark.split()
    value = shown[row.of]
    if value is None:
        return None
    if row.of != "ratio":
        value *= SCALES[row.unit]
    return value <= float(bound) if relation == "<=" else value >= float(bound)


def amount(result, value):
    if value is None:
        return "none"
    sign = "+" if result["what"] == "extra" else ""
    unit = result["unit"]
    scaled = value * SCALES[unit]
    text = f"{scaled:,.0f}".replace(",", " ") if abs(scaled) >= 1000 else f"{scaled:{sign}.3g}"
    return f"x{text}" if unit == "x" else f"{text}{unit}" if unit == "/s" else f"{text} {unit}".strip()


def line(title, result):
    ratios = "" if result["ratio"] is None else f"{result['ratio']:.2f} ({result['least']:.2f} to {result['greatest']:.2f})"
    mark = result["mark"] + (" of new" if result["mark"] and result["of"] == "new" else "")
    held = {None: "", True: "held", False: "**missed**"}[result["held"]]
    return f"| {title} | {result['text']} | {amount(result, result['old'])} | {amount(result, result['new'])} | {ratios} | {mark} | {held} |"


HEAD = "| scenario | what | old | new | new / old | mark | |\n|---|---|---|---|---|---|---|"


def run_scenario(name, bench, homes, rounds):
    scenario, shown = SCENARIOS[name]
    order = [("none", None), ("old", homes[0]), ("new", homes[1])]
    runs = []
    for number in range(rounds):
        run = {}
        for label, home in order if number % 2 == 0 else reversed(order):  # so that a drift meets both
            began = time.monotonic()
            run[label] = scenario(bench, home)
            if run[label]:
                told = ", ".join(f"{key} {value:.4g}" for key, value in run[label].items())
                print(f"{name}, round {number + 1} of {rounds}, {label}, {time.monotonic() - began:.0f} s: {told}", file=sys.stderr)
        runs.append(run)
    return [each for each in (result(row, runs) for row in shown) if each]


def revision(home):
    out = subprocess.run([home / "kyanos", "version"], capture_output=True, text=True, env={**os.environ, "KYANOS_NO_BUILD": "1"}).stdout
    return out.splitlines()[0].split("revision ")[-1].rstrip(")") if out else str(home)


def require(names):
    needed = {"redis-server": "redis-server", "redis-benchmark": "redis-tools", "bpftool": "bpftool", "cc": "gcc"}
    if {"nginx", "replay"} & set(names):
        needed.update({"nginx": "nginx", "wrk": "wrk"})
    missing = [program for program in needed if not shutil.which(program)]
    if missing:
        fail(f"{', '.join(missing)}: not on PATH. Hint: apt-get install {' '.join(needed[program] for program in missing)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", nargs="?", type=pathlib.Path)
    parser.add_argument("new", nargs="?", type=pathlib.Path)
    parser.add_argument("rest", nargs="*", metavar="ROUNDS | SCENARIO", help="rounds (3) and scenarios (all), in any order")
    parser.add_argument("--list", action="store_true", help="prints the scenarios")
    parser.add_argument("--requests", type=int, default=300_000, help="of one load")
    parser.add_argument("--warmup", type=int, default=3, help="loads that an exporter sees before the one that is measured")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="of both exporters")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="writes all figures of all rounds")
    parser.add_argument("--markdown", type=pathlib.Path, metavar="FILE", help="writes the table")
    parser.add_argument("--check", action="store_true", help="looks at the arguments alone")
    arguments = parser.parse_args()
    if arguments.list:
        for name, (scenario, shown) in SCENARIOS.items():
            print(f"{name:8} {TITLES[name]}: {', '.join(row.text for row in shown)}")
        return
    if not arguments.new:
        parser.error("OLD and NEW are missing")
    numbers = [word for word in arguments.rest if word.isdigit()]
    rounds = int(numbers[0]) if numbers else 3
    names = [word for word in arguments.rest if not word.isdigit()] or list(SCENARIOS)
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        fail(f"{unknown[0]}: no scenario (expected: {', '.join(SCENARIOS)})")
    if not arguments.check:
        compare([path.resolve() for path in (arguments.old, arguments.new)], names, rounds, arguments)


def compare(homes, names, rounds, arguments):
    require(names)
    os.environ["KYANOS_NO_BUILD"] = "1"
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if "replay" in names:
        build_benchmarks(homes)
    results = {}
    with tempfile.TemporaryDirectory() as folder, measuring(), timed_programs(False):
        bench = Bench(folder, homes, arguments)
        busy = os.getloadavg()[0]
        for name in names:
            results[name] = run_scenario(name, bench, homes, rounds)
    machine = (f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors, Linux {os.uname().release}, load of the machine at the start {busy:.1f}; "
               f"old {revision(homes[0])}, new {revision(homes[1])}; rounds: {rounds}")
    table = "\n".join([machine, "", HEAD, *(line(TITLES[name], each) for name in names for each in results[name])])
    print(table)
    if arguments.markdown:
        arguments.markdown.write_text(table + "\n")
    if arguments.json:
        arguments.json.write_text(json.dumps({"machine": machine, "rounds": rounds, "scenarios": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
