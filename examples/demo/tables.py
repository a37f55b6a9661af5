"""What the demo prints of a sync: the tap's summary, and what it changed in the database."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

WIDTH = 80
"""Of a terminal. The tap's sentence and lines to paste may be longer."""

BOOKMARK_WIDTH = 24
LEVELS = ("INFO ", "WARNING ", "CRITICAL ")
"""How the tap's lines begin. The loader's are others, in the same log."""

Tables = dict[str, dict[tuple[Any, ...], dict[str, Any]]]


Report = dict[str, Any]
"""What the tap did with one stream, as its report has it."""


def essence(log: str) -> list[str]:
    """What the tap logged of waits, and its table and last sentence if it came so far."""
    lines = [line for line in log.splitlines() if line.startswith(LEVELS)]
    waits = [line for line in lines if line.startswith("INFO waiting until ")]
    heads = [number for number, line in enumerate(lines) if line.startswith("INFO stream ")]
    return [*waits, *(lines[heads[0] :] if heads else [])]


def print_changes(streams: Sequence[Report], before: Tables, after: Tables) -> None:
    """The second sync: the streams of which something is new or other than it was."""
    table, unchanged, again = [], 0, 0
    for each in streams:
        name = each["stream"]
        old, now = before.get(name, {}), after.get(name, {})
        new = len(now.keys() - old.keys())
        changed = sum(1 for key, record in now.items() if key in old and record != old[key])
        if new or changed:
            figures = (new, changed, each["rows"], each["requests"])
            table.append((name, *(f"{figure:,}" for figure in figures), moved(each)))
        else:
            unchanged, again = unchanged + 1, again + each["rows"]
    print_table(("stream", "new", "changed", "rows", "requests", "bookmark"), table)
    print(f"The other {unchanged} streams are as they were ({again:,} rows read again).")


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns of text; numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in [head, *rows]:
        cells = [
            cell.rjust(width) if 0 < column < len(head) - 1 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  ".join(cells).rstrip())


def moved(report: Report) -> str:
    """Where the bookmark is now, without the keys whose values stayed."""
    before, after = _parts(report["bookmark_before"]), _parts(report["bookmark_after"])
    return _shortened([part for part in after if part not in before] or after)


def _parts(bookmark: Mapping[str, Any] | None) -> list[str]:
    """The positions in a bookmark: a value, or several with their names."""
    shown = {
        key: str(value)
        for key, value in (bookmark or {}).items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    }
    values = list(dict.fromkeys(shown.values()))
    return values if len(values) < 2 else [f"{key}={value}" for key, value in shown.items()]


def _shortened(parts: Sequence[str]) -> str:
    text = " ".join(parts)
    return text if len(text) <= BOOKMARK_WIDTH else f"{text[: BOOKMARK_WIDTH - 3]}..."


def shell(command: str) -> str:
    """``command`` behind a prompt, in lines that fit a terminal and can be pasted."""
    lines = textwrap.wrap(
        f"$ {command}",
        WIDTH - len(" \\"),
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return " \\\n".join(lines)


def wrapped(parts: Iterator[str]) -> str:
    """``parts`` with commas, in lines that fit."""
    lines = [""]
    for part in parts:
        if len(lines[-1]) + len(part) > WIDTH - 8:
            lines.append("")
        lines[-1] += f", {part}" if lines[-1] else part
    return ",\n".join(f"    {line}" for line in lines)
