"""Adds up a run of the tests: summary.py STEPS.tsv NEXTEST_FOLDER OUTPUT_FOLDER

Prints what was skipped and why, the seconds of each step, the slowest tests, and at last `N passed, N failed, N skipped`; ends with 1
when something failed. A test whose part is absent prints `SKIPPED: why` and returns: it is counted as skipped, not as passed. A step
that fails without a failed test (it did not compile) is one failure.
"""
import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

SLOWEST = 20
steps_file, nextest, output = (Path(argument) for argument in sys.argv[1:4])
passed = failed = skipped = 0
whys, slow, steps, broken = Counter(), [], [], []


def skips(text):
    return re.findall(r"^SKIPPED: *(.*)$", text or "", re.MULTILINE)


def nextest_report(profile):
    report = nextest / profile / "junit.xml"
    counts = Counter()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            said = "\n".join(part.text or "" for name in ("system-out", "system-err") for part in case.iter(name))
            name = f"{suite.get('name')} {case.get('name')}"
            slow.append((float(case.get("time", 0)), name))
            reasons = skips(said)
            if case.find("failure") is not None or case.find("error") is not None:
                counts["failed"] += 1
                broken.append(name)
            elif reasons:
                counts["skipped"] += 1
                whys.update(set(reasons))
            else:
                counts["passed"] += 1
    return counts


def vitest_report():
    report = json.loads((output / "vitest.json").read_text())
    for file in report["testResults"]:
        slow.append(((file["endTime"] - file["startTime"]) / 1000, "window unit tests " + Path(file["name"]).name))
    return Counter(passed=report["numPassedTests"], failed=report["numFailedTests"],
                   skipped=report["numPendingTests"] + report["numTodoTests"])


def cargo_report(log):
    counts = Counter()
    for line in re.findall(r"^test result: .*$", log, re.MULTILINE):
        for number, word in re.findall(r"(\d+) (passed|failed|ignored)", line):
            counts["skipped" if word == "ignored" else word] += int(number)
    return counts


for line in steps_file.read_text().splitlines():
    kind, name, seconds, status, log_file = line.split("\t")
    steps.append((name, float(seconds), status == "0"))
    if kind == "set-up":
        continue
    log = Path(log_file).read_text(errors="replace")
    try:
        if kind.startswith("nextest:"):
            counts = nextest_report(kind.split(":")[1])
        elif kind == "vitest":
            counts = vitest_report()
        elif kind == "cargo":
            counts = cargo_report(log)
        else:
            reasons = skips(log)
            whys.update(reasons)
            counts = Counter(passed=int(status == "0"), skipped=len(reasons))
    except (OSError, ElementTree.ParseError, ValueError, KeyError) as error:
        print(f"{name}: its report cannot be read: {error}")
        counts, status = Counter(), "1"
    if status != "0" and not counts["failed"]:
        counts["failed"] = 1
        broken.append(f"step {name}")
    passed, failed, skipped = passed + counts["passed"], failed + counts["failed"], skipped + counts["skipped"]

for why, times in sorted(whys.items()):
    print(f"SKIPPED: {why}" + (f" ({times} times)" if times > 1 else ""))
print("\n  seconds  step")
for name, seconds, _ in steps:
    print(f"{seconds:9.1f}  {name}")
print(f"\n  seconds  the {SLOWEST} slowest tests")
for seconds, name in sorted(slow, reverse=True)[:SLOWEST]:
    print(f"{seconds:9.1f}  {name}")
print()
for name in broken:
    print(f"failed: {name}")
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(failed > 0 or passed == 0)
