#!/usr/bin/env python3
"""Runs the benchmarks in alternation and prints medians and ratios with their spread.

usage: compare.py <build folder> [--rounds N] [--min-time S] [--only REGEX] [--json FILE]

A round starts each benchmark program once, and a program runs the locks that are compared one
after the other: A B C, A B C, ...  A ratio is taken within its round, so that whatever slows the
machine for a while slows both sides.  Printed are the median and, in brackets, an interval that
holds the true median with 95 % confidence whatever the distribution (order statistics; with
fewer than six rounds simply the extremes).

What one thread does is given in its CPU time: alone on the machine that is the elapsed time, and
beside others it still means something.  What several threads do is given in operations per second
of elapsed time, which other processes falsify: their share is printed.  More threads than
processors measure the host's scheduler as well; such rows are informational.

Targets are shown as met or missed; the exit code does not depend on them.
"""
import argparse
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

PROGRAMS = ("push_lock_bench", "push_lock_core_bench", "resource_bench", "irql_bench",
            "small_locks_bench", "simulation_bench")
OURS = ("checked", "checked_with_region", "unchecked", "resource")
DISTURBED = 0.10  # of the machine's time went to others

# program, run, subject, peer (or None for the figure itself), at most or at least, limit
TARGETS = (
    ("exclusive acquire+release, x std::shared_mutex",
     "push_lock_bench", "exclusive", "checked", "std_shared_mutex", "<=", 1.0),
    ("shared acquire+release, x std::shared_mutex",
     "push_lock_bench", "shared", "checked", "std_shared_mutex", "<=", 1.25),
    ("shared acquire+release of a resource, x push lock",
     "resource_bench", "shared", "resource", "push_lock", "<=", 3.0),
    ("spin lock acquire+release, x pthread_spinlock",
     "small_locks_bench", "spin_lock", "checked", "pthread_spinlock", "<=", 2.0),
    ("fast mutex acquire+release, x std::mutex",
     "small_locks_bench", "fast_mutex", "checked", "std_mutex", "<=", 1.3),
    ("event set+reset, ns", "small_locks_bench", "event_set_reset", "checked", None, "<=", 30.0),
    ("raise+lower to DISPATCH_LEVEL, ns",
     "irql_bench", "irql_dispatch", "checked", None, "<=", 10.0),
    ("raise+lower to APC_LEVEL, ns", "irql_bench", "irql_apc", "checked", None, "<=", 5.0),
)
CHOICES_TARGET = 20.0  # million scheduling points per second


def run_program(path: Path, min_time: float, only: str) -> dict:
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [str(path), f"--benchmark_out={out.name}", "--benchmark_out_format=json",
                   f"--benchmark_min_time={min_time}"]
        if only:
            command.append(f"--benchmark_filter={only}")
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              text=True)
        if done.returncode != 0:
            sys.exit(f"{path.name} ended with {done.returncode}:\n{done.stderr}")
        text = Path(out.name).read_text()
        return json.loads(text) if text.strip() else {"context": {}, "benchmarks": []}


def figures_of(program: str, row: dict):
    """Yields (run, subject, figure) for one row: <run>/<subject>[/<threads>/<percent>]."""
    if row.get("error_occurred"):
        sys.exit(f"{program}: {row['name']}: {row['error_message']}")
    parts = row["name"].split("/")
    if parts[0] == "contended":
        run = f"contended/{parts[2]}/{parts[3]}"
        for counter in ("Mops", "least_share", "others"):
            yield run, parts[1], counter, row[counter]
    elif parts[0] == "simulation":
        for counter in ("M_choices_per_s", "M_executions_per_s", "ns_per_choice",
                        "choices_per_execution"):
            yield parts[0], "/".join(parts[1:3]), counter, row[counter]
    else:
        yield parts[0], parts[1], "ns", row["cpu_time"]


def measure(folder: Path, rounds: int, min_time: float, only: str):
    """samples[program, run, subject, counter] = one figure per round; and the contexts."""
    samples = defaultdict(list)
    contexts = []
    for number in range(rounds):
        for program in PROGRAMS:
            result = run_program(folder / program, min_time, only)
            contexts.append({"program": program, **result["context"]})
            for row in result["benchmarks"]:
                for run, subject, counter, value in figures_of(program, row):
                    samples[program, run, subject, counter].append(value)
        print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    return samples, contexts


