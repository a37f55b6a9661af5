"""Archived tickets: in no list, and found only through the holes that they leave in the sequence of ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeGuard

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused, UsageError
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tap_freshdesk.api import LISTED_TICKETS
from tap_freshdesk.lists import LARGEST_PAGE, stamp
from tap_freshdesk.seconds import changed

LEAF = "archived_next_id"
IDS_AT_ONCE = 100
BEGINNING = "1970-01-01T00:00:00Z"
FILTERS: tuple[dict[str, str], ...] = ({}, {"filter": "spam"}, {"filter": "deleted"})


def pages(context: ReadContext, stream: str) -> Iterator[tuple[list[Row], dict[str, Any]]]:
    """Yields (archived tickets changed since the start date, the bookmark's new leaf).

    The ids in use are listed (a byte each), then the holes up to the greatest one are asked for one by one. A backfill that was
    cut short goes on where it stopped, and a finished one only looks at ids that are new since.
    """
    first = min(_next_id(context.bookmarks[name].get(LEAF)) for name in context.fields)
    used = _used_ids(context, stream)
    if first >= len(used):
        return
    try:
        context.api.get(Request(f"tickets/archived/{first}", stream))
    except StreamRefused as error:
        if error.status != 404:
            context.warn(f"archived tickets are not available: {error}")
            return
    start = times.text(context.start)
    holes = [number for number in range(first, len(used)) if not used[number]]
    for at in range(0, len(holes), IDS_AT_ONCE):
        numbers = holes[at : at + IDS_AT_ONCE]
        answers = context.api.get_all(
            Request(f"tickets/archived/{number}", stream, child=True) for number in numbers
        )
        found = [answer.data for answer in answers if _is_there(answer)]
        kept = [
            {"archived": True, **row}
            for row in found
            if isinstance(row, dict) and stamp(row, start) >= start
        ]
        yield kept, {LEAF: numbers[-1] + 1}
    yield [], {LEAF: len(used)}


def _is_there(answer: Reply | ApiError) -> TypeGuard[Reply]:
    """Is it an archived ticket? ApiError if the answer says neither yes nor no."""
    if isinstance(answer, Reply):
        return True
    if answer.status not in (403, 404):
        raise answer
    return False


def _next_id(value: Any) -> int:
    if value is None:
        return 1
    if type(value) is not int or value < 1:
        raise UsageError(f"state: {LEAF} is {value!r}, not an id; correct or remove it")
    return value


def _used_ids(context: ReadContext, stream: str) -> bytearray:
    """A byte an id: is it in one of the lists? Its length is the greatest id and one."""
    used = bytearray(1)
    for params in FILTERS:
        request = Request(
            "tickets", stream, {**params, "per_page": LARGEST_PAGE}, bucket=LISTED_TICKETS
        )
        for tickets, _ in changed(context.api, request, BEGINNING, {}):
            for row in tickets:
                if row["id"] >= len(used):
                    used.extend(bytes(row["id"] + 1 - len(used)))
                used[row["id"]] = 1
    return used
