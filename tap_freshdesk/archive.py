"""Archived tickets: in no list, and found only through the holes that they leave among the ids."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import Any

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused, UsageError
from tap_common.replies import object_in
from tap_common.stream import Bookmark, Row
from tap_common.vendor import Reply, Request
from tap_freshdesk.api import is_refusal
from tap_freshdesk.changed_tickets import changed
from tap_freshdesk.lists import stamp
from tap_freshdesk.ticket_list import BEGINNING, TicketList

NEXT_ID = "archived_next_id"
"""The key of the bookmark under which the next id to look at is kept."""
IDS_AT_ONCE = 100
MOST_IN_VAIN = 10_000
"""So many ids in a row of which none is archived are proof that the sequence has a gap there."""
MOST_IN_A_RUN = 1_000_000
"""Ids that one run looks at, which takes eight hours at the largest rate limit."""
GREATEST_ID = 1 << 63
FILTERS: tuple[dict[str, str], ...] = ({}, {"filter": "spam"}, {"filter": "deleted"})


def pages(context: ReadContext) -> Iterator[tuple[list[Row], int]]:
    """Yields (archived tickets changed since the start date, the next id to look at).

    The ids in use are listed, then the holes up to the greatest one are asked for one by one. A
    backfill that was cut short goes on where it stopped, and a finished one only looks at ids that
    are new since. One that is too long for a run goes on in the next.
    """
    stream = next(iter(context.fields))
    first: int = min(context.bookmarks[name].get(NEXT_ID) or 1 for name in context.fields)
    used = _used_ids(context, stream)
    if first > used.greatest + 1:
        context.warn(
            f"tickets: {NEXT_ID} in the state is {first}, but {used.greatest} is the greatest id, "
            "so no archived ticket is looked for; without that key, all ids are looked at"
        )
    if first > used.greatest or not _is_available(context, _request(first, stream)):
        return
    start = times.text(context.start)
    in_vain = looked_at = 0
    while numbers := list(islice(used.holes(first), IDS_AT_ONCE)):
        answers = context.api.get_all(_request(number, stream) for number in numbers)
        found = [row for answer in answers for row in _archived(answer)]
        is_empty_stretch = not found and numbers[-1] - first < IDS_AT_ONCE
        in_vain = in_vain + len(numbers) if is_empty_stretch else 0
        first = numbers[-1] + 1
        if in_vain >= MOST_IN_VAIN:
            further = used.following(first)
            context.warn(
                f"tickets: none of the {in_vain} ids before {first} is archived, so those from "
                f"there to {further} are not looked at"
            )
            first, in_vain = further, 0
        yield [row for row in found if stamp(row, start) >= start], first
        looked_at += len(numbers)
        if looked_at >= MOST_IN_A_RUN:
            context.warn(
                f"tickets: this run has looked for archived tickets at {looked_at} ids; the next "
                f"run goes on at id {first}"
            )
            return
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
    if not is_refusal(answer):
        raise answer
    return []


def faults(stream: str, bookmark: Bookmark) -> Iterator[UsageError]:
    """What is no id where the bookmark keeps the next one."""
    value = bookmark.get(NEXT_ID) or 1
    if type(value) is not int or value < 1:
        name = f"bookmarks.{stream}.{NEXT_ID}"
        yield UsageError(f"state: {name} is {value!r}, not an id; correct or remove it")


def _used_ids(context: ReadContext, stream: str) -> IdRanges:
    """The ids in the lists."""
    tickets, used = TicketList(context, stream), IdRanges()
    for params in FILTERS:
        for rows, _ in changed(tickets, params, BEGINNING):
            for row in rows:
                used.add(row.get("id"))
    return used


class IdRanges:
    """Ids as ranges: 16 bytes for each range, however great its ids are."""

    AT_ONCE = 100_000
    """Ids that wait to be put into the ranges."""

    def __init__(self) -> None:
        self._starts, self._ends = array("q"), array("q")
        self._waiting: set[int] = set()

    def add(self, number: Any) -> None:
        """Adds an id; what is none does not count."""
        if type(number) is int and 0 < number < GREATEST_ID:
            self._waiting.add(number)
        if len(self._waiting) >= self.AT_ONCE:
            self._merge()

    @property
    def greatest(self) -> int:
        """The greatest id, 0 if there is none."""
        self._merge()
        return self._ends[-1] if self._ends else 0

    def following(self, number: int) -> int:
        """The first id from ``number`` on, which is not above the greatest one."""
        self._merge()
        place = bisect_left(self._ends, number)
        return max(number, self._starts[place])

    def holes(self, first: int) -> Iterator[int]:
        """The numbers from ``first`` to the greatest id that are no id."""
        self._merge()
        for place in range(bisect_left(self._ends, first), len(self._ends)):
            yield from range(first, self._starts[place])
            first = max(first, self._ends[place] + 1)

    def _merge(self) -> None:
        if not self._waiting:
            return
        starts, ends = array("q"), array("q")
        known = zip(self._starts, self._ends, strict=True)
        for start, end in merge(known, ((one, one) for one in sorted(self._waiting))):
            if ends and start <= ends[-1] + 1:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        self._starts, self._ends = starts, ends
        self._waiting.clear()
