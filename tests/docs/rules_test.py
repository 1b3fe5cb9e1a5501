#!/usr/bin/env python3
"""The pages of the rules: one for each rule, no other, each with its sections.

A report ends with `docs/rules/<rule>.md`; whoever follows it must find the page, and on it the
title that the report printed.  usage: rules_test.py [root of the repository]
"""

import pathlib
import re
import sys

SECTIONS = ["What happened", "On Windows", "How to mend it", "What stays silent", "Pages"]
SHORTEST, LONGEST = 15, 35  # lines: a page is read by somebody tired
PAGES_AT = "https://learn.microsoft.com/windows-hardware/drivers/"


def rules_of(definition):
    """Name to text, in the order of rules.def; adjacent string literals are one text."""
    rows = re.findall(r'^EMU_RULE\(\s*(\w+)\s*,((?:\s*"(?:[^"\\]|\\.)*")+)\s*\)', definition, re.M)
    rules = {name: "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text)) for name, text in rows}
    return rules, len(re.findall(r"^EMU_RULE\(", definition, re.M))


def outside_code(text):
    """The lines that are no code, with their numbers; and whether every code block ends."""
    lines, in_code = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            in_code = not in_code
        elif not in_code:
            lines.append((number, line))
    return lines, not in_code


def faults_of_page(name, text, page):
    lines, code_ends = outside_code(page)
    if not code_ends:
        yield "a code block does not end"
    title = page.split("\n", 1)[0]
    if title != f"# {name}: {text}":
        yield f"title is {title!r}, not {f'# {name}: {text}'!r}"
    headings = [line for _, line in lines if line.startswith("#")][1:]
    if headings != [f"## {section}" for section in SECTIONS]:
        yield f"sections are {headings}"
    for number, line in lines:
        following = page.splitlines()[number:number + 1]
        if line.startswith("## ") and (not following or not following[0].strip()):
            yield f"section {line[3:]!r} is empty"
    count = len(page.splitlines())
    if not SHORTEST <= count <= LONGEST:
        yield f"{count} lines, not {SHORTEST} to {LONGEST}"
    for link in re.findall(r"<?\bhttps?://[^\s>]*>?", page):
        if not re.fullmatch(rf"<{re.escape(PAGES_AT)}[\w./-]+>", link):
            yield f"odd link {link}"


def faults_of_references(page, rules):
    """Words in backticks that look like rules, and are none."""
    for word in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", page):
        if word not in rules:
            yield f"mentions {word}, which is no rule"


def faults_of_index(rules, index):
    rows = re.findall(r"^\| \[(\w+)\]\((\S+)\) \| (.*?) \|", index, re.M)
    if [row[0] for row in rows] != list(rules):
        missing = set(rules) - {row[0] for row in rows}
        other = {row[0] for row in rows} - set(rules)
        yield f"rows are not the rules in their order (missing {missing}, not rules {other})"
    for name, target, text in rows:
        if target != f"{name}.md":
            yield f"{name} links to {target}"
        if name in rules and text != rules[name]:
            yield f"{name} is described as {text!r}"


def all_faults(root):
    rules, written = rules_of((root / "include/emu/rules.def").read_text())
    if len(rules) != written or not rules:
        yield "include/emu/rules.def", f"{written} rows, {len(rules)} understood"
    folder = root / "docs/rules"
    pages = {path.stem: path for path in folder.glob("*.md") if path.name != "README.md"}
    for name in sorted(pages.keys() - rules.keys()):
        yield f"docs/rules/{name}.md", "belongs to no rule"
    for name, text in rules.items():
        if name not in pages:
            yield f"docs/rules/{name}.md", "is missing"
            continue
        page = pages[name].read_text()
        for fault in faults_of_page(name, text, page):
            yield f"docs/rules/{name}.md", fault
        for fault in faults_of_references(page, rules):
            yield f"docs/rules/{name}.md", fault
    index = folder / "README.md"
    if not index.exists():
        yield "docs/rules/README.md", "is missing"
        return
    for fault in faults_of_index(rules, index.read_text()):
        yield "docs/rules/README.md", fault


def main():
    here = pathlib.Path(__file__).resolve().parents[2]
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here
    faults = list(all_faults(root))
    for place, fault in faults:
        print(f"{place}: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
