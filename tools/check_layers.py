#!/usr/bin/env python3
"""Holds every #include to the direction of the arrows in docs/architecture.md.

usage: check_layers.py [<root of the source tree>]

Prints one line per offence and exits 1 if there is any.  To change a rule, change a table below.
"""
import re
import sys
from pathlib import Path

LOW = {"base", "host"}
KERNEL = LOW | {"trace", "sched", "machine"}
ALL = KERNEL | {"dispatcher", "locks", "verify", "nt", "explore", "test"}

# A room under emu/ and the rooms it may include; itself and the public headers are always allowed.
MAY_INCLUDE = {
    "base": set(),
    "host": {"base"},
    "trace": LOW,
    "sched": LOW | {"trace"},
    "machine": LOW | {"trace", "sched"},
    "dispatcher": KERNEL,
    "locks": KERNEL,
    "verify": LOW | {"trace"},
    "nt": KERNEL | {"dispatcher", "locks", "verify"},
    "explore": {"base", "sched", "trace", "verify"},
    "test": ALL,
}

# A room and the rooms of which it sees one header only.
MAY_VIEW = {"verify": {"machine", "dispatcher", "locks"}}
VIEW = "view.hpp"

# Single includes that break the table, each with its reason.
EXCEPTIONS = {}

# What belongs to one operating system, and may therefore stand in emu/host alone.
PLATFORM = re.compile(
    r"^(sys/.*|linux/.*|windows\.h|unistd\.h|pthread\.h|sched\.h|dlfcn\.h|fcntl\.h|signal\.h"
    r"|ucontext\.h|execinfo\.h|link\.h|poll\.h|semaphore\.h|spawn\.h)$"
)
PLATFORM_EXCEPTIONS = {
    ("emu/base/call_counts.cpp", "unistd.h"): "getpid names the process's file",
    ("emu/machine/stop.cpp", "unistd.h"): "_exit ends a process without its static destructors",
}

# The NT headers enter the library through one file.
NT_UMBRELLA = re.compile(r"^(wdm|ntddk|ntifs|ntdef|ntstatus|ntstrsafe|fltkernel)\.h$", re.I)
NT_GATE = "emu/base/nt.hpp"
# The calling conventions of the NT surface mark its definitions: they stand in emu/nt.
NT_DEFINITION = re.compile(r"^[^/\n]*\b(NTAPI|FASTCALL|FLTAPI)\s+\w+\s*\(", re.MULTILINE)

# include/wdm is included inside extern "C": of the standard headers these alone bear that.
WDM_STANDARD = {"stdarg.h", "stddef.h"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]')
SOURCES = {".c", ".cpp", ".h", ".hpp", ".def", ".inc"}


def sources(folder: Path):
    return sorted(path for path in folder.rglob("*") if path.suffix in SOURCES)


def includes(path: Path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found[1] == "<", found[2]


def room_of(header: str) -> str:
    """"emu/<room>/file" is a room's; "emu/file" is public and belongs to none."""
    parts = header.split("/")
    return parts[1] if parts[0] == "emu" and len(parts) > 2 else ""


def refused_room(room: str, header: str) -> str:
    target = room_of(header)
    if target in ("", room) or target in MAY_INCLUDE[room]:
        return ""
    if target in MAY_VIEW.get(room, ()):
        return "" if header.split("/")[-1] == VIEW else f"{room} sees only {target}'s {VIEW}"
    return f"{room} may not include {target}"


def refused_in_emu(name: str, header: str) -> str:
    room = room_of(name)
    if (name, header) in EXCEPTIONS:
        return ""
    if PLATFORM.match(header):
        allowed = room == "host" or (name, header) in PLATFORM_EXCEPTIONS
        return "" if allowed else "platform headers belong to emu/host"
    if NT_UMBRELLA.match(header):
        return "" if name == NT_GATE else f"include {NT_GATE} instead"
    return refused_room(room, header)


def refused_in_public(_name: str, header: str) -> str:
    if room_of(header):
        return "a public header may not include a room's"
    return "platform headers belong to emu/host" if PLATFORM.match(header) else ""


def refused_in_wdm(header: str, angled: bool) -> str:
    if angled:
        return "" if header in WDM_STANDARD else "include/wdm uses no other standard header"
    return "include/wdm knows nothing of emu/" if header.startswith("emu/") else ""


def check_includes(root: Path):
    for path in sources(root / "emu"):
        name = path.relative_to(root).as_posix()
        if room_of(name) not in MAY_INCLUDE:
            yield f"{name}: no such room in the table of tools/check_layers.py"
            continue
        for number, _, header in includes(path):
            why = refused_in_emu(name, header)
            if why:
                yield f"{name}:{number}: {header}: {why}"
    # Examples are users: they see what users see.
    for folder in ("include/emu", "examples"):
        for path in sources(root / folder):
            name = path.relative_to(root).as_posix()
            for number, _, header in includes(path):
                why = refused_in_public(name, header)
                if why:
                    yield f"{name}:{number}: {header}: {why}"
    for path in sources(root / "include/wdm"):
        for number, angled, header in includes(path):
            why = refused_in_wdm(header, angled)
            if why:
                yield f"{path.relative_to(root).as_posix()}:{number}: {header}: {why}"


def check_nt_definitions(root: Path):
    for path in sources(root / "emu"):
        name = path.relative_to(root).as_posix()
        if room_of(name) == "nt":
            continue
        text = path.read_text()
        for found in NT_DEFINITION.finditer(text):
            number = text.count("\n", 0, found.start()) + 1
            yield f"{name}:{number}: NT routines are defined in emu/nt"


def unused_exceptions(root: Path):
    for name, header in (*EXCEPTIONS, *PLATFORM_EXCEPTIONS):
        path = root / name
        if path.exists() and header not in [each for _, _, each in includes(path)]:
            yield f"{name}: its exception for {header} is no longer needed"


def offences(root: Path) -> list:
    return [*check_includes(root), *check_nt_definitions(root), *unused_exceptions(root)]


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    if not (root / "emu").is_dir():
        print(f"{root} has no emu/ to check")
        return 2
    found = offences(root)
    good = f"layers: {len(sources(root / 'emu'))} files, all arrows down"
    print("\n".join(found) if found else good)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
