#!/usr/bin/env python3
"""Loads Redis, nginx and nghttpd with tracing off and on in turn, and prints what tracing costs.

Usage: benchmarks/load.py [--rounds N] [--requests N] [--warmup N] [--only redis|pipeline|http|http2|many|untraced|idle] [-- kyanos exporter options]

Each round measures the same load without and with kyanos, so that a machine whose speed drifts shows up as spread and
not as a result. Figures of a shared machine are for comparison with themselves only. Traffic stays on 127.0.0.1; what is
started here is ended here. Idle, asked for by name only, is what kyanos costs while nothing that it looks for happens; the
machine need not be idle for that, but is best so. Needs root, redis-server, redis-benchmark, for http nginx and wrk, for
http2 nginx, nghttpd and h2load.
"""
import argparse
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import tempfile
import time

from harness import (Kyanos, Server, build, compile_exchange, cpu_of, fail, free_port, measuring, nginx_config, redis_command, spent,
                     time_calls, timed_programs)

MANY = 10_000
IDLE_MARK_PERCENT = 1
IDLE_SETTLING_SECONDS = 10
IDLE_SETTLING_LOOKS = 6
COMPILERS_AT_REST = 0.001
IDLE_SECONDS = 30
IDLE_SCRAPE_SECONDS = 5
OURS = ["--comm", "redis-server,redis-benchmark,nginx,wrk,nghttpd,h2load"]


def redis_load(port, requests, pipeline, clients):
    out = subprocess.run(
        ["redis-benchmark", "-p", str(port), "-n", str(requests), "-c", str(clients), "-P", str(pipeline), "-t", "get", "--csv"],
        capture_output=True, check=True, text=True).stdout
    return float(out.splitlines()[-1].split(",")[1].strip('"'))


def http_load(port, seconds):
    out = subprocess.run(
        ["wrk", "-t1", "-c50", f"-d{seconds}s", f"http://127.0.0.1:{port}/"], capture_output=True, check=True, text=True).stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def h2load(port, requests, *options):
    out = subprocess.run(
        ["h2load", "-n", str(requests), *options, f"http://127.0.0.1:{port}/"], capture_output=True, check=True, text=True).stdout
    if f"status codes: {requests} 2xx" not in out:
        fail(f"h2load: not all {requests} answered\n{out}")
    return float(re.search(r", ([\d.]+) req/s", out)[1])


def spread(values, unit=""):
    return f"{statistics.median(values):.3g}{unit} ({min(values):.3g} to {max(values):.3g})"


def measure(name, server, load, rounds, options, warmup):
    """One line of the table; gives the median of the CPU per event, in microseconds. A load gives its rate and its requests."""
    columns = [[] for _ in range(9)]
    kept, cpu_us, cpu_event_us, ns_per_event, event_rate, memory, server_times, gc_us, switches = columns
    lost = 0
    for _ in range(rounds):
        off, server_off = measured(server, load)
        kyanos = Kyanos(options)
        try:
            for _ in range(warmup):  # the compiler undoes and repeats its work until it has seen loads begin and end
                load()
            before, started = kyanos.cost(), time.monotonic()
            on, server_on = measured(server, load)
            lasted = time.monotonic() - started
            cost, memory_now = spent(before, kyanos.cost()), kyanos.anonymous_mib()
            timed = time_programs(kyanos, load)
        finally:
            kyanos.stop()
        records, events = max(1, cost.records), max(1, cost.events)
        for column, value in zip(columns, (
                on / off, cost.cpu * 1e6 / records, cost.cpu * 1e6 / events, timed, cost.events / lasted, memory_now,
                server_on / server_off, cost.gc * 1e6 / records, 1000 * cost.switches / records)):
            column.append(value)
        lost += cost.lost
    print(f"| {name} | {spread(kept)} | {spread(cpu_us, ' us')} | {spread(cpu_event_us, ' us')} | {spread(ns_per_event, ' ns')} "
          f"| {spread(event_rate)} | {lost:.0f} | {spread(memory, ' MiB')} | x{spread(server_times)} | {spread(gc_us, ' us')} "
          f"| {spread(switches)} |", flush=True)
    return statistics.median(cpu_event_us)


