"""The incremental exports: by cursor (tickets, users) and by time (the others).

Both hold back the last minute, refuse a start_time in it, and may fail when a page is too much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.failures import TOO_LARGE_STATUSES
from tap_common.guard import WalkGuard
from tap_common.page_size import PageSize
from tap_common.replies import rows_in
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tap_zendesk_support.moments import epoch, is_fresh, settled

LARGEST_PAGE = 1000
NOT_ACCEPTED = frozenset({400, 422})
"""What answers a cursor that is not good any more, or a start_time that is too recent."""
EARLIER_SECONDS = 3600
"""How much earlier to begin where a start_time is refused: Zendesk's clock may be behind ours."""
FEW_ATTEMPTS = 3
"""Attempts at a page of more rows than the config asks for."""


class Position(NamedTuple):
    """Where an export stands: its cursor, if it has one, and the newest row's time so far.

    A cursor points between two rows of one second. While that second lasts, another row may come
    before it. So the cursor is left out where the newest row is so fresh, and the next read begins
    by time. Zendesk holds back the last minute, and such rows do not come.
    """

    cursor: str | None = None
    moment: int | None = None


class Batch(NamedTuple):
    """A page of an export.

    ``data`` is the whole reply, ``rows`` those that were not seen before, ``position`` where the
    export stands after them, and ``has_more`` whether a cursor leads further. ``date`` is the
    vendor's clock when the page came, None if the rows came another way.
    """

    data: Mapping[str, Any]
    rows: list[Row]
    position: Position
    has_more: bool = False
    date: datetime | None = None


@dataclass(frozen=True)
class Export:
    """An export as data: its request, the envelope of its rows, and the field that orders it.

    ``largest`` is how many rows a page may have.
    """

    request: Request
    envelope: str
    field: str
    largest: int = LARGEST_PAGE

    def moment(self, row: Row) -> int:
        """When the row came into the export, in epoch seconds; 0 if it does not say."""
        return epoch(row.get(self.field)) or 0

    def newest(self, rows: list[Row], before: int | None) -> int | None:
        """The time of the newest row so far."""
        known = [] if before is None else [before]
        return max([*known, *map(self.moment, rows)], default=None)

    def asking(self, **params: Any) -> Callable[[int], Request]:
        """Makes the request with more parameters for a number of rows."""
        request = self.request
        return lambda rows: replace(request, params={**request.params, **params, "per_page": rows})


def by_cursor(context: ReadContext, export: Export, start: Position, since: int) -> Iterator[Batch]:
    """The export from the position ``start``, or from ``since`` where that has no cursor."""
    size = PageSize(context.page_size(LARGEST_PAGE))
    guard, moment = WalkGuard(export.request.path), start.moment
    reply = _first(context, export, size, start.cursor, since)
    while True:
        rows = rows_in(reply, export.envelope)
        moment = export.newest(rows, moment)
        asked, following = reply.request.params.get("cursor"), reply.data.get("after_cursor")
        leads_further = bool(following) and following != asked
        is_last = _says_end(reply, rows) or not (rows or leads_further)
        is_safe = moment is None or not is_fresh(context, moment)
        position = Position((following or asked) if is_safe else None, moment)
        yield Batch(reply.data, rows, position, not is_last, reply.date)
        if is_last:
            return
        if not leads_further:
            path = export.request.path
            raise ApiError(f"{path}: the API says that there is more, but gives no cursor")
        guard.check(following, len(rows))
        reply = size.get(context.api, export.asking(cursor=following))


def _says_end(reply: Reply, rows: list[Row]) -> bool:
    """Was this the last page, by ``end_of_stream`` or, in custom objects, ``meta.has_more``?"""
    meta = reply.data.get("meta")
    if isinstance(meta, dict) and "has_more" in meta:
        return not meta["has_more"]
    return bool(reply.data.get("end_of_stream", not rows))


def _first(
    context: ReadContext, export: Export, size: PageSize, cursor: str | None, since: int
) -> Reply:
    """The first page: by the cursor, else from ``since``, else from a little earlier."""
    begin = settled(context, since)
    if cursor:
        try:
            return size.get(context.api, export.asking(cursor=cursor))
        except ApiError as error:
            if error.status not in NOT_ACCEPTED:
                raise
            path = export.request.path
            context.warn(f"{path}: the cursor is refused ({error}); reading again from its time")
    try:
        return size.get(context.api, export.asking(start_time=begin))
    except ApiError as error:
        if error.status not in NOT_ACCEPTED:
            raise
    return size.get(context.api, export.asking(start_time=max(0, begin - EARLIER_SECONDS)))


def by_time(
    context: ReadContext,
    export: Export,
    since: int,
    another_way: Callable[[int], Iterator[list[Row]]] | None = None,
) -> Iterator[Batch]:
    """The export from ``since`` on, inclusively, each row once.

    A page begins with the second in which the last one ended. A second that fills a page by itself
    never ends: then larger pages are tried, and at last ``another_way`` is asked for the rows of
    that second, and the export goes on behind it.
    """
    walk = _TimeWalk(context, export, settled(context, since))
    guard = WalkGuard(export.request.path)
    while True:
        try:
            reply = walk.fetch()
        except ApiError as error:
            if walk.is_ahead and error.status in NOT_ACCEPTED:
                return
            if not walk.is_enlarged or error.status not in TOO_LARGE_STATUSES:
                raise
            yield from _other_rows(context, walk, another_way, guard)
            continue
        asked, batch = walk.start, walk.take(reply)
        yield batch
        if walk.is_last(reply, len(batch.rows)):
            return
        if walk.advance(reply):
            # A row from before the time that was asked for is not new: it came before.
            guard.check(walk.start, sum(export.moment(row) >= asked for row in batch.rows))
        elif not walk.enlarge():
            yield from _other_rows(context, walk, another_way, guard)


