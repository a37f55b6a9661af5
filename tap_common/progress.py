"""What a person sees on stderr: a live line on a terminal, plain lines in cron, and a table at the end."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TextIO

from singer import metrics

from tap_common.http import Api
from tap_common.model import Bookmark

LOGGER = logging.getLogger("tap")
SECONDS_BETWEEN_LINES = 60.0
SECONDS_BETWEEN_REDRAWS = 0.5
DONE = "done"


@dataclass
class Result:
    """What became of one stream in this run."""

    stream: str
    rows: int = 0
    began: float = field(default_factory=time.monotonic)
    before: Bookmark = field(default_factory=dict)
    after: Bookmark = field(default_factory=dict)
    outcome: str = "not begun"
    failed: bool = False
    seconds: float = 0.0
    told_rows: int = 0


class Progress:
    """Tells how far the run is; ``results`` keeps one Result per stream, in the order of the run."""

    def __init__(self, api: Api, terminal: TextIO | None = None) -> None:
        self._api = api
        self._terminal = terminal or sys.stderr
        self._live = self._terminal.isatty()
        self._drawn = False
        self._last_line = self._last_redraw = time.monotonic()
        self._current: Sequence[Result] = ()
        self.results: dict[str, Result] = {}
        api.on_wait = self._waits

    def begin(self, streams: Mapping[str, Bookmark]) -> None:
        """A reader starts; ``streams`` maps its selected streams to their bookmarks."""
        for stream, bookmark in streams.items():
            self.results[stream] = Result(stream, before=bookmark, after=bookmark)
        self._current = [self.results[stream] for stream in streams]

    def rows(self, stream: str, count: int) -> None:
        """``count`` more rows of ``stream`` are out."""
        self.results[stream].rows += count

    def tick(self) -> None:
        """Called often: redraws the live line, or once a minute logs a plain one."""
        now = time.monotonic()
        if self._live and now - self._last_redraw >= SECONDS_BETWEEN_REDRAWS:
            self._last_redraw = now
            self._draw(now)
        if now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._last_line = now
            for result in self._current:
                if not self._live:
                    LOGGER.info("%s", self._line(result, now))
                self._count(result)

    def end(
        self, endings: Mapping[str, tuple[str, bool]], bookmarks: Mapping[str, Bookmark]
    ) -> None:
        """The reader's streams are over: how each ended in a person's words, and whether that is a failure of the run.

        ``bookmarks`` are those now in the state.
        """
        self._clear()
        now = time.monotonic()
        for result in self._current:
            outcome, failed = endings[result.stream]
            result.outcome, result.failed, result.after = outcome, failed, bookmarks[result.stream]
            meter = self._api.meter(result.stream)
            gone = "".join(
                f"; {count} parents answered {status}, skipped"
                for status, count in sorted(meter.gone.items())
            )
            LOGGER.log(
                logging.INFO if outcome == DONE else logging.WARNING,
                "%s: %s%s",
                self._line(result, now),
                outcome,
                gone,
            )
            self._count(result)
            result.seconds = now - result.began
            status = metrics.Status.failed if failed else metrics.Status.succeeded
            tags = {
                metrics.Tag.job_type: "sync",
                metrics.Tag.endpoint: result.stream,
                metrics.Tag.status: status,
            }
            self._measure("timer", metrics.Metric.job_duration, round(result.seconds, 3), tags)
        self._current = ()

    def summary(self) -> None:
        """The table at the end of a run."""
        self._clear()
        head = ("stream", "rows", "requests", "retries", "seconds", "waited", "bookmark", "outcome")
        table = [head]
        for result in self.results.values():
            meter = self._api.meter(result.stream)
            table.append(
                (
                    result.stream,
                    str(result.rows),
                    str(meter.requests),
                    str(meter.retries),
                    f"{result.seconds:.1f}",
                    f"{meter.waited:.1f}",
                    _movement(result.before, result.after),
                    result.outcome,
                )
            )
        widths = [max(len(row[column]) for row in table) for column in range(len(head))]
        for row in table:
            cells = [
                cell.rjust(width) if 1 <= column <= 5 else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            LOGGER.info("%s", "  ".join(cells).rstrip())

    def _waits(self, bucket: str, seconds: float) -> None:
        self._clear()
        LOGGER.info("waiting until %s for the vendor's rate limit (%s)", _clock_in(seconds), bucket)

    def _line(self, result: Result, now: float) -> str:
        meter = self._api.meter(result.stream)
        rate = result.rows / max(now - result.began, 0.001)
        left = self._api.quota.left()
        quota = "" if left is None else f", quota left {left}"
        return f"{result.stream}: {result.rows} rows, {rate:.0f} rows/s, {meter.requests} requests{quota}"

    def _draw(self, now: float) -> None:
        wait = self._api.quota.waiting_until() - now
        waiting = f" | waiting until {_clock_in(wait)} for the quota" if wait > 0 else ""
        self._terminal.write(
            "\r\x1b[K" + " | ".join(self._line(result, now) for result in self._current) + waiting
        )
        self._terminal.flush()
        self._drawn = True

    def _clear(self) -> None:
        if self._drawn:
            self._terminal.write("\r\x1b[K")
            self._terminal.flush()
            self._drawn = False

    def _count(self, result: Result) -> None:
        self._measure(
            "counter",
            metrics.Metric.record_count,
            result.rows - result.told_rows,
            {metrics.Tag.endpoint: result.stream},
        )
        result.told_rows = result.rows

    def _measure(self, kind: str, metric: str, value: float, tags: Mapping[str, str]) -> None:
        """Logs a metric for a machine to read; a person at a terminal has the live line."""
        if not self._live:
            metrics.log(LOGGER, metrics.Point(kind, metric, value, tags))


def _movement(before: Bookmark, after: Bookmark) -> str:
    """ "from -> to" of a bookmark's leaves, "-" where there is none."""
    if not after:
        return "-"
    if before == after:
        return _leaves(after)
    return f"{_leaves(before) or '-'} -> {_leaves(after)}"


def _leaves(bookmark: Bookmark) -> str:
    shown = [str(value)[:40] for value in bookmark.values() if value is not None]
    return (
        shown[0]
        if len(set(shown)) == 1
        else ",".join(f"{key}={str(value)[:40]}" for key, value in bookmark.items())
    )


def _clock_in(seconds: float) -> str:
    """What the clock here will show in so many seconds, with the date if that is another one."""
    now = datetime.now().astimezone()
    then = now + timedelta(seconds=seconds)
    return then.strftime("%H:%M:%S" if then.date() == now.date() else "%Y-%m-%d %H:%M:%S")
