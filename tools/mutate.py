#!/usr/bin/env python3
"""Plants one mistake in a copy of a source file, so that a test can show that it is caught.

usage: mutate.py list <table>                a line per mutant: name, what catches it, the family
                                             of locks, the outputs
       mutate.py make <table> <name> <root> <folder>
                                             writes the mutated copies into <folder>

A table is a TOML file of [[mutant]] entries:

  name       unique; the copies and the test are called by it
  file       the file to change, from the root of the source tree
  family     whose search must catch it, unless the file is called by it
  text       what stands there exactly once
  with       what stands there instead
  caught_by  the rule or failure that must tell it; "nothing" for a known hole
  why        for a known hole: why it is one
  sources    the sources to compile, if `file` is a header: they include the changed copy

The production code knows nothing of its mutants.  A text that is not found exactly once is an
error, so that a table cannot go stale unnoticed.
"""
import sys
import tomllib
from pathlib import Path


def mutants(table: str) -> list:
    return tomllib.loads(Path(table).read_text())["mutant"]


def output_of(mutant: dict, file: str) -> str:
    return f"{mutant['name']}__{file.replace('/', '_')}"


def family_of(mutant: dict) -> str:
    return mutant.get("family", Path(mutant["file"]).stem)


def sources_of(mutant: dict) -> list:
    return mutant.get("sources", [mutant["file"]])


def outputs_of(mutant: dict) -> list:
    files = sources_of(mutant)
    if mutant["file"] not in files:
        files = [*files, mutant["file"]]
    return [output_of(mutant, each) for each in files]


def replaced_once(text: str, old: str, new: str, what: str) -> str:
    count = text.count(old)
    if count != 1:
        sys.exit(f"mutate.py: {what}: the text stands there {count} times, not once:\n{old}")
    return text.replace(old, new)


def changed_copy(mutant: dict, root: Path) -> str:
    if mutant["text"] == mutant["with"]:
        sys.exit(f"mutate.py: {mutant['name']} changes nothing")
    text = (root / mutant["file"]).read_text()
    return replaced_once(text, mutant["text"], mutant["with"], mutant["name"])


def make(mutant: dict, root: Path, folder: Path) -> None:
    changed = mutant["file"]
    (folder / output_of(mutant, changed)).write_text(changed_copy(mutant, root))
    for source in sources_of(mutant):
        if source != changed:
            text = replaced_once(
                (root / source).read_text(), f'#include "{changed}"',
                f'#include "{output_of(mutant, changed)}"', f"{mutant['name']}, {source}")
            (folder / output_of(mutant, source)).write_text(text)


def main(arguments: list) -> int:
    if len(arguments) == 2 and arguments[0] == "list":
        for each in mutants(arguments[1]):
            print(each["name"], each["caught_by"], family_of(each), *outputs_of(each))
        return 0
    if len(arguments) == 5 and arguments[0] == "make":
        wanted = [each for each in mutants(arguments[1]) if each["name"] == arguments[2]]
        if len(wanted) != 1:
            sys.exit(f"mutate.py: {len(wanted)} mutants are called {arguments[2]}")
        make(wanted[0], Path(arguments[3]), Path(arguments[4]))
        return 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