def measured(server, load):
    """The rate of a load, and CPU seconds of the server per request."""
    cpu = cpu_of(server.process.pid)
    rate, requests = load()
    return rate, (cpu_of(server.process.pid) - cpu) / requests


def time_programs(kyanos, load):
    """Nanoseconds of our programs per event. A load of its own, as the counting of time costs time."""
    with timed_programs(True):
        events, times = kyanos.cost().events, kyanos.program_times()
        load()
        events = kyanos.cost().events - events
        return (kyanos.program_times()[1] - times[1]) * 1e9 / max(1, events)


def measure_untraced(rounds):
    """What a program pays that nobody looks at, while another one is traced."""
    differences = [[], []]
    with tempfile.TemporaryDirectory() as folder:
        program, = compile_exchange(folder, "bystander")
        for _ in range(rounds):
            off, kyanos = time_calls(program), Kyanos(["--comm", "nobody"])
            try:
                on = time_calls(program)
            finally:
                kyanos.stop()
            differences[0].append((on.unrelated - off.unrelated) * 1e9)
            differences[1].append((on.get - off.get) * 1e9 / 4)
    print("| an untraced program pays, per call | more |\n|---|---|")
    print(f"| a system call that has nothing to do with sockets (getppid) | {spread(differences[0], ' ns')} |")
    print(f"| a read or write of a socket | {spread(differences[1], ' ns')} |", flush=True)


def threads(pid):
    """Name, nanoseconds of CPU and times that it slept by itself, of each thread."""
    seen = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            name, nanos = (task / "comm").read_text().strip(), int((task / "schedstat").read_text().split()[0])
            slept = int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text())[1])
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended
        seen[task.name] = name, nanos, slept
    return seen


def watch_idle(kyanos, scrapes):
    """Percent of one core, wake-ups and events per second, and the threads that cost most, over some time."""
    pid, none = kyanos.process.pid, ("", 0, 0)
    events = kyanos.sums("kyanos_capture_events_total")["kyanos_capture_events_total"]
    before, cpu, started = threads(pid), kyanos.cpu_seconds(), time.monotonic()
    while time.monotonic() < started + IDLE_SECONDS:
        time.sleep(min(IDLE_SCRAPE_SECONDS, started + IDLE_SECONDS - time.monotonic()))
        if scrapes:
            kyanos.sums()
    after, cpu, lasted = threads(pid), kyanos.cpu_seconds() - cpu, time.monotonic() - started
    costs = sorted(((now[1] - before.get(task, none)[1]) / lasted / 1e7, (now[2] - before.get(task, none)[2]) / lasted, now[0])
                   for task, now in after.items())
    events = kyanos.sums("kyanos_capture_events_total")["kyanos_capture_events_total"] - events
    return 100 * cpu / lasted, sum(cost[1] for cost in costs), events / lasted, costs[:-5:-1]


def settle_compilers(pid):
    """Waits while the JVM's compilers still work on what the start has run, though not for ever."""
    for _ in range(IDLE_SETTLING_LOOKS):
        before = threads(pid)
        time.sleep(IDLE_SETTLING_SECONDS)
        worked = sum(now[1] - before.get(task, now)[1] for task, now in threads(pid).items() if "Compiler" in now[0])
        if worked < IDLE_SETTLING_SECONDS * 1e9 * COMPILERS_AT_REST:
            return


