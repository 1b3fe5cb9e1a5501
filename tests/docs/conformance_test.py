#!/usr/bin/env python3
"""docs/conformance.md and tests/conformance/cases.def tell of the same cases at the same targets.

usage: conformance_test.py [root of the repository]
"""

import pathlib
import re
import sys


def cases_of(definition):
    """Name to target and paragraph."""
    rows = re.findall(r'^CONFORMANCE(?:_STOPS)?\((\w+), (0x[0-9A-F]{4}), "([^:"]+): [^"]+"',
                      definition, re.M)
    cases = {name: (f"{int(target, 16) >> 8}.{int(target, 16) & 255}", paragraph)
             for name, target, paragraph in rows}
    return cases, len(re.findall(r"^CONFORMANCE", definition, re.M))


def faults_of_row(row, cases):
    paragraph, case, target = row
    if case not in cases:
        yield f"{case} is no case"
        return
    if target != cases[case][0]:
        yield f"{case} runs at {cases[case][0]}, not {target}"
    if paragraph != cases[case][1]:
        yield f"{case} belongs to {cases[case][1]}, not {paragraph}"


def all_faults(root):
    cases, written = cases_of((root / "tests/conformance/cases.def").read_text())
    if len(cases) != written or not cases:
        yield f"{written} cases, {len(cases)} understood"
    lines = [line for line in (root / "docs/conformance.md").read_text().splitlines()
             if line.startswith("| ") and not line.startswith("| statement")]
    last = {}
    named = set()
    for line in lines:
        parts = re.fullmatch(r"\| (.+) (\d+) \| [^|]+ \| `(\w+)` \| (\d+\.\d+) \|", line)
        if parts is None:
            yield f"odd row {line!r}"
            continue
        paragraph, number, case, target = parts.groups()
        if int(number) != last.get(paragraph, 0) + 1:
            yield f"{paragraph} {number} follows {paragraph} {last.get(paragraph, 0)}"
        last[paragraph] = int(number)
        named.add(case)
        yield from faults_of_row((paragraph, case, target), cases)
    for case in cases.keys() - named:
        yield f"{case} stands in no row"


def main():
    here = pathlib.Path(__file__).resolve().parents[2]
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    faults = sorted(all_faults(root))
    for fault in faults:
        print(f"docs/conformance.md: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
