#!/usr/bin/env python3
"""Adds up the XML reports of Surefire, Failsafe and the guests under qemu and the lines of verify; the last line is the sum.

Before it come what failed or was skipped and why, and the ten slowest: test classes and scripts, with their seconds.

usage: summarize.py RESULTS ROOT
Exit code 1 when anything failed, when no test ran, or when a test was skipped without a reason.
"""

import pathlib
import sys
import xml.etree.ElementTree

ABORTED = "org.opentest4j.TestAbortedException: "  # JUnit's exception for a failed assumption
REASON_LINES = 4
REASON_CHARS = 400
SLOWEST = 10
GUESTS = "qemu-reports"


def read_report(path, times):
    """Outcome, name and reason of each test case in a report; adds the seconds of the class to times."""
    suite = xml.etree.ElementTree.parse(path).getroot()
    # the suffix of the file's name tells the runs of a class apart
    run = path.stem.removeprefix("TEST-")
    times[run] = float(suite.get("time") or 0)
    # a guest's report is of all its classes, and its name that of the kernel and the transport
    where = f" on {run}" if path.parent.name == GUESTS else ""
    counted = 0
    for case in suite.iter("testcase"):
        counted += 1
        name = f"{case.get('classname')}.{case.get('name')}{where}"
        broken = case.find("failure") if case.find("failure") is not None else case.find("error")
        skipped = case.find("skipped")
        if broken is not None:
            yield "failed", name, summary(broken.get("message") or broken.text)
        elif skipped is not None:
            reason = summary(skipped.get("message") or skipped.text)
            if reason:
                yield "skipped", name, reason
            else:
                yield "failed", name, "skipped without a reason"
        else:
            yield "passed", name, ""
    if counted < int(suite.get("tests") or 0):
        yield "failed", str(path), f"{counted} test cases (expected: {suite.get('tests')})"


def summary(text):
    """The first lines of a message, on one line of bounded length."""
    text = (text or "").strip().removeprefix(ABORTED).removeprefix("Assumption failed: ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("\tat ")]
    return " / ".join(lines[:REASON_LINES])[:REASON_CHARS]


def read_reports(root, times):
    for folder in ("surefire-reports", "failsafe-reports", GUESTS):
        for path in sorted(root.glob(f"**/target/{folder}/TEST-*.xml")):
            try:
                yield from read_report(path, times)
            except xml.etree.ElementTree.ParseError as error:
                yield "failed", str(path), f"unreadable report: {error}"


def main(results, root):
    times = {}
    outcomes = list(read_reports(pathlib.Path(root), times))
    if not any(outcome == "passed" for outcome, _, _ in outcomes):
        outcomes.append(("failed", "tests", "none passed"))
    for line in pathlib.Path(results).read_text(encoding="utf-8").splitlines():
        outcome, name, reason, seconds = line.split("\t", 3)
        outcomes.append((outcome, name, reason))
        if seconds:
            times[name] = float(seconds)
    for kind in ("skipped", "failed"):
        for outcome, name, reason in outcomes:
            if outcome == kind:
                print(f"{kind}: {name}: {reason}" if reason else f"{kind}: {name}")
    for name, seconds in sorted(times.items(), key=lambda item: -item[1])[:SLOWEST]:
        print(f"slowest: {seconds:.0f} s {name}")
    count = {kind: sum(outcome == kind for outcome, _, _ in outcomes) for kind in ("passed", "failed", "skipped")}
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