def interval(values: list) -> tuple:
    """The tightest pair of order statistics around the median with 95 % coverage."""
    ordered = sorted(values)
    count = len(ordered)
    cut = 0
    tail = 0.0
    while cut < count // 2:
        tail += math.comb(count, cut) / 2 ** count
        if tail > 0.025:
            break
        cut += 1
    cut = max(cut - 1, 0)
    return ordered[cut], ordered[count - 1 - cut]


def summary(values: list) -> dict:
    low, high = interval(values)
    return {"median": statistics.median(values), "low": low, "high": high,
            "min": min(values), "max": max(values), "samples": values}


def spread(one: dict, digits: int = 2) -> str:
    return f"{one['median']:.{digits}f} [{one['low']:.{digits}f}..{one['high']:.{digits}f}]"


def ratios(samples: dict, program: str, run: str, ours: str, peer: str, counter: str) -> dict:
    pairs = zip(samples[program, run, ours, counter], samples[program, run, peer, counter])
    return summary([mine / other for mine, other in pairs if other])


def subjects_of(samples: dict, program: str, run: str, counter: str) -> list:
    return [key[2] for key in samples if (key[0], key[1], key[3]) == (program, run, counter)]


def runs_of(samples: dict, program: str, counter: str) -> list:
    return list(dict.fromkeys(key[1] for key in samples
                              if key[0] == program and key[3] == counter))


def print_alone(samples: dict, report: list) -> None:
    print("\nOne thread, ns (CPU time), and ours / peer: less is better")
    for program in PROGRAMS:
        for run in runs_of(samples, program, "ns"):
            print(f"\n{program}: {run}")
            subjects = subjects_of(samples, program, run, "ns")
            ours = [one for one in subjects if one in OURS]
            for subject in subjects:
                own = summary(samples[program, run, subject, "ns"])
                line = f"  {subject:22} {spread(own):24}"
                entry = {"program": program, "run": run, "subject": subject, "ns": own}
                for mine in ours if subject not in OURS else ():
                    ratio = ratios(samples, program, run, mine, subject, "ns")
                    entry[f"{mine}_ratio"] = ratio
                    line += f"  {mine} x {spread(ratio)}"
                print(line)
                report.append(entry)


def print_contended(samples: dict, report: list) -> None:
    print("\nContended, 50 ns inside and 100 ns outside: Mops/s, and ours / peer: more is better.")
    print("Least: what the slowest thread got, of a fair share.  Others: the share of the machine")
    print("that other processes took.")
    processors = os.cpu_count() or 1
    for program in PROGRAMS:
        for run in runs_of(samples, program, "Mops"):
            _, threads, percent = run.split("/")
            title = f"{program}: {threads} threads, {percent} % exclusive"
            if int(threads) > processors:
                title += f"  (informational: {threads} threads on {processors} processors)"
            print("\n" + title)
            subjects = subjects_of(samples, program, run, "Mops")
            ours = [one for one in subjects if one in OURS]
            for subject in subjects:
                own = summary(samples[program, run, subject, "Mops"])
                least = statistics.median(samples[program, run, subject, "least_share"])
                others = statistics.median(samples[program, run, subject, "others"])
                line = f"  {subject:18} {spread(own, 1):20} least {least:4.2f}"
                line += f" others {others:4.2f}{'!' if others > DISTURBED else ' '}"
                entry = {"program": program, "run": run, "subject": subject, "Mops": own,
                         "least_share": least, "others": others,
                         "oversubscribed": int(threads) > processors}
                for mine in ours if subject not in OURS else ():
                    ratio = ratios(samples, program, run, mine, subject, "Mops")
                    entry[f"{mine}_ratio"] = ratio
                    line += f"  {mine} x {spread(ratio)}"
                print(line)
                report.append(entry)


