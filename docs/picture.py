#!/usr/bin/env python3
"""Draws docs/watch.svg, the picture of the README: what `kyanos watch` prints on a terminal of the recorded shop.

usage: docs/picture.py [--check]

Runs ./kyanos in a pseudo-terminal and turns its lines, with their colours, into SVG. --check draws nothing: exit code 1
when the picture in the repository is another. Needs no privileges.
"""

import fcntl
import html
import os
import pathlib
import pty
import re
import struct
import subprocess
import sys
import termios

ROOT = pathlib.Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "watch.svg"
COMMAND = ["./kyanos", "watch", "--input", "examples/shop.kyanos", "--side", "server",
           "--where", "outcome != ok or latency > 500us"]
COLUMNS = 120
LINES = 20
CHARACTER_WIDTH, LINE_HEIGHT, MARGIN = 8.43, 19, 14
COLOURS = {31: "#ff7b72", 32: "#7ee787", 33: "#f2cc60", 34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea", 90: "#8b949e"}
SGR = re.compile(r"\x1b\[([0-9;]*)m")


def screen():
    """The first lines that the command prints on a terminal of COLUMNS."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    environment.update(TERM="xterm-256color", TZ="UTC", KYANOS_NO_INSTALL="1")
    with subprocess.Popen(COMMAND, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=follower) as command:
        os.close(follower)
        printed = bytearray()
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # how a pseudo-terminal ends
                break
            if not piece:
                break
            if printed.count(b"\n") <= LINES:
                printed += piece
        os.close(leader)
    if command.returncode != 0:
        sys.exit(f"{' '.join(COMMAND)}: exit code {command.returncode}")
    lines = printed.decode().replace("\r\n", "\n").split("\n")[:LINES]
    if len(lines) < LINES:
        sys.exit(f"{' '.join(COMMAND)}: {len(lines)} lines (expected: {LINES})")
    return lines


def spans(line):
    """The line's pieces of one look: (style, text)."""
    style, at = {}, 0
    for code in SGR.finditer(line):
        if code.start() > at:
            yield dict(style), line[at:code.start()]
        at = code.end()
        for number in (int(part or 0) for part in code.group(1).split(";")):
            if number == 0:
                style = {}
            elif number == 1:
                style["font-weight"] = "bold"
            elif number == 2:
                style["fill"] = COLOURS[90]
            elif number in COLOURS:
                style["fill"] = COLOURS[number]
            elif number in (22, 39):
                style.pop("font-weight" if number == 22 else "fill", None)
            else:
                sys.exit(f"no colour for SGR {number}")
    if at < len(line):
        yield style, line[at:]


def row(number, content):
    return (f'<text x="{MARGIN}" y="{MARGIN + (number + 1) * LINE_HEIGHT - 5}" '
            f'xml:space="preserve">{content}</text>')


def draw(lines):
    width = round(2 * MARGIN + COLUMNS * CHARACTER_WIDTH)
    height = 2 * MARGIN + (len(lines) + 1) * LINE_HEIGHT
    shown = " ".join(f"'{word}'" if " " in word else word for word in COMMAND)
    rows = [row(0, f'<tspan fill="{COLOURS[90]}">$ </tspan>{html.escape(shown, quote=False)}')]
    for number, line in enumerate(lines, start=1):
        pieces = []
        for style, text in spans(line):
            attributes = "".join(f' {name}="{value}"' for name, value in style.items())
            text = html.escape(text, quote=False)
            pieces.append(f"<tspan{attributes}>{text}</tspan>" if attributes else text)
        rows.append(row(number, "".join(pieces)))
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>',
        '<g fill="#e6edf3" font-size="14" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, '
        '\'DejaVu Sans Mono\', monospace">',
        *rows,
        "</g>",
        "</svg>",
        "",
    ])


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    picture = draw(screen())
    if not arguments:
        PICTURE.write_text(picture, encoding="utf-8")
    elif not PICTURE.exists() or PICTURE.read_text(encoding="utf-8") != picture:
        sys.exit("docs/watch.svg is not what ./kyanos watch prints. Hint: docs/picture.py draws it anew, look at it before you commit it")
    else:
        print("docs/watch.svg shows what ./kyanos watch prints")


if __name__ == "__main__":
    main(sys.argv[1:])
