"""Lines that are fitted to a terminal: how far a run is, and tables whose last column is text."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tap_common.words import counted, number, rough_duration

GAP = 2
SHORTEST_BAR, LONGEST_BAR = 8, 30
LONGEST_NAME = 24
LEAST_TEXT = 20
"""Columns that the text of a table needs at least to be wrapped."""
BAR = "bar"
COLUMNS = ("stream", BAR, "share", "left", "rows", "rate", "requests")
"""The columns in their order."""
LEAST_IMPORTANT = ("requests", BAR, "rate", "left", "share")
"""The columns that a narrow terminal has no room for, in the order in which they go."""
TO_THE_RIGHT = frozenset({"share", "left", "rows", "rate", "requests"})


@dataclass(frozen=True)
class Line:
    """How far one stream is. ``share`` is 0 to 1, ``rate`` rows a second, ``left`` seconds."""

    stream: str
    share: float | None
    left: float | None
    rows: int
    rate: float
    requests: int

    def cells(self) -> dict[str, str]:
        """The line's texts by column, all but the bar; "" for what is not known."""
        name = self.stream
        return {
            "stream": name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}...",
            "share": "" if self.share is None else f"{self.share:.0%}",
            "left": "" if self.left is None else f"{rough_duration(self.left)} left",
            "rows": counted(self.rows, "row"),
            "rate": f"{number(round(self.rate))}/s",
            "requests": counted(self.requests, "request"),
        }

    def __str__(self) -> str:
        """The line for a log while the stream is read."""
        return self._joined("share", "left", "rows", "rate", "requests")

    def at_end(self) -> str:
        """The line for a log once the stream has ended."""
        return self._joined("rows", "requests")

    def _joined(self, *columns: str) -> str:
        cells = self.cells()
        return f"{self.stream}: {', '.join(filter(None, map(cells.__getitem__, columns)))}"


class Layout(NamedTuple):
    """What fits a terminal: the columns with their widths, and the texts of each line."""

    widths: dict[str, int]
    cells: list[dict[str, str]]


def layout(lines: Sequence[Line], width: int) -> Layout:
    """Chooses the columns that fit ``width`` and have something to show."""
    cells = [line.cells() for line in lines]
    widths = {column: _width(column, cells) for column in COLUMNS}
    if not widths["share"]:
        del widths[BAR]
    widths = {column: wide for column, wide in widths.items() if wide}
    for column in LEAST_IMPORTANT:
        if _total(widths) <= width:
            break
        widths.pop(column, None)
    if BAR in widths:
        widths[BAR] = min(LONGEST_BAR, SHORTEST_BAR + width - _total(widths))
    return Layout(widths, cells)


def _width(column: str, cells: Sequence[dict[str, str]]) -> int:
    return SHORTEST_BAR if column == BAR else max(len(texts[column]) for texts in cells)


def _total(widths: dict[str, int]) -> int:
    return sum(widths.values()) + GAP * (len(widths) - 1)


def columns() -> int | None:
    """The width of the terminal to which stdout goes, or None if it goes elsewhere."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or None
    except OSError:
        return None


def hanging(lead: str, text: str, width: int | None) -> str:
    """``lead`` and ``text`` behind it, in lines of at most ``width``.

    The later lines begin below ``text``. Without a width, or if it leaves little room for ``text``,
    all stays one line.
    """
    if width is None or width - len(lead) < LEAST_TEXT:
        return f"{lead}{text}"
    return textwrap.fill(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_long_words=False,
        break_on_hyphens=False,
    )


def fitting(parts: Sequence[str], width: int) -> str:
    """As many of ``parts`` as fit one line, with commas."""
    shown = ""
    for part in parts:
        longer = f"{shown}, {part}" if shown else part
        if len(longer) > width:
            break
        shown = longer
    return shown
