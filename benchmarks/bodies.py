#!/usr/bin/env python3
"""Loads nginx and Redis with large bodies: without kyanos, with one that copies them, and with one that passes over them.

Usage: benchmarks/bodies.py [--rounds N] [--bodies N] [--mib N] [--only nginx|redis] [-- kyanos exporter options]

What counts are the ratios of one run: CPU of the server and of kyanos with `kyanos.capture.pass-over = true` to that with
`false`, and what was lost and copied in each. Traffic stays on 127.0.0.1; what is started here is ended here. Needs root,
redis-server, redis-benchmark, nginx and ab.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile

from harness import MIB, Kyanos, Server, build, cpu_of, fail, free_port, measuring, nginx_config, redis_command

WARMUP = 3
COUNTERS = ("kyanos_requests_total", "kyanos_capture_lost_events_total", "kyanos_capture_passed_over_bytes_total")
OURS = ["--side", "server", "--comm", "nginx,redis-server"]


def download(port, bodies):
    out = subprocess.run(["ab", "-q", "-k", "-n", str(bodies), "-c", "4", f"http://127.0.0.1:{port}/body"],
                         capture_output=True, text=True)
    if out.returncode != 0 or "Failed requests:        0" not in out.stdout:
        fail(f"ab: {out.stdout}{out.stderr}")


def get(port, size, bodies, what="get"):
    subprocess.run(["redis-benchmark", "-p", str(port), "-t", what, "-n", str(bodies), "-c", "4", "-d", str(size), "--csv"],
                   capture_output=True, check=True)


def cost_of_server(server, load):
    before = cpu_of(server.process.pid)
    load()
    return cpu_of(server.process.pid) - before


def cost_with(server, load, options):
    """CPU seconds of the server and of kyanos, and what that has counted."""
    kyanos = Kyanos(OURS + options)
    try:
        for _ in range(WARMUP):
            load()
        before, counted = kyanos.cost(), kyanos.sums(*COUNTERS)
        of_server = cost_of_server(server, load)
        of_kyanos = kyanos.cost().cpu - before.cpu
        after = kyanos.sums(*COUNTERS)
        return of_server, of_kyanos, {name: after[name] - counted[name] for name in COUNTERS}
    finally:
        kyanos.stop()


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def measure(name, server, load, bodies, size, rounds, options):
    server_all, server_less, kyanos_ratio, records, lost, not_copied = [], [], [], ([], []), ([], []), []
    for number in range(rounds):
        alone = cost_of_server(server, load)
        runs = {}
        for passes in ((True, False) if number % 2 else (False, True)):
            runs[passes] = cost_with(server, load, ["--set", f"kyanos.capture.pass-over={str(passes).lower()}", *options])
        server_all.append(runs[False][0] / alone)
        server_less.append(runs[True][0] / alone)
        kyanos_ratio.append(runs[True][1] / max(runs[False][1], 0.01))
        for passes in (False, True):
            records[passes].append(runs[passes][2]["kyanos_requests_total"])
            lost[passes].append(runs[passes][2]["kyanos_capture_lost_events_total"])
        not_copied.append(runs[True][2]["kyanos_capture_passed_over_bytes_total"] / (bodies * size))
    print(f"| {name} | {spread(server_all)} | {spread(server_less)} | {spread(kyanos_ratio)} | {spread(not_copied)} "
          f"| {min(records[False]):.0f} | {min(records[True]):.0f} | {max(lost[False]):.0f} | {max(lost[True]):.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bodies", type=int, default=100)
    parser.add_argument("--mib", type=int, default=10)
    parser.add_argument("--only", choices=("nginx", "redis"))
    parser.add_argument("options", nargs="*", help="of the exporter")
    asked = parser.parse_args()
    build()
    size = asked.mib * MIB
    with measuring(), tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        print(f"{asked.bodies} bodies of {asked.mib} MiB; medians, least and greatest of {asked.rounds} rounds\n")
        print("| | CPU of the server, to that without kyanos: copied | passed over | CPU of kyanos, passed over to copied "
              "| part of the bytes not copied | records, copied | passed over | events lost, copied | passed over |")
        print("|---|---|---|---|---|---|---|---|---|")
        if asked.only != "redis":
            (pathlib.Path(folder) / "body").write_bytes(os.urandom(size))
            port = free_port()
            config = nginx_config(folder, port, f"root {folder}; sendfile off; keepalive_requests 100000;")
            with Server(port, "nginx", "-p", folder, "-c", config) as server:
                measure("nginx, `ab -k`", server, lambda: download(port, asked.bodies), asked.bodies, size, asked.rounds, asked.options)
        if asked.only != "nginx":
            port = free_port()
            with Server(port, *redis_command(port)) as server:
                get(port, size, 1, "set")
                measure("redis, GET", server, lambda: get(port, size, asked.bodies), asked.bodies, size, asked.rounds, asked.options)


if __name__ == "__main__":
    main()
