#!/usr/bin/env python3
"""Sums up a run of `meson test`: what failed, which routines were called, how many cases passed.

usage: test_summary.py <build folder> [<folder of routine counts>]

Reads meson-logs/testlog.json.  A doctest program counts as its test cases, any other test as one.
The counts that each process left (<pid>.csv: routine,calls,violating_calls) are added up into
<build folder>/routine_calls.csv.  The last line is "N passed, N failed"; exits 1 if any failed.
"""
import csv
import json
import re
import sys
from collections import Counter
from pathlib import Path

CASES = re.compile(r"^\[doctest\] test cases: +\d+ \| +(\d+) passed \| +(\d+) failed", re.MULTILINE)
PASSED = {"OK", "EXPECTEDFAIL"}
SHOWN_LINES = 60


def count_one(test: dict) -> tuple:
    if test["result"] == "SKIP":
        return 0, 0
    good = test["result"] in PASSED
    cases = CASES.findall(test.get("stdout") or "")
    if not cases:
        return (1, 0) if good else (0, 1)
    # A test may print what a child process printed: its own summary comes last.
    passed, failed = map(int, cases[-1])
    return passed, failed if good or failed > 0 else 1


def count(tests: list) -> tuple:
    each = [count_one(test) for test in tests]
    return sum(passed for passed, _ in each), sum(failed for _, failed in each)


def print_failures(tests: list) -> None:
    for test in tests:
        if test["result"] not in PASSED | {"SKIP"}:
            print(f"\n--- {test['name']}: {test['result']}")
            for stream in ("stdout", "stderr"):
                for line in (test.get(stream) or "").splitlines()[-SHOWN_LINES:]:
                    print(f"    {line}")


def merge_routine_calls(folder: Path, into: Path) -> int:
    calls, violating = Counter(), Counter()
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="") as rows:
            for row in csv.DictReader(rows):
                calls[row["routine"]] += int(row["calls"])
                violating[row["routine"]] += int(row["violating_calls"])
    with into.open("w") as out:
        print("routine,calls,violating_calls", file=out)
        for routine in sorted(calls):
            print(f"{routine},{calls[routine]},{violating[routine]}", file=out)
    return len(calls)


def main() -> int:
    if len(sys.argv) not in (2, 3):
        print(__doc__)
        return 2
    build = Path(sys.argv[1])
    with (build / "meson-logs" / "testlog.json").open() as log:
        tests = [json.loads(line) for line in log]
    print_failures(tests)
    if len(sys.argv) == 3:
        routines = merge_routine_calls(Path(sys.argv[2]), build / "routine_calls.csv")
        print(f"\n{routines} routines called: {build}/routine_calls.csv")
    passed, failed = count(tests)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed > 0 or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
