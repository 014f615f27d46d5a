#!/usr/bin/env python3
"""Does to the exporter, and to what it observes, what goes wrong on real machines, and says whether it bore that.

Usage: benchmarks/faults.py [--list] [--only NAME]... [--long] [-- kyanos exporter options]

Each fault starts an exporter and loads of its own, prints what was counted, and then each expectation with its figures.
Losing events is allowed where the machine is overloaded, if they are counted and the books balance; growing, hanging,
crashing and lying are not. Exits with 1 if an expectation did not hold. Needs root, redis-server, nginx, curl and bpftool.
Traffic stays on 127.0.0.1; what is started here is ended here.
"""
import argparse
import collections
import fcntl
import http.client
import json
import os
import pathlib
import pty
import resource
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

from harness import HOME, MIB, Family, Kyanos, build, fail, free_port, kernel_objects_of, nginx_config, redis_command, wait_until

TRAFFIC = pathlib.Path(__file__).resolve().parent / "traffic.py"
BPF_FILES = pathlib.Path("/sys/fs/bpf")
GROWTH_BOUND_MIB = 24
SETTLING_SECONDS = 30
EXIT_SECONDS = 10
SCREEN_EXIT_SECONDS = 4
FREEING_SECONDS = 5
SCRAPE_EVERY = 3
EXPECTED_WORDS = ("metrics at http", "capture by ", "building (once", "keeping the classes")
NEEDED_FILES = 13_000
CHANNELS = ("conn", "syscall", "process")

Look = collections.namedtuple("Look", "at memory")


