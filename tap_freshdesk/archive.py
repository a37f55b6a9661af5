"""Archived tickets: in no list, and found only through the holes that they leave among the ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
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
MOST_IN_VAIN = 10_000
"""So many ids in a row of which none is archived are proof that the sequence has a gap there."""
BLOCK = 1024
"""Ids that are kept together."""
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
    if first > used.greatest or not _is_available(context, _request(first, stream)):
        return
    start = times.text(context.start)
    in_vain = 0
    while numbers := used.holes(first, IDS_AT_ONCE):
        answers = context.api.get_all(_request(number, stream) for number in numbers)
        found = [row for answer in answers for row in _archived(answer)]
        is_empty_stretch = not found and numbers[-1] - first < IDS_AT_ONCE
        in_vain = in_vain + len(numbers) if is_empty_stretch else 0
        first = numbers[-1] + 1
        if in_vain >= MOST_IN_VAIN:
            further = used.next(first)
            context.warn(
                f"tickets: none of the {in_vain} ids before {first} is archived, so those from "
                f"there to {further} are not looked at"
            )
            first, in_vain = further, 0
        yield [row for row in found if stamp(row, start) >= start], first
    yield [], used.greatest + 1


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


def _used_ids(context: ReadContext, stream: str) -> Ids:
    """The ids of all tickets in the lists."""
    tickets = TicketList(context, stream)
    used = Ids()
    for params in FILTERS:
        for rows, _ in changed(tickets, params, BEGINNING):
            used.add(row["id"] for row in rows if type(row.get("id")) is int)
    return used


class Ids:
    """Positive ids. They take one bit each where they lie close together."""

    def __init__(self) -> None:
        self._blocks: dict[int, int] = {}
        self.greatest = 0

    def add(self, numbers: Iterable[int]) -> None:
        """Takes in ``numbers``."""
        for number in numbers:
            block, place = divmod(number, BLOCK)
            self._blocks[block] = self._blocks.get(block, 0) | 1 << place
            self.greatest = max(self.greatest, number)

    def __contains__(self, number: int) -> bool:
        block, place = divmod(number, BLOCK)
        return bool(self._blocks.get(block, 0) >> place & 1)

    def holes(self, first: int, most: int) -> list[int]:
        """The first numbers from ``first`` to the greatest id that are no ids."""
        numbers = range(first, self.greatest)
        return list(islice((number for number in numbers if number not in self), most))

    def next(self, number: int) -> int:
        """The first id that is not below ``number``, which is not above the greatest one."""
        blocks = (block for block in sorted(self._blocks) if block >= number // BLOCK)
        ids = (block * BLOCK + place for block in blocks for place in range(BLOCK))
        return next(found for found in ids if found >= number and found in self)
