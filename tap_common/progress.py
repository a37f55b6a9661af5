"""How far a run is: live lines on a terminal, a log line a minute elsewhere, metrics."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from tap_common import log, protocol, words
from tap_common.display import Line
from tap_common.outcome import Ending, Outcome
from tap_common.pace import Pace
from tap_common.report import RunReport, StreamReport
from tap_common.stream import Bookmark

if TYPE_CHECKING:
    from tap_common.http import Api
    from tap_common.live import LiveLines

LOGGER = logging.getLogger("tap")
SECONDS_BETWEEN_LINES = 60.0
SECONDS_BETWEEN_LOOKS = 0.25
WITHOUT_CURSOR = frozenset({"", "dumb", "unknown"})
"""Values of TERM for terminals on which no line can be drawn again."""


class Progress:
    """Shows how far the run is, and keeps ``report`` up to date.

    ``terminal`` takes the place of stderr, for tests.
    """

    def __init__(self, api: Api, report: RunReport, terminal: TextIO | None = None) -> None:
        self._api, self._clock, self._stats = api, api.clock, api.stats
        self._report = report
        self._live = _live_lines(terminal or sys.stderr, self)
        self._last_line = self._last_look = self._clock.monotonic()
        self._shown_wait = 0.0
        self._paces: dict[str, Pace] = {}
        self._measured: dict[str, int] = {}
        self._running: list[StreamReport] = []

    def begin(self, streams: Iterable[str], start: datetime) -> None:
        """The reader of ``streams`` starts; those without a bookmark are read from ``start`` on."""
        names = list(streams)
        self._report.begin(names)
        self._running = [self._report.streams[name] for name in names]
        self._paces = {each.stream: Pace(each.before, start) for each in self._running}
        self._measured = dict.fromkeys(names, 0)

    def wrote(self, stream: str, rows: int) -> None:
        """So many more rows of ``stream`` are written."""
        self._stats.add(stream, rows=rows)

    def moved(self, stream: str, bookmark: Bookmark) -> None:
        """The stream has a new bookmark."""
        self._report.streams[stream].after = bookmark

    def tick(self) -> None:
        """Called often: looks how far the streams are, and shows it when it is time for that."""
        now = self._clock.monotonic()
        if now - self._last_look >= SECONDS_BETWEEN_LOOKS:
            self._last_look = now
            self._look(now)
        if now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = now
            if self._live is None:
                LOGGER.info("%s", self._minute())
            self._measure_rows()

    def _look(self, now: float) -> None:
        for line in self._lines():
            self._paces[line.stream].look(line.share, now)
        if self._live is None:
            self._tell_wait(now)
        else:
            self._live.draw()

    def end(self, outcomes: Mapping[str, Outcome]) -> None:
        """The streams of the reader have ended with these outcomes."""
        lines = {line.stream: line for line in self._lines()}
        self._report.end(outcomes)
        self._measure_rows()
        for each in self._running:
            is_done = each.outcome.ending is Ending.DONE
            level = logging.INFO if is_done else logging.WARNING
            line = lines[each.stream].at_end()
            about = {log.STREAM_NAME: each.stream}
            if not (is_done and self._live):  # the table at the end says it as well
                LOGGER.log(level, "%s: %s", line, each.outcome, extra=about)
            if self._live is None:
                protocol.log_job_duration(LOGGER, each.stream, each.seconds, succeeded=is_done)
        self._running = []

    def close(self) -> None:
        """Takes the live lines away: the run is at its end."""
        if self._live is not None:
            log.send_to(sys.stderr)
            self._live.close()

    def view(self) -> tuple[list[Line], list[str]]:
        """A line for each running stream, and what is to be said of the whole run."""
        total = self._stats.total()
        figures = [
            words.counted(total.rows, "row"),
            words.counted(total.requests, "request"),
        ]
        return self._lines(), [
            *self._quota(),
            f"{words.duration(self._report.seconds)} so far",
            f"{' and '.join(figures)} in all",
        ]

    def _minute(self) -> str:
        """A line for a log, with the time of day."""
        time = f"{self._clock.now().astimezone():%H:%M:%S}"
        lines = [str(line) for line in self._lines()]
        return f"{time} {'; '.join([*lines, *self._quota()])}"

    def _lines(self) -> list[Line]:
        seconds, now = self._clock.monotonic(), self._api.vendor_now()
        return [self._line(each, seconds, now) for each in self._running]

    def _line(self, each: StreamReport, seconds: float, now: datetime) -> Line:
        figures = self._stats.of(each.stream)
        pace = self._paces[each.stream]
        share = pace.share(each.after, figures.rows, figures.announced, now)
        return Line(
            each.stream,
            share=share,
            left=pace.seconds_left(share, seconds),
            rows=figures.rows,
            rate=figures.rows / max(seconds - each.began, 0.001),
            requests=figures.requests,
        )

    def _quota(self) -> list[str]:
        """The wait for the rate limit that is under way, and what is left of the quota."""
        said = []
        wait, now = self._api.quota.waiting(), self._clock.monotonic()
        if wait is not None and wait.until > now:
            until = words.time_in(wait.until - now, self._clock.now())
            said.append(f"waiting until {until}")
        left = self._api.quota.left()
        if left is not None:
            said.append(f"quota left {words.number(left)}")
        return said

    def _tell_wait(self, now: float) -> None:
        """Logs once that requests wait for the rate limit."""
        wait = self._api.quota.waiting()
        if wait is None or wait.until <= self._shown_wait:
            return
        self._shown_wait = wait.until
        until = words.time_in(wait.until - now, self._clock.now())
        LOGGER.info("waiting until %s for the vendor's rate limit (%s)", until, wait.bucket)

    def _measure_rows(self) -> None:
        """Logs metrics for a machine to read; a person at a terminal has the live lines."""
        for name, measured in self._measured.items():
            rows = self._stats.of(name).rows
            if self._live is None:
                protocol.log_record_count(LOGGER, name, rows - measured)
            self._measured[name] = rows


def _live_lines(terminal: TextIO, progress: Progress) -> LiveLines | None:
    """Live lines for log lines to appear above, or None where they can't be drawn or seen."""
    if not terminal.isatty() or os.environ.get("TERM", "") in WITHOUT_CURSOR:
        return None
    if log.is_structured() or not LOGGER.isEnabledFor(logging.INFO) or _shows_stdout():
        return None
    from tap_common.live import LiveLines  # rich is loaded on a terminal only

    live = LiveLines(terminal, progress.view)
    log.send_to(live)
    return live


def _shows_stdout() -> bool:
    """Do the messages themselves go to a terminal? They would break the live lines."""
    with suppress(AttributeError, ValueError):
        return sys.stdout.isatty()
    return False
