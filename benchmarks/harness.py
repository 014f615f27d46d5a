"""What the scripts of this folder share: servers and loads on 127.0.0.1, and the exporter with what it says of itself."""
import collections
import contextlib
import fcntl
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
import time
import urllib.error
import urllib.request

HOME = pathlib.Path(__file__).resolve().parent.parent
EXCHANGE = pathlib.Path(__file__).resolve().parent / "exchange" / "exchange.c"
# Below those that the kernel gives to clients, which many short connections use up.
PORTS = range(*(int(port) for port in os.environ.get("KYANOS_IT_PORTS", "23500-24000").split("-")))
MEASURING = pathlib.Path("/tmp/kyanos-measuring.lock")
BPF_STATS = pathlib.Path("/proc/sys/kernel/bpf_stats_enabled")
SETTLING_LOOKS = 60
MIB = 1 << 20

Sample = collections.namedtuple("Sample", "name labels value")
Memory = collections.namedtuple("Memory", "anonymous_mib rings_mib")
Cost = collections.namedtuple("Cost", "cpu user gc switches records events lost")


def fail(message):
    sys.exit(f"{pathlib.Path(sys.argv[0]).stem}: {message}")


@contextlib.contextmanager
def measuring():
    """One script of a machine measures at a time: two would measure each other."""
    with open(MEASURING, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another measurement ({MEASURING})", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        # ended from outside, it ends what it has started all the same
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        yield


@contextlib.contextmanager
def timed_programs(on):
    """The kernel takes the time of BPF programs, or does not, whatever was set; that costs each run some 50 ns."""
    were = BPF_STATS.read_text()
    BPF_STATS.write_text("1" if on else "0")
    try:
        yield
    finally:
        BPF_STATS.write_text(were)


def free_port():
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    fail(f"no free port from {PORTS.start} to {PORTS.stop - 1}")


def wait_until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.02)
    fail(f"{what}: not within {seconds} s")


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A server in the foreground, ended when the block is left."""

    def __init__(self, port, *command):
        self.port = port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(command[0], lambda: listens(port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Exchange:
    """The compiled client (exchange.c) on connections that stay open, or on new ones, as the words tell."""

    def __init__(self, program, *words):
        self.process = subprocess.Popen([program, *map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def exchange(self, count):
        """Does so many exchanges; gives the seconds and the CPU seconds of the client."""
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().split()
        if not line:
            fail("exchange: has ended. Hint: as a rule the server has closed a connection")
        return float(line[0]), float(line[1])


def compile_exchange(folder, *names):
    """The compiled client under each of these names, by which a filter tells them apart."""
    programs = [pathlib.Path(folder) / name for name in names]
    for program in programs:
        if subprocess.run(["cc", "-O2", "-o", program, EXCHANGE]).returncode != 0:
            fail(f"{EXCHANGE}: does not compile")
    return programs


Calls = collections.namedtuple("Calls", "unrelated get exchanges")
CHUNKS = 4000


def time_calls(program):
    """CPU seconds of a process's getppid, and of one GET with both of its ends in it (four calls); the exchanges that took."""
    out = subprocess.run([program, "calls", str(CHUNKS)], capture_output=True, check=True, text=True).stdout.split()
    return Calls(float(out[0]) / 1e9, float(out[1]) / 1e9, int(out[2]))


