"""The incremental exports by cursor, and what they share with those by time.

Both hold back the last minute, refuse a start_time in it, and may fail when a page is too much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.guard import WalkGuard
from tap_common.page_size import PageSize
from tap_common.replies import rows_in
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tap_zendesk_support.lists import query_of
from tap_zendesk_support.moments import epoch, is_fresh, settled

LARGEST_PAGE = 1000
NOT_ACCEPTED = frozenset({400, 422})
"""What answers a cursor that is not good any more, or a start_time that is too recent."""
EARLIER_SECONDS = 3600
"""How much earlier to begin where a start_time is refused: Zendesk's clock may be behind ours."""


class Position(NamedTuple):
    """Where an export stands: its cursor, if it has one, and the newest row's time so far.

    A cursor points between two rows of one second. While that second lasts, another row may come
    before it. So the cursor is left out where the newest row is so fresh, and the next read begins
    by time. Zendesk holds back the last minute, and such rows do not come.
    """

    cursor: str | None = None
    moment: int | None = None


class ExportPage(NamedTuple):
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
        """When the row came into the export, or else when it was created, in epoch seconds.

        0 if it does not say.
        """
        return epoch(row.get(self.field)) or epoch(row.get("created_at")) or 0

    def newest(self, rows: list[Row], before: int | None) -> int | None:
        """The time of the newest row so far."""
        known = [] if before is None else [before]
        return max([*known, *map(self.moment, rows)], default=None)

    def asking(self, **params: Any) -> Callable[[int], Request]:
        """Makes the request with more parameters for a number of rows."""
        request = self.request
        return lambda rows: replace(request, params={**request.params, **params, "per_page": rows})


def by_cursor(
    context: ReadContext, export: Export, start: Position, since: int
) -> Iterator[ExportPage]:
    """The export from the position ``start``, or from ``since`` where that has no cursor."""
    size = PageSize(context.page_size(LARGEST_PAGE))
    guard, moment = WalkGuard(export.request.path), start.moment
    reply = _first(context, export, size, start.cursor, since)
    while True:
        rows = rows_in(reply, export.envelope)
        moment = export.newest(rows, moment)
        asked, following = reply.request.params.get("cursor"), _cursor_after(reply)
        leads_further = bool(following) and following != asked
        is_last = _says_end(reply, rows) or not (rows or leads_further)
        is_safe = moment is None or not is_fresh(context, moment)
        position = Position((following or asked) if is_safe else None, moment)
        yield ExportPage(reply.data, rows, position, not is_last, reply.date)
        if is_last:
            return
        if not leads_further:
            path = export.request.path
            raise ApiError(f"{path}: the API says that there is more, but gives no cursor")
        guard.check(following, len(rows))
        reply = size.get(context.api, export.asking(cursor=following))


def _cursor_after(reply: Reply) -> str | None:
    """The cursor of the next page, which its address has as well."""
    cursor: str | None = reply.data.get("after_cursor")
    return cursor or query_of(reply.data.get("after_url")).get("cursor")


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
