"""What a person sees of a run: a live line on a terminal, log lines elsewhere, and a table."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TextIO

from tap_common import protocol
from tap_common.http import Api
from tap_common.outcome import Ending, Outcome
from tap_common.stream import Bookmark

LOGGER = logging.getLogger("tap")
SECONDS_BETWEEN_LINES = 60.0
SECONDS_BETWEEN_REDRAWS = 0.5
HEAD = ("stream", "rows", "requests", "retries", "seconds", "waited", "bookmark", "outcome")
NUMBERS = range(1, 6)
"""The columns of the table that hold numbers."""


@dataclass
class _Line:
    """What is shown of one stream."""

    stream: str
    began: float
    before: Bookmark
    after: Bookmark
    outcome: Outcome = field(default_factory=lambda: Outcome(Ending.UNFINISHED))
    seconds: float = 0.0
    measured_rows: int = 0


class Progress:
    """Shows how far the run is."""

    def __init__(self, api: Api, terminal: TextIO | None = None) -> None:
        self._api, self._clock, self._stats = api, api.clock, api.stats
        self._terminal = terminal or sys.stderr
        self._live = self._terminal.isatty()
        self._drawn = False
        self._last_line = self._last_redraw = self._clock.monotonic()
        self._shown_wait = 0.0
        self._lines: dict[str, _Line] = {}
        self._current: Sequence[_Line] = ()

    def begin(self, bookmarks: Mapping[str, Bookmark]) -> None:
        """A reader starts; ``bookmarks`` maps its selected streams to their bookmarks."""
        now = self._clock.monotonic()
        begun = {name: _Line(name, now, bookmark, bookmark) for name, bookmark in bookmarks.items()}
        self._lines.update(begun)
        self._current = list(begun.values())

    def rows(self, stream: str, count: int) -> None:
        """``count`` more rows of ``stream`` are written."""
        self._stats.add(stream, rows=count)

    def tick(self) -> None:
        """Called often: redraws the live line, or once a minute logs a plain one."""
        now = self._clock.monotonic()
        self._show_wait(now)
        if self._live and now - self._last_redraw >= SECONDS_BETWEEN_REDRAWS:
            self._last_redraw = now
            self._draw(now)
        if now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = now
            for line in self._current:
                if not self._live:
                    LOGGER.info("%s", self._text(line, now))
                self._measure_rows(line)

    def end(self, outcomes: Mapping[str, Outcome], bookmarks: Mapping[str, Bookmark]) -> None:
        """The reader's streams ended with ``outcomes``, and these are their bookmarks now."""
        self._clear()
        now = self._clock.monotonic()
        for line in self._current:
            outcome = line.outcome = outcomes[line.stream]
            line.after = bookmarks[line.stream]
            line.seconds = now - line.began
            level = logging.INFO if outcome.ending is Ending.DONE else logging.WARNING
            LOGGER.log(level, "%s: %s", self._text(line, now), outcome)
            self._measure_rows(line)
            if not self._live:
                succeeded = outcome.ending is Ending.DONE
                protocol.log_job_duration(LOGGER, line.stream, line.seconds, succeeded=succeeded)
        self._current = ()

    def summary(self) -> None:
        """Shows the table at the end of a run."""
        self._clear()
        table = [HEAD, *map(self._cells, self._lines.values())]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for row in table:
            cells = [
                cell.rjust(width) if column in NUMBERS else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            LOGGER.info("%s", "  ".join(cells).rstrip())

    def _cells(self, line: _Line) -> tuple[str, ...]:
        figures = self._stats.of(line.stream)
        return (
            line.stream,
            str(figures.rows),
            str(figures.requests),
            str(figures.retries),
            f"{line.seconds:.1f}",
            f"{figures.waited:.1f}",
            _movement(line.before, line.after),
            str(line.outcome),
        )

    def _show_wait(self, now: float) -> None:
        """Logs once that requests wait for the rate limit."""
        wait = self._api.quota.waiting()
        if wait is None or wait.until <= self._shown_wait:
            return
        self._shown_wait = wait.until
        self._clear()
        until = _clock_in(wait.until - now, self._clock.now())
        LOGGER.info("waiting until %s for the vendor's rate limit (%s)", until, wait.bucket)

    def _text(self, line: _Line, now: float) -> str:
        figures = self._stats.of(line.stream)
        rate = figures.rows / max(now - line.began, 0.001)
        left = self._api.quota.left()
        quota = "" if left is None else f", quota left {left}"
        return (
            f"{line.stream}: {figures.rows} rows, {rate:.0f} rows/s, "
            f"{figures.requests} requests{quota}"
        )

    def _draw(self, now: float) -> None:
        lines = " | ".join(self._text(line, now) for line in self._current)
        wait = self._api.quota.waiting()
        if wait is not None and wait.until > now:
            until = _clock_in(wait.until - now, self._clock.now())
            lines += f" | waiting until {until} for the quota"
        self._terminal.write(f"\r\x1b[K{lines}")
        self._terminal.flush()
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            self._terminal.write("\r\x1b[K")
            self._terminal.flush()
            self._drawn = False

    def _measure_rows(self, line: _Line) -> None:
        """Logs a metric for a machine to read; a person at a terminal has the live line."""
        rows = self._stats.of(line.stream).rows
        if not self._live:
            protocol.log_record_count(LOGGER, line.stream, rows - line.measured_rows)
        line.measured_rows = rows


def _movement(before: Bookmark, after: Bookmark) -> str:
    """From where to where a bookmark moved, or "-" if there is none."""
    begin, end = _values(before) or "-", _values(after) or "-"
    return end if begin == end else f"{begin} -> {end}"


def _values(bookmark: Bookmark) -> str:
    """How far a bookmark says its stream is read: a value, or several with their names."""
    shown = {key: str(value)[:40] for key, value in bookmark.items() if _is_position(value)}
    if len(set(shown.values())) == 1:
        return next(iter(shown.values()))
    return ",".join(f"{key}={value}" for key, value in shown.items())


def _is_position(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _clock_in(seconds: float, now: datetime) -> str:
    """The local time in so many seconds from ``now``, with the date if that is another day."""
    here = now.astimezone()
    then = here + timedelta(seconds=seconds)
    is_today = then.date() == here.date()
    return then.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M:%S")
