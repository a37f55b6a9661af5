"""Mutation testing: ``python -m tests.mutants [TEXT ...]`` reports what no test notices.

Each mutation is applied to a copy of the checkout, one after the other, and its tests run there.
With TEXT only the mutations run whose file contains one of the texts. ``--workers`` says how many
run at once (one for each core). A mutation that makes its tests hang counts as killed. On a busy
machine tests may take as long without a reason, so repeat what timed out alone.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.harness import ROOT
from tests.mutants.mutants import Mutant, listed

PATIENCE = 300
"""Seconds after which a mutation counts as killed: it makes the tests hang."""
TIMED_OUT = "timed out"
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not process")
NOT_COPIED = shutil.ignore_patterns(".*", "*cache*", "*.db*", "*.egg-info", "build", "dist", "site")


class Copies:
    """Copies of the checkout, one for each worker."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        for number in range(workers):
            self._free.put(shutil.copytree(ROOT, folder / str(number), ignore=NOT_COPIED))

    def fate(self, mutant: Mutant) -> str:
        """Returns what becomes of a mutation: killed, timed out, unchanged or SURVIVED."""
        copy = self._free.get()
        path = copy / mutant.file
        original = path.read_text("utf-8")
        try:
            path.write_text(mutant.applied(original), "utf-8")
            said = failures(copy, mutant.tests)
        finally:
            path.write_text(original, "utf-8")
            self._free.put(copy)
        if said:
            return TIMED_OUT if said == TIMED_OUT else "killed"
        return "unchanged" if mutant.unchanged else "SURVIVED"

    def failures_unchanged(self, tests: Iterable[str]) -> str:
        """Returns what the tests say if they fail without any mutation, else nothing."""
        copy = self._free.get()
        try:
            return failures(copy, tests)
        finally:
            self._free.put(copy)


def failures(copy: Path, tests: Iterable[str]) -> str:
    """Returns what the tests say if they fail in this copy of the checkout, else nothing."""
    # Bytecode is told apart by time and size, which a mutation may leave as they were.
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *PYTEST, *tests]
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return TIMED_OUT
    return "" if done.returncode == 0 else done.stdout.decode() + done.stderr.decode()


def _is_wanted(file: str, texts: list[str]) -> bool:
    return any(text in file for text in texts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="part of the changed file's path")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, metavar="NUMBER")
    return parser.parse_args()


def main() -> int:
    """Prints each mutation with what became of it. Returns 1 if one survived without a reason."""
    arguments = _arguments()
    wanted, workers = arguments.texts, arguments.workers
    mutants = [mutant for mutant in listed() if not wanted or _is_wanted(mutant.file, wanted)]
    fates: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = Copies(Path(folder), workers)
        for tests in sorted({mutant.tests for mutant in mutants}):
            said = copies.failures_unchanged(tests)
            if said:
                print(f"{said}\nThese tests fail without any mutation: {' '.join(tests)}")
                return 1
        with ThreadPoolExecutor(workers) as pool:
            for mutant, fate in zip(mutants, pool.map(copies.fate, mutants), strict=True):
                print(f"{fate:9} {mutant}", flush=True)
                fates[fate] += 1
    print(
        f"{len(mutants)} mutations: {fates['killed']} killed, {fates[TIMED_OUT]} timed out, "
        f"{fates['unchanged']} change nothing, {fates['SURVIVED']} survived"
    )
    return 1 if fates["SURVIVED"] else 0


if __name__ == "__main__":
    sys.exit(main())
