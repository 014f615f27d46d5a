"""Runs a command on a terminal of its own, or on a pipe, and reads what it writes in the way that it is told to.

Usage: pty.py terminal|pipe COLUMNS COMMAND [ARGUMENT]...

On standard input it is told, a line each: `read` (from then on copy what comes to the file `screen`), `resize COLUMNS`,
`end` (send SIGTERM). Reads nothing before. Standard error of the command is its own. Ends with the command's exit code.
"""
import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
import threading


def resize(terminal, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


def copy(out):
    with open("screen", "wb", buffering=0) as screen:
        while True:
            try:
                part = os.read(out, 65536)
            except OSError:  # what a terminal gives once nobody has it open any more
                return
            if not part:
                return
            screen.write(part)


def controls(terminal):
    """In the command, before it starts: the terminal is what controls it, so that it hears of resizes."""
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)


def main():
    kind, columns, *command = sys.argv[1:]
    if kind == "terminal":
        ours, theirs = pty.openpty()
        resize(ours, int(columns))
        process = subprocess.Popen(command, stdin=theirs, stdout=theirs, preexec_fn=lambda: controls(theirs))
    else:
        ours, theirs = os.pipe()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs)
    os.close(theirs)
    print("started", flush=True)
    threading.Thread(target=told, args=(ours, process), daemon=True).start()
    sys.exit(process.wait())


def told(ours, process):
    for line in sys.stdin:
        word, *rest = line.split()
        if word == "read":
            threading.Thread(target=copy, args=(ours,), daemon=True).start()
        elif word == "resize":
            resize(ours, int(rest[0]))
        elif word == "end":
            process.send_signal(signal.SIGTERM)


if __name__ == "__main__":
    main()