def measure_idle(options):
    kyanos = Kyanos(options)
    try:
        settle_compilers(kyanos.process.pid)
        rows = [(name, *watch_idle(kyanos, scrapes))
                for name, scrapes in (("nobody asks", False), (f"a scrape every {IDLE_SCRAPE_SECONDS} s", True))]
    finally:
        kyanos.stop()
    print(f"| idle, {' '.join(options) or 'no filter'} | of one core | wake-ups per second | events per second | most of it |")
    print("|---|---|---|---|---|")
    for name, percent, wakes, events, costs in rows:
        most = ", ".join(f"{thread} {cost:.2f} % ({slept:.0f}/s)" for cost, slept, thread in costs)
        mark = "" if percent < IDLE_MARK_PERCENT else f", above the mark of {IDLE_MARK_PERCENT} %"
        print(f"| {name} | {percent:.2f} %{mark} | {wakes:.0f} | {events:.1f} | {most} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=300_000)
    parser.add_argument("--warmup", type=int, default=6, help="loads that a fresh exporter sees before the one that is measured")
    parser.add_argument("--only", choices=("redis", "pipeline", "http", "http2", "many", "untraced", "idle"))
    parser.add_argument("options", nargs="*", help="options of kyanos exporter, after --, in place of a filter by the programs that make the load")
    arguments = parser.parse_args()
    build()
    if arguments.only == "idle":
        for options in [arguments.options] if arguments.options else [["--comm", "nobody"], []]:
            measure_idle(options)
        return
    for program in ("redis-server", "redis-benchmark", "bpftool"):
        if not shutil.which(program):
            fail(f"{program}: not on PATH. Hint: apt-get install redis-server bpftool")
    options = arguments.options or OURS
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with measuring(), timed_programs(False):
        measure_all(arguments, options)


HEAD = ("load", "throughput kept", "CPU of kyanos per record", "per event", "kernel time per event", "events per second", "lost",
        "anonymous memory", "CPU of the server per request", "collecting per record", "context switches per 1000 records")


def measure_all(arguments, options):
    def wanted(name):
        return arguments.only in (None, name)

    def row(name, server, load):
        return measure(name, server, load, arguments.rounds, options, arguments.warmup)

    def redis(pipeline=1, clients=50, times=1):
        requests = arguments.requests * times
        return lambda: (redis_load(port, requests, pipeline, clients), requests)

    def http(seconds=5):
        rate = http_load(port, seconds)
        return rate, rate * seconds

    def http2(*options):
        return lambda: (h2load(port, arguments.requests, *options), arguments.requests)

    if arguments.only != "untraced":
        print(f"| {' | '.join(HEAD)} |\n{'|---' * len(HEAD)}|", flush=True)
    port = free_port()
    with Server(port, *redis_command(port)) as server:
        if wanted("redis"):
            row("redis, 50 clients", server, redis())
        if wanted("pipeline"):
            row("redis, 16 at once", server, redis(pipeline=16, times=4))
        if wanted("many"):
            few, many = row("redis, 10 clients", server, redis(clients=10)), row(f"redis, {MANY} clients", server, redis(clients=MANY))
    if wanted("http") and shutil.which("nginx") and shutil.which("wrk"):
        port = free_port()
        with tempfile.TemporaryDirectory() as folder, Server(port, "nginx", "-c", str(nginx_config(folder, port)), "-p", folder) as server:
            row("nginx, 50 clients", server, http)
    if wanted("http2") and shutil.which("nginx") and shutil.which("nghttpd") and shutil.which("h2load"):
        port = free_port()
        # h2load does not connect again after the 1000 requests that nginx allows a connection
        location = 'keepalive_requests 1000000000; location / { return 200 "hello\\n"; }'
        with tempfile.TemporaryDirectory() as folder, \
                Server(port, "nginx", "-c", str(nginx_config(folder, port, location)), "-p", folder) as server:
            row("nginx, HTTP/1, 50 clients of h2load", server, http2("--h1", "-c", "50"))
        port = free_port()
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "index.html").write_text("hello\n")
            with Server(port, "nghttpd", "--no-tls", "-d", folder, "-a", "127.0.0.1", str(port)) as server:
                row("nghttpd, HTTP/2, 50 clients", server, http2("-c", "50"))
                row("nghttpd, HTTP/2, 4 clients, 100 streams each", server, http2("-c", "4", "-m", "100"))
    if wanted("many"):
        print(f"\nAn event of {MANY} connections costs {many / few:.2g} times one of 10 (mark: 3).", flush=True)
    if wanted("untraced"):
        print()
        measure_untraced(arguments.rounds)


if __name__ == "__main__":
    main()
