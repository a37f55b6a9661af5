"""The list of mutations: small changes of the code that at least one test must notice."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

LISTS = sorted(Path(__file__).parent.glob("*.toml"))
"""One list for each package: its default ``tests``, and a [[mutant]] for each mutation."""


class StaleMutantError(Exception):
    """The code of a mutation is not where the list says, or stands there several times."""


@dataclass(frozen=True)
class Mutant:
    """One mutation: in ``file`` the text ``old`` becomes ``new``, and ``tests`` must notice.

    ``unchanged`` is the reason why a mutation that no test notices changes nothing.
    """

    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    unchanged: str = ""

    def applied(self, source: str) -> str:
        """Returns the mutated source. Raises StaleMutantError unless ``old`` stands there once."""
        found = source.count(self.old)
        if found != 1:
            raise StaleMutantError(f"{self}: the text stands there {found} times")
        return source.replace(self.old, self.new)

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"{self.file}: {old!r} -> {new!r}"


def listed() -> list[Mutant]:
    """Returns the mutations of all lists."""
    mutants = []
    for path in LISTS:
        content = tomllib.loads(path.read_text("utf-8"))
        for entry in content["mutant"]:
            tests = entry.pop("tests", content["tests"])
            mutants.append(Mutant(tests=tuple(tests), **entry))
    return mutants
