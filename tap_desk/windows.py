"""What changed since the bookmark, read in windows.

A window is one walk by id through all that changed since the window's beginning. A bookmark is
{"since_updated_at": B}: all that changed before B has been read, so the next window begins at B.
In the middle of a window it is

    {"since_updated_at": B, "walk": {"since": S, "since_id": I, "until": U}}

Of what changed since S, the rows up to the id I have been read. B is the watermark: what changes
behind the walk comes in the next window, which follows at once where a walk was interrupted. U, in
seconds since 1970 as searches take them, is the last change in the account when the walk began. It
takes the place of the vendor's clock in the state, so that the same account gives the same state.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import ApiError, UsageError
from tap_common.stream import Bookmark, Row, date_times
from tap_common.vendor import Reply, Request
from tap_common.watermark import Watermark
from tap_desk.lists import LARGEST_PAGE
from tap_desk.rows import changed_at, ids_of
from tap_desk.search import by_id, by_time, last_change, second_before
from tap_desk.search_page import Misbehaved, is_above

SINCE, WALK = "since_updated_at", "walk"
BOOKMARK_KEYS = (SINCE, WALK)


def faults(stream: str, bookmark: Bookmark) -> Iterator[UsageError]:
    """What makes no sense in a bookmark."""
    yield from date_times(SINCE)(stream, bookmark)
    walk = bookmark.get(WALK)
    try:
        if walk is not None:
            _Begun.from_state(walk)
    except (KeyError, OSError, OverflowError, TypeError, ValueError):
        yield UsageError(
            f"state: bookmarks.{stream}.{WALK} must have the date-time since and the numbers "
            "since_id and until; remove it to begin that window anew"
        )


class _Begun(NamedTuple):
    """A walk that was interrupted, as the bookmark keeps it."""

    since: str
    last: int
    until: str | None

    @classmethod
    def from_state(cls, walk: Any) -> Self:
        since = times.text(times.parse(walk["since"]))
        until = _moment(int(walk["until"])) if "until" in walk else None
        return cls(since, int(walk["since_id"]), until)


MOST_LATER_PAGES = 20
"""Pages of what changed after a read by time began, or is dated in the future, that it follows."""


@dataclass(frozen=True)
class Position:
    """How far one stream is in its window.

    ``since`` is where the window began and ``last`` the id up to which its rows have been read.
    ``until`` is the account's last change when the walk began, None where the server did not tell.
    ``found_any`` says whether the walk has found rows that the bookmark must remember.
    """

    mark: Watermark[str]
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
        since, last, until = _Begun.from_state(walk)
        until = until or reached
        return cls(Watermark(reached, until), since, last, until, found_any=True)

    @property
    def is_fresh(self) -> bool:
        """Has its walk not begun yet?"""
        return self.mark.clock is None

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
        return replace(self, mark=self.mark.at_clock(clock), until=until)

    def is_passed(self, second: str) -> bool:
        """Does ``second`` lie after the second in which the walk began?"""
        return self.mark.clock is not None and second_before(second) > self.mark.clock

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
        return replace(self, mark=self.mark.seen(map(changed_at, rows)))

    def after(self, rows: list[Row], wanted: list[Row]) -> Self:
        """After a page of ``rows`` in the order of ids, of which it ``wanted`` some."""
        return replace(
            self.seen(wanted),
            last=max([self.last, *map(int, ids_of(rows))]),
            found_any=self.found_any or bool(wanted),
        )

    def following(self, lookback: timedelta) -> Self:
        """Where the next window begins: at the watermark less ``lookback``, not before this one."""
        reached = self.mark.value
        if reached is None:
            return type(self)(Watermark(), self.since)
        begin = times.text(max(times.parse(reached) - lookback, times.EARLIEST))
        return type(self)(Watermark(reached), max(self.since, begin))

    def to_state(self) -> Bookmark:
        """The bookmark in the middle of the walk; {} while there is nothing to remember."""
        if not self.found_any:
            return {}
        walk: dict[str, Any] = {"since": self.since, "since_id": str(self.last)}
        if self.until is not None:
            walk["until"] = str(int(times.parse(self.until).timestamp()))
        return {SINCE: self.mark.value or "", WALK: walk}

    def at_end(self) -> Bookmark:
        """The bookmark after the walk; {} if nothing was ever seen."""
        reached = self.mark.value
        return {} if reached is None else {SINCE: reached}


def _moment(seconds: int) -> str:
    return times.text(datetime.fromtimestamp(seconds, UTC))


Positions = Mapping[str, Position]
Wanted = tuple[Mapping[str, list[Row]], Mapping[str, Bookmark]]
"""The rows that each stream wants of a page, and the bookmarks that hold once they are written."""


def changed(context: ReadContext, request: Request) -> Iterator[Wanted]:
    """What each selected stream wants of a search, page by page.

    Where the server does not go along with one strategy, the next one begins anew. No bookmark
    moves backwards then. ApiError if none of them can read the search without losing rows.
    """
    begin = {name: Position.from_state(context, name) for name in context.fields}
    reached: dict[str, str] = {}
    status = 0
    for strategy in (_by_ids, _by_times, _all_ids, _plain_list):
        try:
            for rows, bookmarks in strategy(context, request, begin):
                onward = {
                    name: bookmark
                    for name, bookmark in bookmarks.items()
                    if bookmark and bookmark[SINCE] >= reached.get(name, "")
                }
                reached.update({name: bookmark[SINCE] for name, bookmark in onward.items()})
                yield rows, onward
            return
        except Misbehaved as error:
            context.warn(f"{request.path}: {error}")
            status = error.status
    text = f"{request.path}: the search can't be read without losing rows"
    raise ApiError(text, status=status)


def _by_ids(context: ReadContext, request: Request, begin: Positions) -> Iterator[Wanted]:
    """One walk through the ids of the window, and after one that had been interrupted another walk
    for what changed behind it."""
    was_interrupted = not all(position.is_fresh for position in begin.values())
    ended = yield from _walk(context, request, begin, is_last=not was_interrupted)
    if was_interrupted:
        following = {
            name: position.following(context.lookback(name)) for name, position in ended.items()
        }
        yield from _walk(context, request, following, is_last=True)


def _walk(
    context: ReadContext, request: Request, positions: Positions, *, is_last: bool
) -> Generator[Wanted, None, Positions]:
    """One walk through the ids of the window; returns the positions at its end.

    A page's bookmark holds once the page after it has come, which shows whether any row was left
    out. If the only page of the last walk brings all, there is no bookmark in its middle.
    """
    since = min(position.since for position in positions.values())
    last = min(position.last for position in positions.values())
    size = context.page_size(LARGEST_PAGE)
    for page in by_id(context.api, request, size, since, last):
        is_all = is_last and page.is_all
        if any(position.is_fresh for position in positions.values()):
            newest = "" if is_all else last_change(context.api, request, since)
            positions = {
                name: position.begun(page.reply, newest) for name, position in positions.items()
            }
        rows = {name: position.wanted(page.rows) for name, position in positions.items()}
        proven = {name: position.to_state() for name, position in positions.items()}
        positions = {
            name: position.after(page.rows, rows[name]) for name, position in positions.items()
        }
        yield rows, {} if is_all else proven
    yield {}, {name: position.at_end() for name, position in positions.items()}
    return positions


def _by_times(context: ReadContext, request: Request, begin: Positions) -> Iterator[Wanted]:
    """From second to second. A bookmark moves to a second when all before it has been read, and the
    page after it has shown that the search leaves out what has come.

    What changes after the read began is followed for some pages and then left to the next read, so
    that the read ends even if the account changes faster than it is read.
    """
    positions = {name: _anew(position) for name, position in begin.items()}
    since = min(position.since for position in positions.values())
    size = context.page_size(LARGEST_PAGE)
    proven: dict[str, Bookmark] = {}
    later_pages = 0
    for page in by_time(context.api, request, size, since):
        rows = {}
        passed: dict[str, Bookmark] = {}
        for name, position in positions.items():
            rows[name] = [row for row in page.rows if changed_at(row) >= position.since]
            positions[name] = position.begun(page.reply, "").seen(rows[name])
            second = min(page.second, positions[name].mark.value or "")
            if second > (position.mark.before or ""):
                passed[name] = {SINCE: second}
        yield rows, proven if page.narrowed else {}
        if later_pages > MOST_LATER_PAGES:
            break
        proven = passed
        later_pages += all(position.is_passed(page.second) for position in positions.values())
    yield {}, {name: position.at_end() for name, position in positions.items()}


def _all_ids(context: ReadContext, request: Request, begin: Positions) -> Iterator[Wanted]:
    """One walk through all ids, whenever they changed. The bookmarks move at its end."""
    positions = {name: _anew(position) for name, position in begin.items()}
    size = context.page_size(LARGEST_PAGE)
    for page in by_id(context.api, request, size, None, 0):
        positions = {name: position.begun(page.reply, "") for name, position in positions.items()}
        rows = {name: position.wanted(page.rows) for name, position in positions.items()}
        positions = {
            name: position.after(page.rows, rows[name]) for name, position in positions.items()
        }
        yield rows, {}
    yield {}, {name: position.at_end() for name, position in positions.items()}


def _plain_list(context: ReadContext, request: Request, begin: Positions) -> Iterator[Wanted]:
    """The same through the plain list.

    Exporters gave it since_id and an order, too (desk-php's exporter, Data Virtuality).
    """
    plain = replace(request, path=request.path.removesuffix("/search"))
    yield from _all_ids(context, plain, begin)


def _anew(position: Position) -> Position:
    """The same window from its beginning."""
    return Position(Watermark(position.mark.before), position.since)
