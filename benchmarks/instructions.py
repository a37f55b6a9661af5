"""Instructions of each tap beside a bare loop: ``python -m benchmarks.instructions [CASE ...]``.

With ``--write`` the table goes into docs/benchmarks.md. valgrind counts the instructions, so that
other work on the machine changes nothing. What a run of a few rows takes is its start and end; what
more rows take beside that is divided by them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import blocks
from benchmarks.processes import UNUSUAL, table
from benchmarks.speed import CASES, prepared

PARTS = {
    "orjson": {"loads": "parse", "dumps": "write"},
    "_core": {"JSONDecoder_decode": "parse", "convert": "check", "JSONEncoder_encode": "write"},
}
"""What functions of orjson and msgspec do, by the names of their libraries."""
ALL = "all"
DEFAULT = ("freshdesk-tickets", "desk-cases", "support-tickets", "chat-chats", "support")
FEW = 10
"""Rows of an account that costs little more than the start."""
_LINE = re.compile(r"\s*([\d,]+) .*:(\w+) \[.*/(\w+)\.[^/]*\.so\]")


def counted(command: Sequence[str], folder: Path) -> Counter[str]:
    """The instructions of ``command``: ALL of them, and those of each part."""
    found = folder / "callgrind"
    grind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={found}", sys.executable]
    usual = {name: value for name, value in os.environ.items() if name not in UNUSUAL}
    subprocess.run(
        [*grind, *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        env=usual,
    )
    shown = ["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(found)]
    text = subprocess.run(shown, capture_output=True, check=True, text=True).stdout
    return parts_of(text.splitlines())


def parts_of(lines: Sequence[str]) -> Counter[str]:
    """What the lines of callgrind_annotate say of ALL instructions, and of each part."""
    [total] = [line for line in lines if "PROGRAM TOTALS" in line]
    parts = Counter({ALL: _number(total.split()[0])})
    for match in filter(None, map(_LINE.match, lines)):
        part = PARTS.get(match[3], {}).get(match[2])
        if part is not None:
            parts[part] += _number(match[1])
    return parts


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def measure(name: str, rows: int, folder: Path) -> list[Sequence[object]]:
    """The lines of one case: tap and bare loop."""
    costs: dict[int, Mapping[str, Counter[str]]] = {}
    for size in (FEW, rows):
        with prepared(name, size, folder) as pair:
            costs[size] = {
                "tap": counted(pair.tap, folder),
                "loop": counted(pair.bare[1:], folder),
            }
    lines: list[Sequence[object]] = []
    for program, few in costs[FEW].items():
        more = Counter(costs[rows][program])
        more.subtract(few)
        known = [more[part] for part in ("parse", "check", "write")]
        each = [f"{part / (rows - FEW) / 1e3:.0f}" for part in (*known, more[ALL] - sum(known))]
        lines.append((name, program, f"{few[ALL] / 1e6:.0f}", *each))
    return lines


def main() -> None:
    """Measures the chosen cases."""
    parser = ArgumentParser("benchmarks.instructions", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--rows", type=int, default=2_000, help="tickets, chats or cases")
    parser.add_argument("--write", action="store_true", help="write it into docs/benchmarks.md")
    options = parser.parse_args()
    if unknown := set(options.cases) - CASES.keys():
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    lines: list[Sequence[object]] = []
    with tempfile.TemporaryDirectory() as name:
        for case in options.cases or DEFAULT:
            lines += measure(case, options.rows, Path(name))
    head = ("case", "program", "start and end, millions", "a row, thousands: parse")
    text = table((*head, "check", "write", "everything else"), lines)
    if options.write:
        blocks.write(blocks.BENCHMARKS, "instructions", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