class Fault:
    """One fault: its exporter, its load, what was counted and what was expected."""

    def __init__(self, name, options, folder):
        self.name = name
        self.options = options
        self.folder = folder
        self.family = Family(folder)
        self.kyanos = None
        self.loads = []  # ports of the Redis servers, for what they say
        self.looks = []
        self.greatest = collections.Counter()
        self.last = []
        self.held = True
        self.row = {}

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.end_sampling()
        if self.kyanos is not None:
            self.kyanos.process.kill()
            self.kyanos.process.wait()
        self.family.close()

    # what is loaded

    def redis(self, port=None):
        port = port or free_port()
        return port, self.family.serve(port, *redis_command(port))

    def benchmark(self, port, *options):
        return self.family.start("redis-benchmark", "-q", "-p", port, "-t", "get", "-c", 50, *options)

    # the exporter

    def observe(self, *options, java_options=""):
        self.kyanos = Kyanos([*options, *self.options, "--pids", str(self.family.pid)], java_options)
        self.started = time.monotonic()
        self.cpu_before = self.kyanos.cpu_seconds()
        self.objects = self.kyanos.kernel_objects()
        self.sampling = threading.Event()
        self.sampler = threading.Thread(target=self.sample, args=(self.sampling, self.kyanos), daemon=True)
        self.sampler.start()
        return self.kyanos

    def sample(self, ended, kyanos):
        number = 0
        while not ended.wait(1):
            try:
                self.looks.append(Look(time.monotonic() - self.started, kyanos.memory()))
                if number % SCRAPE_EVERY == 0:
                    self.note(kyanos.scrape())
            except (OSError, TypeError, http.client.HTTPException):
                if kyanos.process.poll() is not None:
                    return  # it has ended, as some faults want it to
            number += 1

    def note(self, samples):
        for name in ("kyanos_capture_greatest_lag_seconds", "kyanos_open_connections", "kyanos_held_bytes",
                     "kyanos_buffered_bytes", "kyanos_credit_in_flight"):
            self.greatest[name] = max(self.greatest[name], total(samples, name))

    def end_sampling(self):
        if self.kyanos is not None:
            self.sampling.set()
            self.sampler.join()

    def kernel_map(self, name):
        """What the kernel says of one of its maps."""
        for kind, number in self.objects:
            if kind == "map":
                told = bpftool("map", "show", "id", str(number))
                if told.get("name") == name:
                    return told
        fail(f"no map {name} in the kernel")

    def kernel_connections(self):
        """How many connections the kernel side knows."""
        return len(bpftool("map", "dump", "id", str(self.kernel_map("connections")["id"])))

    # what came of it

    def settle(self, open_connections=0):
        """Waits until no connection is open and nothing new comes; says how long that took."""
        began, before = time.monotonic(), None
        while True:
            now = self.kyanos.scrape()
            figures = [total(now, name) for name in (
                "kyanos_capture_events_total", "kyanos_capture_lost_events_total", "kyanos_requests_total",
                "kyanos_stream_bytes_total", "kyanos_stream_final_bytes_total")]
            still = figures[1:] == (before or [])[1:] and total(now, "kyanos_credit_in_flight") == 0
            took = time.monotonic() - began
            if still and total(now, "kyanos_open_connections") <= open_connections or took > SETTLING_SECONDS:
                break
            before = figures
            time.sleep(0.5)
        self.end_sampling()
        self.looks.append(Look(time.monotonic() - self.started, self.kyanos.memory()))
        self.note(now)
        self.last = now
        self.lasted = time.monotonic() - self.started
        self.cpu = self.kyanos.cpu_seconds() - self.cpu_before
        self.settled_after = took
        return now

    def sum(self, name, **labels):
        return total(self.last, name, **labels)

    def lost(self):
        return self.sum("kyanos_capture_lost_events_total")

    def print_counters(self):
        records = self.sum("kyanos_requests_total")
        events = {channel: self.sum("kyanos_capture_events_total", channel=channel) for channel in CHANNELS}
        lost = {channel: self.sum("kyanos_capture_lost_events_total", channel=channel) for channel in CHANNELS}
        dropped = {f"{s.labels['where']}/{s.labels['reason']}": s.value
                   for s in self.last if s.name == "kyanos_dropped_total" and s.value > 0}
        outcomes = collections.Counter()
        for s in self.last:
            if s.name == "kyanos_requests_total":
                outcomes[s.labels["outcome"]] += s.value
        fates = {s.labels["fate"]: s.value for s in self.last if s.name == "kyanos_stream_bytes_total"}
        lag = self.greatest["kyanos_capture_greatest_lag_seconds"]
        show("events read", counts(events))
        show("events lost", counts(lost))
        show("dropped", counts(dropped) or "nothing")
        show("records", counts(outcomes) or "none")
        for side in ("client", "server"):
            show(f"{side}'s side", self.operations(side) or "none")
        show("greatest lag", f"{lag:.3f} s")
        show("connections", f"seen {self.sum('kyanos_connections_total'):.0f}, at most "
             f"{self.greatest['kyanos_open_connections']:.0f} open, open now {self.sum('kyanos_open_connections'):.0f}, "
             f"at rest after {self.settled_after:.1f} s")
        show("held, buffered, credit", ", ".join(
            f"{self.sum(name):.0f} (at most {self.greatest[name]:.0f})"
            for name in ("kyanos_held_bytes", "kyanos_buffered_bytes", "kyanos_credit_in_flight")))
        show("memory", self.memory_text())
        show("CPU", f"{self.cpu:.1f} s in {self.lasted:.0f} s" + (f", {self.cpu * 1e6 / records:.1f} us per record" if records else ""))
        show("bytes by fate", counts(fates))
        show("bytes", f"fates {sum(fates.values()):.0f}, final positions {self.sum('kyanos_stream_final_bytes_total'):.0f}")
        self.row.update(
            events=f"{sum(events.values()):.0f}", lost=f"{sum(lost.values()):.0f}", lag=f"{lag:.2f} s",
            memory=f"{self.looks[-1].memory.anonymous_mib:.0f} ({self.growth():+.0f}) MiB",
            cpu=f"{self.cpu * 1e6 / records:.1f} us" if records else "")

    def memory_text(self):
        own = [look.memory.anonymous_mib for look in self.looks]
        steps = [own[i * (len(own) - 1) // 5] for i in range(6)]
        heap = self.sum("jvm_memory_bytes_used", area="heap") / MIB
        return (f"anonymous {' '.join(f'{mib:.0f}' for mib in steps)} MiB, second half {self.growth():+.1f} MiB; "
                f"heap in use {heap:.0f} MiB; rings {self.looks[-1].memory.rings_mib:.0f} MiB")

    def growth(self):
        """MiB of its own memory that the second half of the time added."""
        own = [look.memory.anonymous_mib for look in self.looks]
        if len(own) < 6:
            return 0.0
        middle = len(own) // 2
        return statistics.median(own[-3:]) - statistics.median(own[middle - 1:middle + 2])

    # expectations

    def expect(self, what, holds, figures=""):
        print(f"  {'PASS' if holds else 'FAIL'} {what}" + (f": {figures}" if figures != "" else ""), flush=True)
        self.held = self.held and bool(holds)

    def expect_rest(self):
        """What must hold after every fault that the exporter outlives."""
        self.print_counters()
        self.expect("healthy", self.kyanos.is_healthy())
        self.expect("no connection stays open", self.sum("kyanos_open_connections") == 0,
                    f"{self.sum('kyanos_open_connections'):.0f} after {self.settled_after:.1f} s (expected: 0 within {SETTLING_SECONDS} s)")
        fates, final = self.sum("kyanos_stream_bytes_total"), self.sum("kyanos_stream_final_bytes_total")
        self.expect("the books balance in bytes", fates == final, f"{fates:.0f} and {final:.0f}")
        matched = self.sum("kyanos_request_duration_seconds_count")
        alone = self.sum("kyanos_requests_total") - matched
        unmatched = self.sum("kyanos_dropped_total", where="match", reason="unmatched")
        parsed = self.sum("kyanos_stage_received_items_total", stage="match")
        self.expect("the books balance in messages", 2 * matched + alone + unmatched == parsed,
                    f"2 * {matched:.0f} + {alone:.0f} + {unmatched:.0f} and {parsed:.0f}")
        for name in ("kyanos_held_bytes", "kyanos_buffered_bytes", "kyanos_credit_in_flight"):
            self.expect(f"{name} is back at 0", self.sum(name) == 0, f"{self.sum(name):.0f}")
        self.expect("memory is flat", self.growth() <= GROWTH_BOUND_MIB,
                    f"{self.growth():+.1f} MiB in the second half (expected: <= {GROWTH_BOUND_MIB})")
        self.expect("it complained of nothing", not complaints(self.kyanos), " | ".join(complaints(self.kyanos)[:3]))

    def expect_requests(self, what, made, sides=("client", "server")):
        """Each request once per side where nothing was lost; otherwise no more than were made."""
        for side in sides:
            seen = self.sum("kyanos_requests_total", side=side, **({"protocol": what} if what == "http" else {"operation": what}))
            whole = self.lost() == 0
            self.expect(f"{what} seen on the {side}'s side", seen == made if whole else 0 < seen <= made,
                        f"{seen:.0f} of {made:.0f} (expected: {'all, as nothing was lost' if whole else 'no more than those'})")

    def operations(self, side):
        seen = collections.Counter()
        for s in self.last:
            if s.name == "kyanos_requests_total" and s.labels["side"] == side:
                seen[f"{s.labels['protocol']} {s.labels['operation']}"] += s.value
        return counts(seen)

    def expect_end(self, seconds, code):
        self.expect("it ends quickly", seconds <= EXIT_SECONDS, f"{seconds:.1f} s (expected: <= {EXIT_SECONDS} s)")
        self.expect("it ends well", code == 0, f"exit code {code}")

    def expect_nothing_left(self, pins):
        """Frees are deferred: the kernel is given some seconds."""
        end = time.monotonic() + FREEING_SECONDS
        while (left := self.objects & kernel_objects()) and time.monotonic() < end:
            time.sleep(0.1)
        taken = time.monotonic() - end + FREEING_SECONDS
        kinds = collections.Counter(kind for kind, _ in self.objects)
        self.expect("nothing of it stays in the kernel", self.objects and not left,
                    f"of {counts(kinds)}: {len(left)} left after {taken:.1f} s")
        self.expect("nothing is pinned", pinned() <= pins, counts(dict.fromkeys(pinned() - pins, 1)))


class Watch:
    """`kyanos watch` and the reader of its lines: terminal, fast pipe, slow pipe, stuck pipe, stuck terminal, head or file."""

    def __init__(self, reader, options, folder):
        self.read, self.over = 0, threading.Event()
        self.said = tempfile.TemporaryFile()
        if reader.endswith("terminal"):
            self.ours, theirs = pty.openpty()
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        elif reader == "file":
            self.ours, theirs = os.open("/dev/null", os.O_RDONLY), os.open(folder / "lines", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        else:
            self.ours, theirs = os.pipe()
        self.process = subprocess.Popen([HOME / "kyanos", "watch", *options], stdin=subprocess.DEVNULL, stdout=theirs, stderr=self.said)
        os.close(theirs)
        self.reader = threading.Thread(target=self.take, args=(reader,), daemon=True)
        if not reader.startswith("stuck"):
            self.reader.start()

    def take(self, reader):
        try:
            while not self.over.is_set() and (part := os.read(self.ours, 2000 if reader == "slow pipe" else 65536)):
                self.read += len(part)
                if reader == "slow pipe":
                    time.sleep(0.05)
                if reader == "head" and self.read > 20_000:
                    return os.close(self.ours)
        except OSError:
            pass  # a terminal that nobody has open any more

    def words(self):
        return os.pread(self.said.fileno(), 1 << 20, 0).decode(errors="replace").strip()

    def close(self):
        self.over.set()
        if self.reader.is_alive():
            self.reader.join()


def total(samples, name, **labels):
    return sum(s.value for s in samples if s.name == name and all(s.labels.get(k) == v for k, v in labels.items()))


def counts(numbers):
    return ", ".join(f"{key} {value:.0f}" for key, value in sorted(numbers.items()))


def show(what, text):
    print(f"  {what:<24}{text}", flush=True)


def complaints(kyanos):
    return [line for line in kyanos.words().splitlines() if line and not any(words in line for words in EXPECTED_WORDS)]


def bpftool(*arguments):
    return json.loads(subprocess.run(["bpftool", "-j", *arguments], capture_output=True, check=True).stdout)


def kernel_objects():
    return {(kind, item["id"]) for kind in ("prog", "map", "link") for item in bpftool(kind, "show")}


def pinned():
    return {str(path) for path in BPF_FILES.rglob("*")} if BPF_FILES.is_dir() else set()


def redis_calls(port, command):
    """How often Redis itself says that it was told a command."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"INFO commandstats\r\n")
        text = b""
        while not text.endswith(b"\r\n") or b"\r\n" not in text or len(text) < int(text[1:text.index(b"\r\n")]):
            text += client.recv(65536)
    for line in text.decode().splitlines():
        if line.startswith(f"cmdstat_{command}:calls="):
            return int(line.split("=")[1].split(",")[0])
    return 0


# the faults, each with one sentence of what it does


def stopped(fault):
    """the exporter stands still (SIGSTOP) for 5 s of a load of 20 s"""
    port, _ = fault.redis()
    kyanos = fault.observe()
    load = fault.benchmark(port, "-l")
    time.sleep(6)
    kyanos.process.send_signal(signal.SIGSTOP)
    time.sleep(5)
    kyanos.process.send_signal(signal.SIGCONT)
    time.sleep(9)
    fault.family.kill(load)
    made = redis_calls(port, "get")
    show("load", f"{made} GET, {made / 20:.0f} per second")
    fault.settle()
    fault.expect_rest()
    fault.expect_requests("GET", made, ["server"])
    fault.expect("what was lost is counted", fault.lost() > 0, f"{fault.lost():.0f}")
    lag = fault.greatest["kyanos_capture_greatest_lag_seconds"]
    fault.expect("it catches up at once", 4.5 <= lag <= 8, f"greatest lag {lag:.2f} s (expected: the 5 s and no more than 3 s on top)")


def churn(fault):
    """2000 connections per second are opened, used once and closed, for 30 s"""
    port, _ = fault.redis()
    fault.observe()
    load = json.loads(fault.family.run(TRAFFIC, "churn", port, 2000, 30))
    show("load", f"{load['exchanges']} connections, {load['per_second']:.0f} per second")
    fault.settle()
    fault.expect_rest()
    fault.expect("the load was as strong as said", load["per_second"] >= 1900, f"{load['per_second']:.0f} per second")
    fault.expect_requests("GET", load["exchanges"])
    seen = fault.sum("kyanos_connections_total")
    fault.expect("each connection was seen, on both sides", fault.lost() > 0 or seen >= 2 * load["exchanges"],
                 f"{seen:.0f} of 2 * {load['exchanges']}")


def stopped_churn(fault):
    """the exporter stands still (SIGSTOP) for 5 s of 1000 new connections per second, with rings of 64 KiB: ends are lost"""
    port, _ = fault.redis()
    kyanos = fault.observe("--set", "kyanos.capture.rings.conn=64KiB", "--set", "kyanos.capture.rings.syscall=64KiB")
    entries = fault.kernel_connections()
    load = fault.family.start(TRAFFIC, "churn", port, 1000, 15)
    time.sleep(5)
    kyanos.process.send_signal(signal.SIGSTOP)
    time.sleep(5)
    kyanos.process.send_signal(signal.SIGCONT)
    fault.family.wait(load)
    made = json.loads(fault.family.output(load))
    show("load", f"{made['exchanges']} connections, {made['per_second']:.0f} per second")
    fault.settle()
    fault.expect_rest()
    fault.expect_requests("GET", made["exchanges"])
    lost = fault.sum("kyanos_capture_lost_events_total", channel="conn")
    fault.expect("lost openings and ends are counted", lost > 0, f"{lost:.0f}")
    left = fault.kernel_connections()
    fault.expect("the kernel's table is back where it was", left <= entries, f"{left} entries, {entries} before")


def many(fault):
    """10 000 connections are open and each says something every 2 s, for 30 s"""
    port, _ = fault.redis()
    fault.observe()
    load = json.loads(fault.family.run(TRAFFIC, "many", port, 10_000, 30, 2))
    show("load", f"{load['exchanges']} GET on {load['connections']} connections, {load['per_second']:.0f} per second")
    fault.settle()
    fault.expect_rest()
    fault.expect_requests("GET", load["exchanges"])
    most = fault.greatest["kyanos_open_connections"]
    fault.expect("all were open at a time, on both sides", most >= 20_000, f"{most:.0f}")


def bulk(fault):
    """3 GiB go through one HTTP connection, and 2 GiB each way through Redis' connections"""
    port, _ = fault.redis()
    web, size = free_port(), 1 << 30
    with open(fault.folder / "big", "wb") as big:
        big.truncate(size)
    config = nginx_config(fault.folder, web, f"location / {{ root {fault.folder}; }}")
    fault.family.serve(web, "nginx", "-c", config, "-p", fault.folder)
    fault.observe()
    began = time.monotonic()
    fault.family.run("curl", "-sf", *["-o", "/dev/null", f"http://127.0.0.1:{web}/big"] * 3)
    middle = time.monotonic()
    fault.family.run("redis-benchmark", "-q", "-p", port, "-t", "set,get", "-c", 1, "-n", 2048, "-d", MIB)
    show("load", f"HTTP {3 * size / MIB / (middle - began):.0f} MiB/s, Redis {4096 / (time.monotonic() - middle):.0f} MiB/s")
    fault.settle()
    fault.expect_rest()
    for side in ("client", "server"):
        told = fault.sum("kyanos_response_bytes_total", protocol="http", side=side)
        fault.expect(f"the downloads' size is told on the {side}'s side", 3 * size <= told <= 3 * size + 1024, f"{told:.0f}")
    fault.expect_requests("GET", 2048)
    fault.expect_requests("SET", 2048)
    most = fault.greatest["kyanos_buffered_bytes"]
    fault.expect("little is buffered", most <= 2 * MIB, f"{most:.0f} (expected: <= {2 * MIB})")


def drip(fault):
    """a client of Redis and one of nginx write and read byte by byte"""
    port, _ = fault.redis()
    web = free_port()
    fault.family.serve(web, "nginx", "-c", nginx_config(fault.folder, web), "-p", fault.folder)
    fault.observe()
    for protocol, at in (("redis", port), ("http", web)):
        load = json.loads(fault.family.run(TRAFFIC, "drip", protocol, at, 1000))
        show("load", f"{load['exchanges']} exchanges of {protocol}, {load['bytes']} bytes one by one")
    fault.settle()
    fault.expect_rest()
    fault.expect_requests("GET", 1000)
    fault.expect_requests("http", 1000)


def kill_observed(fault):
    """servers and clients are killed (SIGKILL) in turn under load, ten times"""
    fault.observe()
    made = 0
    port = free_port()
    for round_number in range(10):
        _, server = fault.redis(port)
        load = fault.benchmark(port, "-l")
        time.sleep(1.5)
        first, second = (server, load) if round_number % 2 else (load, server)
        if first == load:
            fault.family.kill(load, signal.SIGKILL)
            made += redis_calls(port, "get")
        fault.family.kill(server, signal.SIGKILL)
        if second == load:
            fault.family.kill(load, signal.SIGKILL)
    show("load", f"10 servers and 10 clients killed; those servers that could still be asked tell of {made} GET")
    fault.settle()
    fault.expect_rest()
    seen = fault.sum("kyanos_requests_total", operation="GET", side="server")
    fault.expect("requests were seen until the end", fault.lost() > 0 or seen >= made, f"{seen:.0f} (expected: >= {made})")
    unanswered = fault.sum("kyanos_requests_total", outcome="unanswered")
    fault.expect("requests without an answer are told", unanswered > 0, f"{unanswered:.0f}")


def kill_exporter(fault):
    """the exporter is killed (SIGKILL) under load, and started again"""
    port, _ = fault.redis()
    pins = pinned()
    kyanos = fault.observe()
    load = fault.benchmark(port, "-n", 600_000)
    time.sleep(5)
    kyanos.process.kill()
    kyanos.process.wait()
    fault.expect_nothing_left(pins)
    fault.end_sampling()
    kyanos = fault.observe()
    fault.expect("the load went on without a fault", fault.family.wait(load) == 0)
    more = fault.benchmark(port, "-n", 100_000)
    fault.family.wait(more)
    fault.looks.clear()
    fault.settle()
    fault.expect_rest()
    fault.expect("the next start sees requests", fault.sum("kyanos_requests_total") > 0, f"{fault.sum('kyanos_requests_total'):.0f}")


def stop_under_load(fault):
    """SIGTERM under load, five times, twice of them with -Xcheck:jni"""
    port, _ = fault.redis()
    pins = pinned()
    load = fault.benchmark(port, "-l")
    for round_number in range(5):
        checked = round_number >= 3
        kyanos = fault.observe(java_options="-Xcheck:jni" if checked else "")
        time.sleep(3)
        seen, began = kyanos.sums("kyanos_requests_total")["kyanos_requests_total"], time.monotonic()
        code = kyanos.stop()
        seconds = time.monotonic() - began
        fault.end_sampling()
        show("stop" + (" (-Xcheck:jni)" if checked else ""), f"{seconds:.2f} s, exit code {code}, after {seen:.0f} records")
        fault.expect("it was under load", seen > 0, f"{seen:.0f} records")
        fault.expect_end(seconds, code)
        fault.expect_nothing_left(pins)
        fault.expect("it complained of nothing", not complaints(kyanos), " | ".join(complaints(kyanos)[:3]))
    fault.family.kill(load)


def stop_watch(fault):
    """`watch` is ended (SIGTERM) under load, by whatever its lines are read"""
    port, _ = fault.redis()
    pins = pinned()
    load = fault.benchmark(port, "-P", 16, "-l")
    for reader, options in (("terminal", []), ("fast pipe", []), ("slow pipe", []), ("stuck pipe", []), ("stuck terminal", []),
                            ("stuck pipe", ["--json-output", "stdout"]), ("head", []), ("file", [])):
        watch = Watch(reader, ["--local-ports", str(port), *options], fault.folder)
        wait_until("kyanos watch captures", lambda: "capturing" in watch.words() or watch.process.poll() is not None)
        time.sleep(8)
        if reader != "head":
            fault.objects = kernel_objects_of(watch.process.pid)
        began = time.monotonic()
        if watch.process.poll() is None:
            watch.process.send_signal(signal.SIGTERM)
        code = watch.process.wait()
        seconds = time.monotonic() - began
        show(" ".join([reader, *options]), f"{seconds:.2f} s, exit code {code}, {watch.read} bytes were read")
        for line in watch.words().splitlines():
            show("", line)
        limit = EXIT_SECONDS + 2 if reader == "file" else SCREEN_EXIT_SECONDS
        fault.expect("it ends promptly", seconds <= limit, f"{seconds:.1f} s (expected: <= {limit} s)")
        fault.expect("it ends well", code == 0, f"exit code {code}")
        if reader != "head":
            fault.expect_nothing_left(pins)
        watch.close()
    fault.family.kill(load)


def checked_jni(fault):
    """a load of Redis with -Xcheck:jni"""
    port, _ = fault.redis()
    kyanos = fault.observe(java_options="-Xcheck:jni")
    fault.family.wait(fault.benchmark(port, "-n", 300_000))
    made = redis_calls(port, "get")
    show("load", f"{made} GET")
    fault.settle()
    fault.expect_rest()
    fault.expect_requests("GET", made)
    began = time.monotonic()
    code = kyanos.stop()
    fault.expect_end(time.monotonic() - began, code)
    fault.expect("not one warning", not complaints(kyanos), " | ".join(complaints(kyanos)[:3]))


def long(fault):
    """redis-benchmark -n 5000000, first without and then with the exporter"""
    requests = 5_000_000
    port, _ = fault.redis()
    rates = []
    for observed in (False, True):
        if observed:
            fault.observe()
        began = time.monotonic()
        fault.family.wait(fault.benchmark(port, "-n", requests))
        rates.append(requests / (time.monotonic() - began))
    show("load", f"{rates[0]:.0f} GET per second without, {rates[1]:.0f} with: {rates[1] / rates[0]:.2f} kept")
    fault.settle()
    fault.expect_rest()
    fault.expect_requests("GET", requests)
    volume, ring = fault.sum("kyanos_stream_bytes_total"), fault.kernel_map("syscall_events")["max_entries"]
    fault.expect("the ring is under a twentieth of the volume", ring * 20 <= volume, f"{ring / MIB:.0f} of {volume / MIB:.0f} MiB of payload alone")


FAULTS = {f.__name__.replace("_", "-"): f for f in (
    stopped, churn, stopped_churn, many, bulk, drip, kill_observed, kill_exporter, stop_under_load, stop_watch, checked_jni, long)}


def run(name, options):
    print(f"\n{name}: {FAULTS[name].__doc__}", flush=True)
    with tempfile.TemporaryDirectory() as folder, Fault(name, options, pathlib.Path(folder)) as fault:
        FAULTS[name](fault)
        return fault


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="say which faults there are")
    parser.add_argument("--only", action="append", choices=list(FAULTS), metavar="NAME", help="this fault; may be given several times")
    parser.add_argument("--long", action="store_true", help="also the one that takes minutes")
    parser.add_argument("options", nargs="*", help="further options of kyanos exporter, after --")
    arguments = parser.parse_args()
    if arguments.list:
        for name, fault in FAULTS.items():
            print(f"{name:<18}{fault.__doc__}")
        return
    for program in ("redis-server", "redis-benchmark", "nginx", "curl", "bpftool"):
        if not shutil.which(program):
            fail(f"{program}: not on PATH. Hint: apt-get install redis-server nginx curl bpftool")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most != resource.RLIM_INFINITY and most < NEEDED_FILES:
        fail(f"open files: at most {most} (expected: >= {NEEDED_FILES}). Hint: ulimit -Hn")
    resource.setrlimit(resource.RLIMIT_NOFILE, (NEEDED_FILES, most))
    build()
    names = arguments.only or [name for name in FAULTS if name != "long" or arguments.long]
    ended = [run(name, arguments.options) for name in names]
    print("\n| fault | events | lost | greatest lag | anonymous memory (second half) | CPU per record | expectations |")
    print("|---|---|---|---|---|---|---|")
    for fault in ended:
        row = fault.row
        print(f"| {fault.name} | {row.get('events', '')} | {row.get('lost', '')} | {row.get('lag', '')} | {row.get('memory', '')} "
              f"| {row.get('cpu', '')} | {'held' if fault.held else 'NOT held'} |")
    sys.exit(0 if all(fault.held for fault in ended) else 1)


if __name__ == "__main__":
    main()
