"""Archived tickets: in no list, and found only through the holes that they leave among the ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused, UsageError
from tap_common.replies import object_in
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tap_freshdesk.by_time import changed
from tap_freshdesk.lists import stamp
from tap_freshdesk.ticket_list import BEGINNING, TicketList

NEXT_ID = "archived_next_id"
"""The key of the bookmark under which the next id to look at is kept."""
IDS_AT_ONCE = 100
FILTERS: tuple[dict[str, str], ...] = ({}, {"filter": "spam"}, {"filter": "deleted"})


def pages(context: ReadContext) -> Iterator[tuple[list[Row], int]]:
    """Yields (archived tickets changed since the start date, the next id to look at).

    The ids in use are listed, then the holes up to the greatest one are asked for one by one. A
    backfill that was cut short goes on where it stopped, and a finished one only looks at ids that
    are new since.
    """
    stream = next(iter(context.fields))
    first = min(_next_id(context.bookmarks[name].get(NEXT_ID)) for name in context.fields)
    used = _used_ids(context, stream)
    if first >= len(used) or not _is_available(context, _request(first, stream)):
        return
    start = times.text(context.start)
    holes = [number for number in range(first, len(used)) if not used[number]]
    for at in range(0, len(holes), IDS_AT_ONCE):
        numbers = holes[at : at + IDS_AT_ONCE]
        answers = context.api.get_all(_request(number, stream) for number in numbers)
        found = [row for answer in answers for row in _archived(answer)]
        yield [row for row in found if stamp(row, start) >= start], numbers[-1] + 1
    yield [], len(used)


def _request(ticket: int, stream: str) -> Request:
    return Request(f"tickets/archived/{ticket}", stream, child=True)


def _is_available(context: ReadContext, request: Request) -> bool:
    """May these credentials see the archive? A 404 says so, too: that ticket isn't in it."""
    try:
        context.api.get(request)
    except StreamRefused as error:
        if error.status != 404:
            context.warn(f"archived tickets are not available: {error}")
            return False
    return True


def _archived(answer: Reply | ApiError) -> list[Row]:
    """The archived ticket, or nothing. ApiError if the answer says neither yes nor no."""
    if isinstance(answer, Reply):
        return [object_in(answer)]
    if answer.status not in (403, 404):
        raise answer
    return []


def _next_id(value: Any) -> int:
    if value is None:
        return 1
    if type(value) is not int or value < 1:
        raise UsageError(f"state: {NEXT_ID} is {value!r}, not an id; correct or remove it")
    return value


def _used_ids(context: ReadContext, stream: str) -> bytearray:
    """A byte for each id: is it in one of the lists? Its length is the greatest id plus one."""
    tickets = TicketList(context, stream)
    used = bytearray(1)
    for params in FILTERS:
        for rows, _ in changed(tickets, params, BEGINNING):
            for number in (row["id"] for row in rows if row.get("id")):
                used.extend(bytes(max(0, number + 1 - len(used))))
                used[number] = 1
    return used
