#!/usr/bin/env python3
"""Prints the table of structured exception handling: construct by compiler, language and level.

usage: seh_table.py <name>=<build folder> ...    as in: seh_table.py gcc=build clang=build-clang

Runs the table tests of each build.  "ok" passes natively and in simulation; anything else is the
line that failed.  -O2 is with WDM_EMU_SEH_UNOPTIMIZED; without it __try is refused at compile
time, which the last row checks by running tests/seh/refused_test.sh through meson.
"""
import re
import subprocess
import sys
from pathlib import Path

LEVELS = ["0", "2"]


def rows_of(build: Path, level: str):
    """Construct to its verdicts (C, C++), as the test prints them."""
    run = subprocess.run([build / f"tests/seh/seh_table_O{level}"], capture_output=True, text=True)
    rows = {}
    for line in run.stdout.splitlines()[1:-1]:
        found = re.match(r"(.{36}) (.{10}) (.*)$", line)
        rows[found[1].strip()] = (found[2].strip(), found[3].strip())
    if not rows or run.returncode not in (0, 1):
        sys.exit(f"{build}: seh_table_O{level} did not finish\n{run.stdout}{run.stderr}")
    return rows


def refuses(build: Path) -> str:
    run = subprocess.run(["meson", "test", "-C", build, "--no-rebuild", "seh_refused"],
                         capture_output=True, text=True)
    return "refused" if run.returncode == 0 else "NOT refused"


def main() -> int:
    builds = dict(argument.split("=", 1) for argument in sys.argv[1:])
    if not builds:
        sys.exit(__doc__)
    columns, cells = [], {}
    for name, folder in builds.items():
        for level in LEVELS:
            rows = rows_of(Path(folder), level)
            for index, language in enumerate(("C", "C++")):
                columns.append(f"{name} {language} -O{level}")
                for construct, verdicts in rows.items():
                    cells.setdefault(construct, {})[columns[-1]] = verdicts[index]
    print("| construct | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    bad = 0
    for construct, row in cells.items():
        texts = [row.get(column, "missing") for column in columns]
        bad += sum(text not in ("ok", "sanitizer") for text in texts)
        print(f"| {construct} | " + " | ".join(texts) + " |")
    plain = {name: refuses(Path(folder)) for name, folder in builds.items()}
    bad += sum(text != "refused" for text in plain.values())
    texts = [plain[column.split()[0]] if column.endswith("2") else "ok" for column in columns]
    print("| optimised without WDM_EMU_SEH_UNOPTIMIZED | " + " | ".join(texts) + " |")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
