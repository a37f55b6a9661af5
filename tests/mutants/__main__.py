"""Mutation testing: ``python -m tests.mutants [TEXT ...]`` reports what no test notices.

Each mutation is applied to a copy of the checkout, one after the other, and its tests run there.
With TEXT only the mutations run whose file contains one of the texts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tests.harness import ROOT
from tests.mutants.mutants import Mutant, listed, source_of

PATIENCE = 300
"""Seconds after which a mutation counts as noticed: it makes the tests hang."""
WORKERS = os.cpu_count() or 1
PYTEST = ("-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not process")
NOT_COPIED = shutil.ignore_patterns(".*", "*cache*", "demo", "*.egg-info", "build", "dist")
NO_TEST_FOUND = 5


class Copies:
    """Copies of the checkout, one for each worker."""

    def __init__(self, folder: Path) -> None:
        self._free: SimpleQueue[Path] = SimpleQueue()
        for number in range(WORKERS):
            self._free.put(shutil.copytree(ROOT, folder / str(number), ignore=NOT_COPIED))

    def noticed(self, mutant: Mutant) -> bool:
        """Returns whether the mutation's tests fail in a copy that has it."""
        copy = self._free.get()
        original = source_of(mutant)
        path = copy / mutant.file
        try:
            path.write_text(mutant.applied(original), "utf-8")
            return not passes(copy, mutant.tests)
        finally:
            path.write_text(original, "utf-8")
            self._free.put(copy)

    def pass_unchanged(self, tests: Iterable[str]) -> bool:
        """Returns whether the tests pass without any mutation."""
        copy = self._free.get()
        try:
            return passes(copy, tests)
        finally:
            self._free.put(copy)


def passes(copy: Path, tests: Iterable[str]) -> bool:
    """Returns whether the tests pass in this copy of the checkout."""
    # Bytecode is told apart by time and size, which a mutation may leave as they were.
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *PYTEST, *tests]
    try:
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    if done.returncode == NO_TEST_FOUND:
        raise SystemExit(f"no test found: {' '.join(tests)}")
    return done.returncode == 0


def main() -> int:
    """Prints each mutation with what became of it. Returns 1 if one survived without a reason."""
    wanted = sys.argv[1:]
    mutants = [
        mutant for mutant in listed() if not wanted or any(text in mutant.file for text in wanted)
    ]
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = Copies(Path(folder))
        for tests in sorted({mutant.tests for mutant in mutants}):
            if not copies.pass_unchanged(tests):
                print(f"these tests fail without any mutation: {' '.join(tests)}")
                return 1
        with ThreadPoolExecutor(WORKERS) as pool:
            for mutant, noticed in zip(mutants, pool.map(copies.noticed, mutants), strict=True):
                word = "killed" if noticed else "unchanged" if mutant.unchanged else "SURVIVED"
                print(f"{word:9} {mutant}", flush=True)
                survivors += [] if noticed else [mutant]
    unexplained = [mutant for mutant in survivors if not mutant.unchanged]
    print(
        f"{len(mutants)} mutations: {len(mutants) - len(survivors)} killed, "
        f"{len(survivors) - len(unexplained)} change nothing, {len(unexplained)} survived"
    )
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
