"""How far a stream is in its window, and how the bookmark says so.

A bookmark is {"since_updated_at": B}: all that changed before B has been read, so the next window
begins at B. In the middle of a window it is

    {"since_updated_at": B, "walk": {"since": S, "since_id": I, "until": U}}

Of what changed since S, the rows up to the id I have been read. B is the watermark: what changes
behind the walk comes in the next window, which follows at once where a walk was interrupted. U, in
seconds since 1970 as searches take them, is the last change in the account when the walk began. It
takes the place of the vendor's clock in the state, so that the same account gives the same state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import UsageError
from tap_common.stream import Bookmark, Row, date_times
from tap_common.vendor import Reply
from tap_common.watermark import Watermark
from tap_desk.rows import changed_at, ids_of
from tap_desk.search import second_before
from tap_desk.search_page import is_above

SINCE, WALK = "since_updated_at", "walk"
BOOKMARK_KEYS = (SINCE, WALK)


def bookmark_faults(stream: str, bookmark: Bookmark) -> Iterator[UsageError]:
    """What makes no sense in the stream's ``bookmark``."""
    yield from date_times(SINCE)(stream, bookmark)
    walk = bookmark.get(WALK)
    try:
        if walk is not None:
            _InterruptedWalk.from_state(walk)
    except (KeyError, OSError, OverflowError, TypeError, ValueError):
        yield UsageError(
            f"state: bookmarks.{stream}.{WALK} must have the date-time since and the numbers "
            "since_id and until; remove it to begin that window anew"
        )


class _InterruptedWalk(NamedTuple):
    """A walk that was interrupted, as the bookmark keeps it."""

    since: str
    last: int
    until: str | None

    @classmethod
    def from_state(cls, walk: Any) -> Self:
        since = times.text(times.parse(walk["since"]))
        until = _moment(int(walk["until"])) if "until" in walk else None
        return cls(since, int(walk["since_id"]), until)


@dataclass(frozen=True)
class Position:
    """How far one stream is in its window.

    ``since`` is where the window began and ``last`` the id up to which its rows have been read.
    ``until`` is the account's last change when the walk began, None where the server did not tell.
    ``found_any`` says whether the walk has found rows that the bookmark must remember.
    """

    watermark: Watermark[str]
    since: str
    last: int = 0
    until: str | None = None
    found_any: bool = False

    @classmethod
    def from_state(cls, context: ReadContext, stream: str) -> Self:
        """Where the stream's bookmark, or the start date, says to go on."""
        bookmark = context.bookmark_time(stream, SINCE)
        reached = times.text(bookmark) if bookmark else None
        walk = context.bookmarks[stream].get(WALK)
        if walk is None:
            return cls(Watermark(reached), times.text(context.read_from(stream, SINCE)))
        since, last, until = _InterruptedWalk.from_state(walk)
        until = until or reached
        return cls(Watermark(reached, until), since, last, until, found_any=True)

    @property
    def is_fresh(self) -> bool:
        """Has its walk not begun yet?"""
        return self.watermark.clock is None

    def begun(self, reply: Reply, last_change: str) -> Self:
        """The walk begins with ``reply``, when the account's last change was at ``last_change``
        ("" if that is unknown).

        What changes behind the walk does so after the vendor's clock, less a second for what the
        clock's second may still bring. Without a Date only our clock is known, which may be ahead.
        """
        if not self.is_fresh:
            return self
        began = times.second_of(reply.date - timedelta(seconds=1))
        until = min(began, last_change) or None
        clock = began if "Date" in reply.headers else until or began
        return replace(self, watermark=self.watermark.at_clock(clock), until=until)

    def is_passed(self, second: str) -> bool:
        """Does ``second`` lie after the second in which the walk began?"""
        return self.watermark.clock is not None and second_before(second) > self.watermark.clock

    def wanted(self, rows: list[Row]) -> list[Row]:
        """Those of ``rows``, in the order of ids, that this stream has not read in this window.

        A row that does not say when it changed is wanted.
        """
        return [
            row
            for row in rows
            if is_above(row, self.last) and not "" < changed_at(row) < self.since
        ]

    def seen(self, rows: list[Row]) -> Self:
        """After ``rows`` that this stream wanted."""
        return replace(self, watermark=self.watermark.seen(map(changed_at, rows)))

    def after(self, rows: list[Row], wanted: list[Row]) -> Self:
        """After a page of ``rows`` in the order of ids, of which it ``wanted`` some."""
        return replace(
            self.seen(wanted),
            last=max([self.last, *map(int, ids_of(rows))]),
            found_any=self.found_any or bool(wanted),
        )

    def following(self, context: ReadContext, stream: str) -> Self:
        """Where the stream's next window begins, which is not before this one."""
        reached = self.watermark.value
        if reached is None:
            return type(self)(Watermark(), self.since)
        begin = times.text(context.less_lookback(stream, times.parse(reached)))
        return type(self)(Watermark(reached), max(self.since, begin))

    def to_state(self) -> Bookmark:
        """The bookmark in the middle of the walk; {} while there is nothing to remember."""
        if not self.found_any:
            return {}
        walk: dict[str, Any] = {"since": self.since, "since_id": str(self.last)}
        if self.until is not None:
            walk["until"] = str(int(times.parse(self.until).timestamp()))
        return {SINCE: self.watermark.value or "", WALK: walk}

    def at_end(self) -> Bookmark:
        """The bookmark after the walk; {} if nothing was ever seen."""
        reached = self.watermark.value
        return {} if reached is None else {SINCE: reached}


def _moment(seconds: int) -> str:
    return times.text(datetime.fromtimestamp(seconds, UTC))