class _TimeWalk:
    """A walk through a time export: where it stands, and which rows of that second were seen."""

    def __init__(self, context: ReadContext, export: Export, start: int) -> None:
        self._context, self.export, self.start = context, export, start
        self._usual = PageSize(context.page_size(export.largest))
        self._enlarged: PageSize | None = None
        self._newest: int | None = None
        self._rows_before = 0
        self._was_accepted = False
        self.seen: set[tuple[Any, int]] = set()

    @property
    def is_ahead(self) -> bool:
        """Does the walk stand in the last minute, where the API need not accept a start_time?"""
        return self.start > settled(self._context, self.start)

    @property
    def is_enlarged(self) -> bool:
        """Are larger pages asked for than the config says?"""
        return self._enlarged is not None

    def fetch(self) -> Reply:
        """The page from ``start`` on. A first start_time that is refused becomes an earlier one."""
        try:
            reply = self._ask()
        except ApiError as error:
            if error.status not in NOT_ACCEPTED or self._was_accepted:
                raise
            self.start = max(0, self.start - EARLIER_SECONDS)
            reply = self._ask()
        self._was_accepted = True
        return reply

    def _ask(self) -> Reply:
        asking = self.export.asking(start_time=self.start)
        if self._enlarged is None:
            return self._usual.get(self._context.api, asking)
        few = FEW_ATTEMPTS
        return self._enlarged.get(self._context.api, lambda n: replace(asking(n), attempts=few))

    def _key(self, row: Row) -> tuple[Any, int]:
        return row.get("id"), self.export.moment(row)

    def unseen(self, rows: list[Row]) -> list[Row]:
        """Those of ``rows`` that were not seen in the second where the walk stands."""
        return [row for row in rows if self._key(row) not in self.seen]

    def take(self, reply: Reply) -> Batch:
        """The page's new rows, and where the walk stands after them."""
        rows = rows_in(reply, self.export.envelope)
        self._newest = self.export.newest(rows, self._newest)
        position = Position(None, self._newest)
        return Batch(reply.data, self.unseen(rows), position, date=reply.date)

    def _end(self, reply: Reply) -> int:
        """The second in which the page ended."""
        rows = rows_in(reply, self.export.envelope)
        return epoch(reply.data.get("end_time")) or self.export.newest(rows, None) or self.start

    def is_last(self, reply: Reply, new_rows: int) -> bool:
        """Was this the last page?

        Exports that do not say so are over with an empty page, with one that leads to no other, or
        with a short one that leads no further in time. A page with new rows that is as long as the
        page before may be as long as the API makes pages, whatever was asked for.
        """
        count, is_stuck = len(rows_in(reply, self.export.envelope)), self._end(reply) <= self.start
        is_cut = new_rows > 0 and count == self._rows_before
        self._rows_before = count
        says_end = reply.data.get("end_of_stream")
        if says_end is not None:
            return bool(says_end) or (is_stuck and not count)
        if reply.data.get("next_page", "unknown") is None:
            return True
        is_short = count < reply.request.params["per_page"]
        return not count or self._is_up_to_date(reply) or (is_stuck and is_short and not is_cut)

    def _is_up_to_date(self, reply: Reply) -> bool:
        """Does the page end in the last minute, after a time in which nothing happened?"""
        end = self._end(reply)
        newest = self.export.newest(rows_in(reply, self.export.envelope), None) or end
        return end > newest + 1 and end > settled(self._context, end)

    def advance(self, reply: Reply) -> bool:
        """Goes on to the second in which the page ended; False if that is where it began."""
        rows, end = rows_in(reply, self.export.envelope), self._end(reply)
        if end <= self.start:
            self.seen.update(map(self._key, rows))
            return False
        self.seen = {self._key(row) for row in rows if self.export.moment(row) >= end}
        self.start, self._enlarged = end, None
        return True

    def enlarge(self) -> bool:
        """Asks for twice as many rows a page; False if the API gives no more."""
        rows = (self._enlarged or self._usual).rows
        if rows >= self.export.largest:
            return False
        larger = min(2 * rows, self.export.largest)
        self._enlarged = PageSize(larger, smallest=larger)
        return True

    def skip_second(self) -> None:
        """Goes on behind the second where the walk stands."""
        self.start, self._enlarged = self.start + 1, None


def _other_rows(
    context: ReadContext,
    walk: _TimeWalk,
    another_way: Callable[[int], Iterator[list[Row]]] | None,
    guard: WalkGuard,
) -> Iterator[Batch]:
    """The rows of the second that the export does not get past, read another way."""
    path, at = walk.export.request.path, walk.start
    text = f"{path}: the export does not get past a second with more rows than a page"
    if another_way is None:
        raise ApiError(f"{text}, and there is no other way to read them")
    context.warn_once(text, f"{text}; read another way")
    found = 0
    for rows in another_way(at):
        batch = Batch({}, walk.unseen(rows), Position(None, at))
        found += len(batch.rows)
        yield batch
    walk.skip_second()
    guard.check(walk.start, found)
