"""What the demo prints of a sync: the tap's summary, and what it changed in the database."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

WIDTH = 120
BOOKMARK_WIDTH = 60

Tables = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


class Row(NamedTuple):
    """A stream in the tap's summary table."""

    stream: str
    rows: str
    requests: str
    retries: str
    seconds: str
    waited: str
    bookmark: str
    outcome: str


def summary(log: str) -> list[Row]:
    """The rows of the table at the end of the tap's log."""
    lines = [line.removeprefix("INFO ") for line in log.splitlines()]
    head = next(number for number, line in enumerate(lines) if line.split() == list(Row._fields))
    cells = [re.split(" {2,}", line, maxsplit=len(Row._fields) - 1) for line in lines[head + 1 :]]
    return [Row(*row) for row in cells if len(row) == len(Row._fields)]


def print_summary(rows: Sequence[Row]) -> None:
    """The first sync: every stream."""
    table = [
        (row.stream, row.rows, row.requests, row.seconds, reached(row.bookmark)) for row in rows
    ]
    print_table(("stream", "rows", "requests", "seconds", "bookmark"), table)


def print_changes(rows: Sequence[Row], before: Tables, after: Tables) -> None:
    """The second sync: the streams of which something is new or other than it was."""
    table, unchanged, again = [], 0, 0
    for row in rows:
        old, now = before.get(row.stream, {}), after.get(row.stream, {})
        new = len(now.keys() - old.keys())
        changed = sum(1 for key, record in now.items() if key in old and record != old[key])
        if new or changed:
            table.append(
                (
                    row.stream,
                    str(new),
                    str(changed),
                    row.rows,
                    row.requests,
                    row.seconds,
                    moved(row.bookmark),
                )
            )
        else:
            unchanged, again = unchanged + 1, again + int(row.rows)
    print_table(("stream", "new", "changed", "rows", "requests", "seconds", "bookmark"), table)
    print(f"The other {unchanged} streams are as they were ({again} rows read again).")


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns of text; numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in [head, *rows]:
        cells = [
            cell.rjust(width) if 0 < column < len(head) - 1 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def reached(bookmark: str) -> str:
    """Where "from -> to" ends."""
    return _shortened(bookmark.rpartition(" -> ")[2].split(","))


def moved(bookmark: str) -> str:
    """Where "from -> to" ends, without the keys whose values stayed."""
    before, _, after = bookmark.rpartition(" -> ")
    changed = [part for part in after.split(",") if part not in before.split(",")]
    return _shortened(changed) or reached(bookmark)


def _shortened(parts: Sequence[str]) -> str:
    return textwrap.shorten(" ".join(parts), BOOKMARK_WIDTH, placeholder=" ...")


def wrapped(parts: Iterator[str]) -> str:
    """``parts`` with commas, in lines that fit."""
    lines = [""]
    for part in parts:
        if len(lines[-1]) + len(part) > WIDTH:
            lines.append("")
        lines[-1] += f", {part}" if lines[-1] else part
    return "\n".join(f"    {line}" for line in lines)