class Family:
    """A shell and what it is told to start: `--pids` of it captures these and nothing else of the machine."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.shell = subprocess.Popen(["sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = self.shell.pid
        self.started = []

    def ask(self, line):
        self.shell.stdin.write(line + "\n")
        self.shell.stdin.flush()
        return self.shell.stdout.readline().strip()

    def start(self, *command):
        """Starts a program in the background; gives its process id."""
        out = shlex.quote(str(self.folder / f"out.{len(self.started)}"))
        line = shlex.join(str(word) for word in command)
        pid = int(self.ask(f"{line} </dev/null >{out} 2>&1 & echo $!"))
        self.started.append(pid)
        return pid

    def serve(self, port, *command):
        pid = self.start(*command)
        wait_until(command[0], lambda: listens(port))
        return pid

    def wait(self, pid):
        """Waits for the end of a program; gives its exit code, above 128 for a signal."""
        return int(self.ask(f"wait {pid} 2>/dev/null; echo $?"))

    def output(self, pid):
        return (self.folder / f"out.{self.started.index(pid)}").read_text(errors="replace")

    def run(self, *command):
        """Runs a program to its end; gives its output, which is shown if it ends badly."""
        pid = self.start(*command)
        code = self.wait(pid)
        if code != 0:
            fail(f"{command[0]}: exit code {code}: {self.output(pid)[-2000:]}")
        return self.output(pid)

    def kill(self, pid, number=signal.SIGTERM):
        """Sends a signal and waits for the end."""
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass
        self.wait(pid)
        self.started[self.started.index(pid)] = -pid

    def close(self):
        for pid in [pid for pid in self.started if pid > 0 and is_child(pid, self.pid)]:
            self.kill(pid, signal.SIGKILL)
        self.shell.stdin.close()
        self.shell.wait()


def is_child(pid, parent):
    try:
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]) == parent
    except OSError:
        return False


class Kyanos:
    """The exporter, with what it says of itself."""

    def __init__(self, options, java_options="", home=HOME):
        self.port = free_port()
        self.said = tempfile.TemporaryFile()
        environment = dict(os.environ, JAVA_OPTS=f"{os.environ.get('JAVA_OPTS', '')} {java_options}".strip())
        self.process = subprocess.Popen(
            [home / "kyanos", "exporter", "--listen", f"127.0.0.1:{self.port}", *options],
            stdout=self.said, stderr=subprocess.STDOUT, env=environment)
        wait_until("kyanos exporter", self.is_healthy, 120)

    def words(self):
        """What it has written to its standard output and error."""
        self.said.seek(0)
        return self.said.read().decode(errors="replace").strip()

    def is_healthy(self):
        if self.process.poll() is not None:
            fail("kyanos exporter: " + self.words())
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def scrape(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=60) as answer:
            lines = answer.read().decode().splitlines()
        matches = [re.match(r"(\w+)(?:{(.*)})? (\S+)$", line) for line in lines if not line.startswith("#")]
        return [Sample(m[1], dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', m[2] or "")), float(m[3])) for m in matches if m]

    def sums(self, *names):
        sums = dict.fromkeys(names, 0.0)
        for sample in self.scrape():
            if sample.name in sums:
                sums[sample.name] += sample.value
        return sums

    def settled(self):
        """What it has counted once nothing new comes."""
        names = ("kyanos_capture_events_total", "kyanos_capture_lost_events_total", "kyanos_requests_total")
        before = self.sums(*names)
        for _ in range(SETTLING_LOOKS):
            time.sleep(0.5)
            after = self.sums(*names)
            if after == before:
                return after
            before = after
        fail("the counts do not come to rest. Hint: other programs of the same names are at work")

    def cpu_seconds(self):
        return sum(self.cpu_times())

    def cpu_times(self):
        """Seconds in user mode and in the kernel."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) / os.sysconf("SC_CLK_TCK"), int(fields[12]) / os.sysconf("SC_CLK_TCK")

    def switches(self):
        """Context switches of its threads, of their own will or not."""
        count = 0
        for task in pathlib.Path(f"/proc/{self.process.pid}/task").iterdir():
            try:
                count += sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", (task / "status").read_text())))
            except OSError:
                continue  # it has ended
        return count

    def cost(self):
        """What it has cost and done so far; to be asked when nothing is under way."""
        did = self.settled()
        user, system = self.cpu_times()
        return Cost(user + system, user, self.sums("jvm_gc_collection_seconds_sum")["jvm_gc_collection_seconds_sum"], self.switches(),
                    did["kyanos_requests_total"], did["kyanos_capture_events_total"], did["kyanos_capture_lost_events_total"])

    def program_times(self):
        """Runs and seconds of its BPF programs, as far as the kernel takes them (timed_programs)."""
        held = {number for kind, number in self.kernel_objects() if kind == "prog"}
        shown = subprocess.run(["bpftool", "-j", "prog", "show"], capture_output=True, check=True).stdout
        ours = [program for program in json.loads(shown) if program["id"] in held]
        return sum(p.get("run_cnt", 0) for p in ours), sum(p.get("run_time_ns", 0) for p in ours) / 1e9

    def anonymous_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024

    def memory(self):
        """What is its own, and what it has mapped of the kernel's buffers, which are pages of the kernel."""
        rings, is_ring = 0, False
        for line in pathlib.Path(f"/proc/{self.process.pid}/smaps").read_text().splitlines():
            if "-" in line.split(" ", 1)[0]:
                is_ring = "bpf-map" in line or "[perf_event]" in line
            elif is_ring and line.startswith("Rss:"):
                rings += int(line.split()[1])
        return Memory(self.anonymous_mib(), rings / 1024)

    def kernel_objects(self):
        return kernel_objects_of(self.process.pid)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait()


def kernel_objects_of(pid):
    """The programs, maps and links that a process holds, as (kind, id)."""
    held = set()
    for info in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            held.update(re.findall(r"(?m)^(prog|map|link)_id:\s+(\d+)$", info.read_text()))
        except OSError:
            continue  # closed while we looked
    return {(kind, int(number)) for kind, number in held}


def spent(before, after):
    return Cost(*(now - then for then, now in zip(before, after)))


def cpu_of(pid):
    """CPU seconds of a process, to the nanosecond; those of threads that have ended are missing."""
    tasks = pathlib.Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


def build():
    """The launcher builds on first use and after changes: here, and not in the midst of what is measured."""
    if subprocess.run([HOME / "kyanos", "version"], stdout=subprocess.DEVNULL).returncode != 0:
        fail("kyanos version: does not run")


def redis_command(port):
    return ["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1", "--maxclients", "12000",
            "--protected-mode", "no"]


def nginx_config(folder, port, location='location / { return 200 "hello\\n"; }'):
    config = pathlib.Path(folder) / "nginx.conf"
    config.write_text(f"""daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{ access_log off; server {{ listen 127.0.0.1:{port} backlog=4096; {location} }} }}
""")
    return config
