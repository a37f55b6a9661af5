"""``python -m tests.fuzz``: tries many cases and reports those in which a tap does wrong."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

from tests.fuzz.cases import Result, case, tried
from tests.fuzz.files import file_case, file_problems
from tests.fuzz.mutations import MUTATIONS
from tests.fuzz.subjects import NAMES

FILES_EVERY = 4
"""Of so many cases, one spoils a file instead of the replies."""


def main() -> int:
    """Runs the cases; returns 1 if one of them found something."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="number of the first case")
    parser.add_argument("--cases", type=int, default=1_000, help="how many cases to try")
    parser.add_argument("--seconds", type=float, default=1_800, help="when to stop")
    parser.add_argument("--tap", choices=NAMES, help="only this tap")
    parser.add_argument("--mutation", choices=sorted(MUTATIONS), help="only this way to spoil")
    parser.add_argument("--log", action="store_true", help="show what the tap logged")
    options = parser.parse_args()
    ends = time.monotonic() + options.seconds
    codes: Counter[str] = Counter()
    bad = 0
    for seed in range(options.seed, options.seed + options.cases):
        if time.monotonic() > ends:
            print(f"stopped after {options.seconds:g} s, before case {seed}")
            break
        if seed % FILES_EVERY == 0 and options.mutation is None:
            bad += _try_file(seed, options.tap)
            codes["files"] += 1
            continue
        result = tried(case(seed, options.tap, options.mutation))
        codes[f"exit {result.code}" if result.struck else "not struck"] += 1
        if result.problems:
            bad += 1
            _report(result)
        if options.log:
            print(result.log)
    print(f"{sum(codes.values())} cases: {bad} with problems; {_counts(codes)}")
    return 1 if bad else 0


def _try_file(seed: int, tap: str | None) -> int:
    """Tries a spoilt file; returns 1 if that found something."""
    case = file_case(seed, tap)
    problems = file_problems(case)
    for problem in problems:
        print(f"case {case}\n  {problem}", flush=True)
    return 1 if problems else 0


def _report(result: Result) -> None:
    print(f"case {result.case}\n  exit {result.code}")
    for problem in result.problems:
        print(f"  {problem}")
    sys.stdout.flush()


def _counts(codes: Counter[str]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in sorted(codes.items()))


if __name__ == "__main__":
    sys.exit(main())
