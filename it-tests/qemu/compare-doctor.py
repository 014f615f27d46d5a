#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare-doctor.py SAID TRANSPORT: whether what doctor said in a guest is what then happened there.

SAID is the guest's output, TRANSPORT what was asked for: auto, ring or perf.
"""

import json
import re
import sys

MARK = re.compile(r"^@@ (.*)$")


def sections(text):
    """The lines under each mark, by the mark."""
    found, current = {}, None
    for line in text.splitlines():
        mark = MARK.match(line)
        if mark:
            current = found.setdefault(mark.group(1), [])
        elif current is not None:
            current.append(line)
    return found


def loaded(lines, form):
    """What bpfload could attach of the objects in use: program to whether it could."""
    programs, current = {}, None
    for line in lines:
        if line.startswith("/objects/"):
            current = line[len("/objects/") : -len(".bpf.o")]
        words = line.split()
        if current in ("process", form) and len(words) >= 3 and line.startswith("  "):
            programs[words[0]] = words[-1] == "ok"
    return programs


def main(path, asked):
    said = sections(open(path, encoding="utf-8", errors="replace").read())
    failures = []

    def expect(what, condition):
        print(("ok      " if condition else "FAILED  ") + what)
        if not condition:
            failures.append(what)

    release = next(mark for mark in said if mark.startswith("kernel ")).split()[1]
    major, minor = (int(number) for number in re.match(r"(\d+)\.(\d+)", release).groups())
    form = "socket" if (major, minor) >= (6, 2) else "socket-plain"
    oracle = loaded(said["kernel " + release], form)
    doctor = json.loads("\n".join(said["doctor"]))
    facts = {check["name"]: check["facts"] for check in doctor["checks"]}
    status = next(int(mark.split()[1]) for mark in said if mark.startswith("exit "))
    after = "\n".join(said["exit %d" % status])

    expect(f"the kernel is {release}", facts["kernel"]["release"] == release)
    expect("doctor's exit status is the one it writes", status == doctor["exit_code"])
    expect("bpfload knows programs to compare", len(oracle) >= len(doctor["hooks"]) - 2)
    expect(f"the transport is that of {asked}", asked in ("auto", doctor["transport"]))
    for hook in doctor["hooks"]:
        taken = hook["outcome"] == "taken"
        text = f"{hook['step']}: doctor says {hook['outcome']}"
        # of an alternative to one that was taken, doctor does not know whether it could be
        if hook["outcome"] != "not_needed":
            expect(text + ", as bpfload finds", oracle.get(hook["program"], taken) == taken)
        line = f'kyanos_hook_attached{{step="{hook["step"]}",hook="{hook["hook"]}",}} '
        if status != 1:
            expect(text + ", as the exporter tells", line + ("1.0" if taken else "0.0") in after)
    expect("the exporter starts if and only if doctor says so", ("exporter: healthy" in after) == (status != 1))
    expect("init is seen", doctor["processes"][0]["status"] == "ok")

    without = json.loads("\n".join(said["doctor-without-types"]))
    status = next(int(mark.split()[1]) for mark in said if mark.startswith("exit-without-types "))
    after = "\n".join(said["exit-without-types %d" % status])
    checks = {check["name"]: check for check in without["checks"]}
    expect("without type information doctor says 1", status == 1 == without["exit_code"])
    expect("and names it", checks["btf"]["status"] == "failed")
    expect("and the exporter ends with 1", "exporter: ended with 1" in after)
    expect("and points to doctor", "kyanos doctor" in after)
    print(f"{release}: " + ("all as doctor said" if not failures else f"{len(failures)} not as doctor said"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
