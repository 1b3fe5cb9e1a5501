#!/usr/bin/env python3
"""Holds the sources to their limits: lines, columns, function lengths, names, whitespace.

usage: check_style.py [<root of the source tree>]

Prints one line per offence and exits 1 if there is any.  The limits and the files exempt
from one stand in the tables below; layout is clang-format's business.
"""
import re
import sys
from pathlib import Path

MAX_COLUMNS = 100
MAX_FILE_LINES = 400
MAX_TEST_LINES = 500
MAX_FUNCTION_LINES = 60

FOLDERS = (".ci", "bench", "docs", "emu", "examples", "include", "tests", "tools")
TOP_FILES = ("README.md", "dev", "meson.build", "meson.options", "meson_options.txt")
CODE = {".c", ".cpp", ".h", ".hpp", ".def", ".inc", ".in"}
SCRIPTS = {".py", ".sh", ".build", ""}
PROSE = {".md", ".txt"}

GENERATED = {
    "include/wdm/nt/status_codes.h": "tools/make_status_codes.py writes it",
    "tests/headers/abi_x64.inc": "tools/make_header_asserts.py writes it",
    "tests/headers/constants.inc": "tools/make_header_asserts.py writes it",
}
LONG_FILES = {
    "include/wdm/nt/sal.h": "one empty macro per annotation",
}
WIDE_FILES = {
    "emu/base/contracts/": "one row per routine",
    "emu/verify/advice.def": "one row per rule",
    "emu/verify/bug_checks.def": "one row per bug check",
    "tests/conformance/cases.def": "one row per statement",
    "include/emu/rules.def": "one row per rule",
}

BAD_NAME = re.compile(r"manager|helper|util(s|ity|ities)?([_.-]|$)", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.$})-])/(home|root|work|Users)/\w|\b[A-Z]:\\Users\\", re.I)

# Comments, literals and preprocessor lines carry braces that open no block.
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^(\n]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:\\\n|[^\n])*",
    re.DOTALL | re.MULTILINE,
)
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")


def blanked(text: str) -> str:
    """The text with everything that is not code replaced by spaces, its line breaks kept."""
    return NOT_CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def functions(text: str):
    """Yields (first line, length) of each function: the outermost blocks that are no scope."""
    code = blanked(text)
    blocks = []  # True for each open scope, and the function's first line for each function
    head = 0
    for at, sign in enumerate(code):
        if sign == "{":
            before = code[head:at]
            in_scope = all(block is True for block in blocks)
            is_function = in_scope and "(" in before and not re.search(r"=\s*$", before)
            if in_scope and not is_function and SCOPE.search(before):
                blocks.append(True)
            elif is_function:
                # Macro calls without a semicolon may stand before the head, but not next to it.
                own = re.split(r"\n[ \t]*\n", before)[-1].lstrip()
                blocks.append(code.count("\n", 0, at - len(own)) + 1)
            else:
                blocks.append(False)
        elif sign == "}" and blocks:
            block = blocks.pop()
            if block is not True and block is not False:
                yield block, code.count("\n", 0, at) + 2 - block
        if sign in "{};":
            head = at + 1


def check_function_lengths(text: str):
    for first, length in functions(text):
        if length > MAX_FUNCTION_LINES:
            yield first, f"a function of {length} lines; the limit is {MAX_FUNCTION_LINES}"


def check_lines(lines: list, wide: bool):
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS and not wide:
            yield number, f"{len(line)} columns; the limit is {MAX_COLUMNS}"
        if line != line.rstrip():
            yield number, "space at the end of the line"
        if "\t" in line:
            yield number, "a tab"
        if MACHINE_PATH.search(line):
            yield number, "a path of somebody's machine"


def check_length(name: str, lines: list):
    limit = MAX_TEST_LINES if name.startswith("tests/") else MAX_FILE_LINES
    if len(lines) > limit and name not in LONG_FILES:
        yield len(lines), f"{len(lines)} lines; the limit is {limit}"


def is_wide(name: str) -> bool:
    return any(name == each or each.endswith("/") and name.startswith(each) for each in WIDE_FILES)


def check_file(root: Path, path: Path):
    name = path.relative_to(root).as_posix()
    if BAD_NAME.search(path.name):
        yield name, 1, "name it after what it does"
    text = path.read_text()
    lines = text.splitlines()
    code = path.suffix in CODE
    for number, what in check_lines(lines, wide=is_wide(name) or path.suffix in PROSE):
        yield name, number, what
    if code:
        for number, what in (*check_length(name, lines), *check_function_lengths(text)):
            yield name, number, what


def files(root: Path):
    wanted = CODE | SCRIPTS | PROSE
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            named = path.suffix in wanted and not path.name.startswith(".")
            if named and path.is_file() and "__pycache__" not in path.parts:
                if path.relative_to(root).as_posix() not in GENERATED:
                    yield path
    for name in TOP_FILES:
        if (root / name).is_file():
            yield root / name


def offences(root: Path) -> list:
    return [f"{name}:{number}: {what}" for path in files(root)
            for name, number, what in check_file(root, path)]


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    checked = len(list(files(root)))
    if checked == 0:
        print(f"{root} has no sources to check")
        return 2
    found = offences(root)
    print("\n".join(found) if found else f"style: {checked} files within the limits")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
