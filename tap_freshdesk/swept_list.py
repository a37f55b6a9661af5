"""Lists that take no filter by time of change, and of which every row is looked at again.

Such a list is read whole while that takes few requests. A longer one is read as far as the
look-back reaches, and the rest is swept: each run reads the next slice of the whole list, so that
every row is looked at again within a bounded number of runs.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self

from tap_common import times
from tap_common.context import ReadContext
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_common.watermark import Watermark
from tap_freshdesk.lists import stamp
from tap_freshdesk.moving_list import ListPage, Position, read_list

KEY, SWEEP = "updated_at", "sweep"


@dataclass(frozen=True)
class Sweep:
    """One round through a list, which takes several runs.

    ``position`` is how far it has come. Rows changed at ``since`` or later are sent, because the
    round before may have looked at them earlier than that. ``began`` is the bookmark when this
    round began.
    """

    position: Position
    since: str
    began: str | None

    @classmethod
    def from_state(cls, value: Any) -> Self | None:
        """The sweep that the state holds, or None if it holds something else."""
        if not isinstance(value, dict):
            return None
        since, began = times.rfc3339(value.get("since")), times.rfc3339(value.get("began"))
        position = Position.from_state(value)
        return None if since is None or position is None else cls(position, since, began)

    def to_state(self) -> dict[str, Any]:
        """The sweep as the state holds it."""
        return {"since": self.since, "began": self.began, **self.position.to_state()}


@dataclass(frozen=True)
class SweptList:
    """The reader of ``stream``.

    ``filter`` names the parameter that leaves out rows of before a time, though not by their time
    of change. The setting ``lookback_days`` says how far below the bookmark that time is.
    ``arranged`` makes the row that is sent.
    """

    stream: Stream
    filter: str
    lookback_days: str
    arranged: Callable[[Row], Row] = lambda row: row

    def __call__(self, context: ReadContext) -> Iterator[Page]:
        """The rows that changed, and running timers, which change without saying so."""
        reading = _Reading(self, context)
        is_whole = yield from reading.next_slice()
        if not is_whole:
            yield from reading.recent()
        if reading.watermark.value is not None:
            yield Page(bookmarks={self.stream.name: reading.bookmark(is_whole=is_whole)})


class _Reading:
    """One run over a list."""

    def __init__(self, swept: SweptList, context: ReadContext) -> None:
        self._swept, self._context = swept, context
        before = context.bookmarks[swept.stream.name]
        self._since = times.text(context.read_from(swept.stream.name, KEY))
        self.watermark = Watermark(times.rfc3339(before.get(KEY)))
        fresh = Sweep(Position(), self._since, self.watermark.before)
        self._sweep = Sweep.from_state(before.get(SWEEP)) or fresh

    def next_slice(self) -> Generator[Page, None, bool]:
        """The next slice of the whole list; returns whether that was all of it.

        The first run reads all. A slice does not end where a later run could not go on.
        """
        limit = None
        if self.watermark.before is not None:
            limit = self._context.config["whole_list_requests"]
        begin, watermark = self._sweep.position, self.watermark
        request, position = self._request({}), begin
        for number, page in enumerate(read_list(self._context, request, begin), 1):
            watermark = _moved(watermark, page)
            yield self._page(page, self._sweep.since)
            has_moved, position = page.position != position, page.position
            if limit is not None and number >= limit and has_moved and not page.is_last:
                self._sweep = replace(self._sweep, position=position)
                return False
        if begin == Position():
            self.watermark = watermark
            return True
        self._sweep = Sweep(Position(), self._sweep.began or self._since, self.watermark.before)
        return False

    def recent(self) -> Iterator[Page]:
        """The rows within the look-back."""
        bookmark = self._context.bookmark_time(self._swept.stream.name, KEY) or self._context.start
        days = timedelta(days=self._context.config[self._swept.lookback_days])
        since = max(bookmark - days, times.EARLIEST).replace(microsecond=0)
        asked = {self._swept.filter: times.text(since - timedelta(seconds=1))}
        for page in read_list(self._context, self._request(asked)):
            self.watermark = _moved(self.watermark, page)
            yield self._page(page, self._since)

    def bookmark(self, *, is_whole: bool) -> dict[str, Any]:
        """The bookmark after this run."""
        sweep = {} if is_whole else {SWEEP: self._sweep.to_state()}
        return {KEY: self.watermark.value, **sweep}

    def _request(self, params: dict[str, str]) -> Request:
        return Request(self._swept.stream.path, self._swept.stream.name, params)

    def _page(self, page: ListPage, since: str) -> Page:
        rows = [self._swept.arranged(row) for row in page.rows if _is_due(row, since)]
        return Page({self._swept.stream.name: rows})


def _moved(watermark: Watermark[str], page: ListPage) -> Watermark[str]:
    clock = times.second_of(page.date)
    return watermark.at_clock(clock).seen(map(stamp, page.rows))


def _is_due(row: Row, since: str) -> bool:
    return stamp(row, since) >= since or bool(row.get("timer_running"))
