"""The incremental exports: by cursor (tickets, users) and by time (organizations, ticket events, Talk, articles).

Both hold back the last minute, refuse a start_time younger than that, and answer 504 when a page is too much for them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.http import Api
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tap_zendesk_support.lists import TOO_MUCH, epoch, rows

LARGEST_PAGE = 1000
HELD_BACK_SECONDS = 61
TOO_RECENT_SECONDS = 3600
GOOD_PAGES_TO_GROW = 4


class Position(NamedTuple):
    """Where an export stands: its cursor, if it has one, and the moment of the newest row so far."""

    cursor: str | None
    moment: int | None


class Batch(NamedTuple):
    """A page: the whole reply's data, the rows not seen yet, the position after them, and whether a cursor leads further."""

    data: dict[str, Any]
    rows: list[Row]
    position: Position
    more: bool = False


@dataclass(frozen=True)
class Export:
    """An export as data: its request, the rows' envelope, and the field by which it is ordered."""

    request: Request
    envelope: str
    field: str

    def moment(self, row: Row) -> int:
        """When the row came into the export, in epoch seconds; 0 if it doesn't say."""
        return epoch(row.get(self.field)) or 0


class _Pages:
    """Asks for pages of ``size`` rows: half of it after a 504, twice as much after some good ones."""

    def __init__(self, api: Api, size: int) -> None:
        self._api, self._most = api, size
        self.size, self._good = size, 0

    def get(self, request: Request, least: int = 1) -> Reply:
        """The reply, with ``least`` rows a page at least; a 504 to fewer than that is an ApiError."""
        while True:
            asked = self.size
            told = TOO_MUCH if asked > 1 else frozenset[int]()
            try:
                reply = self._api.get(
                    replace(
                        request, params={**request.params, "per_page": asked}, handled_statuses=told
                    )
                )
            except ApiError as error:
                if error.status not in told:
                    raise
                self.size, self._good = asked // 2, 0
                if asked <= least:
                    raise
                continue
            self._good += 1
            if self._good >= GOOD_PAGES_TO_GROW and self.size < self._most:
                self.size, self._good = min(self.size * 2, self._most), 0
            return reply

    def grow(self) -> bool:
        """Ask for more rows a page from now on; False if the API gives no more."""
        if self.size >= LARGEST_PAGE:
            return False
        self.size, self._good = min(self.size * 2, LARGEST_PAGE), 0
        self._most = max(self._most, self.size)
        return True


def settled(moment: int) -> int:
    """``moment``, or the youngest start_time that the exports accept."""
    return max(0, min(moment, int(time.time()) - HELD_BACK_SECONDS))


def by_cursor(context: ReadContext, export: Export, start: Position, since: int) -> Iterator[Batch]:
    """The export from the position ``start``, or from ``since`` where that has no cursor or the API refuses it."""
    pages = _Pages(context.api, context.page_size(LARGEST_PAGE))
    cursor, moment = start
    since = settled(since)
    refused_at: int | None = None
    while True:
        params = {"cursor": cursor} if cursor else {"start_time": since}
        try:
            reply = pages.get(replace(export.request, params={**export.request.params, **params}))
        except ApiError as error:
            if error.status not in (400, 422) or refused_at == since:
                raise
            refused_at = since if cursor else since - TOO_RECENT_SECONDS
            if cursor:
                context.warn(
                    f"{export.request.path}: the cursor is refused ({error}); reading again from its time"
                )
                cursor = None
            else:
                since = refused_at
            continue
        found = rows(reply, export.envelope)
        moments = (
            [moment, *map(export.moment, found)]
            if moment is not None
            else [*map(export.moment, found)]
        )
        moment = max(moments, default=None)
        since = max(since, settled(moment or 0))
        following = reply.data.get("after_cursor")
        further = following and following != cursor
        ended = reply.data.get("end_of_stream", not found) or not (found or further)
        yield Batch(reply.data, found, Position(following or cursor, moment), not ended)
        if ended:
            return
        if not further:
            raise ApiError(f"{export.request.path}: there is more, but no cursor leads to it")
        cursor = following


def by_time(
    context: ReadContext,
    export: Export,
    since: int,
    crowded: Callable[[int], Iterator[list[Row]]] | None = None,
) -> Iterator[Batch]:
    """The export from ``since`` on, inclusively, each row once.

    A page begins with the second in which the last one ended. A second that fills a page by itself never ends: then
    ``crowded`` is asked for the second's rows by another way, and the export goes on behind it.
    """
    pages = _Pages(context.api, context.page_size(LARGEST_PAGE))
    start, moment, least, doubted, before = settled(since), None, 1, False, 0
    seen: set[tuple[Any, int]] = set()
    while True:
        try:
            reply = pages.get(
                replace(export.request, params={**export.request.params, "start_time": start}),
                least,
            )
        except ApiError as error:
            if error.status in TOO_MUCH and least > 1:
                yield from _beside(context, export, crowded, start, seen)
                start, least = start + 1, 1
                continue
            if error.status not in (400, 422) or doubted:
                raise
            start, doubted = start - TOO_RECENT_SECONDS, True
            continue
        found = rows(reply, export.envelope)
        fresh = [row for row in found if (row.get("id"), export.moment(row)) not in seen]
        moment = max(
            [*map(export.moment, found), *([moment] if moment is not None else [])], default=None
        )
        end = epoch(reply.data.get("end_time")) or (moment if found and moment else start)
        yield Batch(reply.data, fresh, Position(None, moment))
        cut = bool(fresh) and len(found) == before
        if _ended(reply, len(found), stuck=end <= start, cut=cut):
            return
        before = len(found)
        if end > start:
            start, least = end, 1
            seen = {
                (row.get("id"), export.moment(row)) for row in found if export.moment(row) >= end
            }
            continue
        seen.update((row.get("id"), export.moment(row)) for row in found)
        if pages.grow():
            least = pages.size
            continue
        yield from _beside(context, export, crowded, start, seen)
        start, least = start + 1, 1


def _ended(reply: Reply, count: int, *, stuck: bool, cut: bool) -> bool:
    """Was this the last page? Exports that don't say are over with an empty page, or a short one that leads no further.

    One with new rows, as many in all as the page before (``cut``), is as long as the API makes pages, whatever was asked for.
    """
    said = reply.data.get("end_of_stream")
    if said is None:
        return not count or (stuck and not cut and count < reply.request.params["per_page"])
    return bool(said) or (stuck and not count)


def _beside(
    context: ReadContext,
    export: Export,
    crowded: Callable[[int], Iterator[list[Row]]] | None,
    second: int,
    seen: set[tuple[Any, int]],
) -> Iterator[Batch]:
    """The rows of a ``second`` of which the export gives no more than those ``seen``."""
    path = export.request.path
    if crowded is None:
        raise ApiError(
            f"{path}: more rows than a page holds in one second; the export does not get past it"
        )
    context.warn_once(
        f"{path} is crowded",
        f"{path}: the export does not get past a second with more rows than a page; read another way",
    )
    for others in crowded(second):
        yield Batch(
            {},
            [row for row in others if (row.get("id"), export.moment(row)) not in seen],
            Position(None, second),
        )
