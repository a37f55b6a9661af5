"""Lists that can be asked for what changed, but do not come in the order of change."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_common.watermark import Watermark
from tap_freshdesk.lists import have_common, missing_lists, refuses, second_after, stamp
from tap_freshdesk.moving_list import ListPage, Position, read_list

PROGRESS = "progress_markers"
Filters = tuple[str, ...]


@dataclass(frozen=True)
class InterruptedList:
    """Where the read of the list ``key`` stands, which the bookmark keeps until the list ends.

    ``newest`` is the watermark that will be the list's bookmark.
    """

    key: str
    newest: str
    position: Position

    @classmethod
    def from_state(cls, value: Any) -> Self | None:
        """The list that the state holds, or None if it holds something else."""
        if not isinstance(value, dict):
            return None
        key, newest = value.get("list"), times.rfc3339(value.get("newest"))
        position = Position.from_state(value)
        if not isinstance(key, str) or newest is None or position is None or not position.last:
            return None
        return cls(key, newest, position)

    def to_state(self) -> dict[str, Any]:
        """The list as the state holds it."""
        return {"list": self.key, "newest": self.newest, **self.position.to_state()}


@dataclass(frozen=True)
class ChangedLists:
    """The reader of a stream whose lists take a filter by time of change but come by name.

    ``lists`` maps the keys of the bookmark to the parameters of each list; a row that leaves one
    turns up in another. ``filters`` are the names under which accounts know the filter, the most
    proven first. ``arranged`` takes a row and its list, and returns the row that is sent.

    The bookmark of a list moves when the list is through. Until then it keeps the position at which
    an interrupted reading goes on, after a look at what has changed meanwhile.
    """

    stream: Stream
    lists: Mapping[str, Mapping[str, str]]
    filters: Filters
    bucket: str | None = None
    arranged: Callable[[Row, str], Row] = lambda row, key: row

    def __call__(self, context: ReadContext) -> Iterator[Page]:
        """The pages of all lists, beginning with the one at which the last run was interrupted."""
        name, filters = self.stream.name, self.filters
        interrupted = InterruptedList.from_state(context.bookmarks[name].get(PROGRESS))
        bookmark = {key: value for key, value in context.bookmarks[name].items() if key != PROGRESS}
        problems: dict[str, ApiError] = {}
        for key in _from(interrupted, list(self.lists)):
            reading = _Reading(self, context, key, bookmark)
            try:
                if interrupted is not None and interrupted.key == key:
                    filters = yield from reading.go_on(interrupted, filters)
                else:
                    filters = yield from reading.read(filters)
            except ApiError as error:
                problems[key] = error
                continue
            if reading.newest is not None:
                bookmark = {**bookmark, key: reading.newest}
            yield Page(bookmarks={name: bookmark})
        yield from missing_lists((name,), self.lists, problems)


def _from(interrupted: InterruptedList | None, keys: Sequence[str]) -> list[str]:
    """The keys in the order in which their lists are read."""
    first = [key for key in keys if interrupted is not None and key == interrupted.key]
    return first + [key for key in keys if key not in first]


class _Reading:
    """One run over one list. ``newest`` is the list's watermark, which becomes its bookmark."""

    def __init__(
        self, lists: ChangedLists, context: ReadContext, key: str, bookmark: Mapping[str, Any]
    ) -> None:
        self._lists, self._context, self._key, self._bookmark = lists, context, key, bookmark
        self.newest = times.rfc3339(bookmark.get(key))

    def read(self, filters: Filters) -> Generator[Page, None, Filters]:
        """The list from its start; returns the names of the filter that the account accepts."""
        since = self._context.read_from(self._lists.stream.name, self._key, "updated_at")
        return (yield from self._pages(times.text(since), filters, Position(), moves=True))

    def go_on(
        self, interrupted: InterruptedList, filters: Filters
    ) -> Generator[Page, None, Filters]:
        """What changed since an interruption, and the list from that position on.

        What comes after the position does not move the watermark: on the pages before it, other
        rows changed since, too. Where the account has no filter, the whole list is read again.
        """
        name = self._lists.stream.name
        self.newest = interrupted.newest
        since = self._context.less_lookback(name, times.parse(interrupted.newest))
        filters = yield from self._pages(
            times.text(since), filters, Position(), moves=True, kept=interrupted
        )
        if not filters:
            return (yield from self.read(filters))
        begin = times.text(self._context.read_from(name, self._key, "updated_at"))
        return (yield from self._pages(begin, filters, interrupted.position, moves=False))

    def _pages(
        self,
        since: str,
        filters: Filters,
        position: Position,
        *,
        moves: bool,
        kept: InterruptedList | None = None,
    ) -> Generator[Page, None, Filters]:
        """The rows changed at or after ``since``, from ``position`` on.

        ``moves`` says that they move the watermark. Until they are through, the bookmark keeps the
        list ``kept``, or else this one.
        """
        watermark = Watermark(self.newest)
        stream = self._lists.stream.name
        accepted, walk = self._accepted(since, filters, position)
        for page in walk:
            rows = [row for row in page.rows if stamp(row, since) >= since]
            if moves:
                watermark = watermark.at_clock(_clock(page)).seen(map(stamp, rows))
                self.newest = watermark.value
            interrupted = kept or InterruptedList(self._key, self.newest or since, page.position)
            bookmark = {**self._bookmark, PROGRESS: interrupted.to_state()}
            arranged = [self._lists.arranged(row, self._key) for row in rows]
            yield Page({stream: arranged}, {stream: bookmark})
        return accepted

    def _accepted(
        self, since: str, filters: Filters, position: Position
    ) -> tuple[Filters, Iterator[ListPage]]:
        """The names of the filter without those that the account refuses, and the list's pages."""
        while True:
            params = dict(self._lists.lists[self._key])
            if filters:
                params[filters[0]] = second_after(since, -1)
            stream = self._lists.stream
            request = Request(stream.path, stream.name, params, bucket=self._lists.bucket)
            pages = read_list(self._context, request, position)
            try:
                first = next(pages)
            except ApiError as error:
                if not filters or not refuses(error, filters[0]):
                    raise
                filters = filters[1:]
                continue
            if self._is_plain_list(first.rows, request):
                self._context.warn(f"{stream.name}: the API has no list of the {self._key} ones")
                return filters, iter(())
            return filters, _chained(first, pages)

    def _is_plain_list(self, rows: Sequence[Row], request: Request) -> bool:
        """Does the account ignore what chooses the list, so that it shows rows of the plain one?

        Deleted rows mostly say that they are. Otherwise the plain list is asked, once for an
        account: of such a list there is no bookmark.
        """
        choice = self._lists.lists[self._key]
        is_known = self._key in self._bookmark or any(row.get(self._key) for row in rows)
        if not choice or not rows or is_known:
            return False
        params = {name: value for name, value in request.params.items() if name not in choice}
        plain = next(read_list(self._context, replace(request, params=params)))
        return have_common(rows, plain.rows)


def _chained(first: ListPage, rest: Iterator[ListPage]) -> Iterator[ListPage]:
    yield first
    yield from rest


def _clock(page: ListPage) -> str:
    return times.second_of(page.date)