def print_simulation(samples: dict, report: list) -> None:
    print("\nSimulation (CPU time).  Choices: scheduling points where the strategy was asked.\n")
    print(f"  {'program/strategy':28} {'M choices/s':22} {'ns/choice':20} "
          f"{'M executions/s':26} choices/execution")
    program = "simulation_bench"
    for subject in subjects_of(samples, program, "simulation", "M_choices_per_s"):
        entry = {"program": program, "run": "simulation", "subject": subject}
        for counter in ("M_choices_per_s", "ns_per_choice", "M_executions_per_s",
                        "choices_per_execution"):
            entry[counter] = summary(samples[program, "simulation", subject, counter])
        print(f"  {subject:28} {spread(entry['M_choices_per_s'], 1):22} "
              f"{spread(entry['ns_per_choice'], 1):20} "
              f"{spread(entry['M_executions_per_s'], 4):26} "
              f"{entry['choices_per_execution']['median']:.1f}")
        report.append(entry)


def target_rows(samples: dict):
    for name, program, run, subject, peer, sense, limit in TARGETS:
        if not samples.get((program, run, subject, "ns")):
            continue
        if peer is None:
            yield name, summary(samples[program, run, subject, "ns"]), sense, limit
        elif samples.get((program, run, peer, "ns")):
            yield name, ratios(samples, program, run, subject, peer, "ns"), sense, limit
    for subject in subjects_of(samples, "simulation_bench", "simulation", "M_choices_per_s"):
        figure = summary(samples["simulation_bench", "simulation", subject, "M_choices_per_s"])
        yield f"million scheduling points/s, {subject}", figure, ">=", CHOICES_TARGET


def print_targets(samples: dict, report: list) -> None:
    print("\nTargets")
    for name, figure, sense, limit in target_rows(samples):
        median = figure["median"]
        met = median <= limit if sense == "<=" else median >= limit
        inside = figure["low"] <= limit <= figure["high"]
        verdict = ("met" if met else "MISSED") + (", within the spread" if inside else "")
        print(f"  {name:56} {sense} {limit:<5g} measured {spread(figure)}: {verdict}")
        report.append({"target": name, "sense": sense, "limit": limit, "figure": figure,
                       "met": met})


def processor_model() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
        return found[1] if found else platform.processor()
    except OSError:
        return platform.processor()


def print_machine(contexts: list) -> dict:
    loads = [one["load_avg"][0] for one in contexts if one.get("load_avg")]
    machine = {"processor": processor_model(), "processors": os.cpu_count(),
               "system": platform.platform(), "load_at_start": loads[0] if loads else None,
               "load_most": max(loads, default=None)}
    print(f"{machine['processor']}, {machine['processors']} processors, {machine['system']}")
    print(f"load average at the start {machine['load_at_start']}, at most {machine['load_most']} "
          "(the benchmarks' own threads included)")
    turns = [int(one["turns_inside"]) for one in contexts if "turns_inside" in one]
    if turns:
        # Calibrated by each process: a wide range means that the processors' speed varied, and
        # that only ratios can be compared.
        machine["turns_inside"] = [min(turns), max(turns)]
        print(f"turns of the busy loop that took 50 ns: {min(turns)} to {max(turns)}")
    return machine


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("build", type=Path, help="a build folder made with --buildtype=release")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--min-time", type=float, default=0.1, help="seconds per benchmark")
    parser.add_argument("--only", default="", metavar="REGEX")
    parser.add_argument("--json", type=Path, metavar="FILE")
    given = parser.parse_args()
    folder = given.build / "bench" if (given.build / "bench").is_dir() else given.build
    absent = [name for name in PROGRAMS if not (folder / name).is_file()]
    if absent:
        sys.exit(f"not in {folder}: {', '.join(absent)}")
    samples, contexts = measure(folder, given.rounds, given.min_time, given.only)
    machine = print_machine(contexts)
    print(f"{given.rounds} alternating rounds; median [95 % interval of the median]")
    rows, targets = [], []
    print_alone(samples, rows)
    if any(key[3] == "Mops" for key in samples):
        print_contended(samples, rows)
    if any(key[1] == "simulation" for key in samples):
        print_simulation(samples, rows)
    print_targets(samples, targets)
    if given.json:
        given.json.write_text(json.dumps({"machine": machine, "rounds": given.rounds,
                                          "contexts": contexts, "figures": rows,
                                          "targets": targets}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
