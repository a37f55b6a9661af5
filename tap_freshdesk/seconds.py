"""Tickets by time of change, read so that none is lost while they change.

/tickets is a moving list: a ticket that is updated leaves its place and goes to the end, and all that follow move up by one,
so that with plain paging the first row of the next page is never seen. Therefore each page is asked for anew from the last
second read ("re-anchored"), always as page 1; only a second that fills more than a page is paged, and read until it is quiet.
Beyond page 300 the API answers 400 (airbyte #3858), so of a second with more than 30,000 tickets the rest is found in the
order of creation from both ends and, at last, by id: ids form a dense sequence.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from tap_common import times
from tap_common.errors import ApiError
from tap_common.http import Api
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tap_freshdesk.lists import has_next, rows, stamp

LAST_PAGE = 300
IDS_AT_ONCE = 100
QUIET_READINGS = 16
"""So many readings without a new ticket are proof enough: if ties come in random order, each shows a ticket with 2/3 chance."""
QUIET_BEYOND_LAST_PAGE = 1
"""Further ways follow there."""
Batch = tuple[list[Row], str]


def changed(
    api: Api, request: Request, since: str, single_params: Mapping[str, Any]
) -> Iterator[Batch]:
    """The tickets changed at or after ``since`` (RFC 3339, whole seconds), oldest change first.

    Yields (rows, second): all rows changed before ``second`` are out, so that is where a later read may begin. It is never
    ahead of the vendor's clock, lest a row that is (by a clock that is wrong) hide what changes until then.
    ``single_params`` are the parameters for asking for one ticket by id.
    """
    anchor, seen = since, frozenset[tuple[int, str]]()
    while True:
        reply = _ask(api, request, anchor, 1)
        page = rows(reply)
        stamps = _ascending(page, anchor)
        fresh = [
            row for row, moment in zip(page, stamps, strict=True) if (row["id"], moment) not in seen
        ]
        if stamps:
            yield fresh, min(stamps[-1], times.text(reply.date))
        if not has_next(reply):
            return
        if not any(stamp(row, "") for row in page):
            raise ApiError(
                "tickets: a whole page does not say when its tickets changed; reading on would never end"
            )
        if stamps[-1] > anchor:
            anchor = stamps[-1]
            seen = frozenset(
                (row["id"], moment)
                for row, moment in zip(page, stamps, strict=True)
                if moment == anchor
            )
        else:
            found = {row["id"] for row in page} | {number for number, _ in seen}
            second = _Second(api, request, anchor, single_params, page, found)
            for batch in second.rest():
                yield batch, anchor
            anchor, seen = _next_second(anchor), frozenset()


def _ask(
    api: Api,
    request: Request,
    since: str,
    page: int,
    order: str = "updated_at",
    direction: str = "asc",
) -> Reply:
    params = {**request.params, "updated_since": since, "order_by": order, "order_type": direction}
    return api.get(replace(request, params={**params, "page": page} if page > 1 else params))


def _ascending(page: list[Row], since: str) -> list[str]:
    """When each row of ``page`` changed; a row that does not say so, when the one before it did."""
    stamps: list[str] = []
    for row in page:
        stamps.append(stamp(row, stamps[-1] if stamps else since))
    if any(before > after for before, after in itertools.pairwise(stamps)):
        raise ApiError(
            "tickets: the list does not come in the order asked for (updated_at ascending); reading on would lose rows"
        )
    return stamps


def _next_second(moment: str) -> str:
    return times.text(times.parse(moment) + timedelta(seconds=1))


@dataclass
class _Second:
    """One second that holds more tickets than a page: ``first_page`` is read, ``found`` are the ids that are out."""

    api: Api
    request: Request
    second: str
    single_params: Mapping[str, Any]
    first_page: list[Row]
    found: set[int]
    full: bool = field(default=False, init=False)

    def rest(self) -> Iterator[list[Row]]:
        """The second's tickets that are not out yet, batch by batch.

        A ticket that leaves the second while it is read shifts the others, and ties may come in a new order at each request.
        But tickets can only leave a second that is over. So the second is read again until two readings in a row count as many
        places, which says that none left since the first of them ended, and as many tickets were seen since then. Where places
        lie beyond the last page, or tickets never cease to leave, it is read until that brings no new ones.
        """
        places_before, begun, quiet = -1, self.first_page, 0
        seen: set[int] = set()
        while quiet < (QUIET_BEYOND_LAST_PAGE if self.full else QUIET_READINGS):
            places, found_before = len(begun), len(self.found)
            read = set()
            for page in self._pages("updated_at", "asc", 2 if begun else 1):
                ids = [row["id"] for row in page if stamp(row, self.second) == self.second]
                places += len(ids)
                read.update(ids)
                yield self._fresh(page)
            seen = seen | read if places == places_before else set()
            if places == places_before and len(seen) >= places and not self.full:
                return
            quiet = quiet + 1 if len(self.found) == found_before else 0
            places_before, begun = places, []
        if self.full:
            yield from self._beyond_the_last_page()

    def _pages(self, order: str, direction: str, first: int = 1) -> Iterator[list[Row]]:
        """The pages of one order from the second on; ``full`` tells whether the API's last one was reached with more to come."""
        self.full = False
        for number in range(first, LAST_PAGE + 1):
            try:
                reply = _ask(self.api, self.request, self.second, number, order, direction)
            except ApiError as error:
                if error.status != 400 or "page" not in error.fields():
                    raise
                break
            page = rows(reply)
            yield page
            if not has_next(reply) or (
                order == "updated_at" and stamp(page[-1], self.second) > self.second
            ):
                return
        self.full = True

    def _fresh(self, page: list[Row]) -> list[Row]:
        fresh = [
            row
            for row in page
            if row["id"] not in self.found and stamp(row, self.second) == self.second
        ]
        self.found.update(row["id"] for row in fresh)
        return fresh

    def _beyond_the_last_page(self) -> Iterator[list[Row]]:
        """From the oldest on, from the newest back, and by id what lies between the two, and beside it as long as that helps:
        all may have been created in one second, too, which then hides as many.
        """
        edges: list[_Edge] = []
        for direction in ("asc", "desc"):
            edge = _Edge()
            for page in self._pages("created_at", direction):
                yield self._fresh(page)
                edge.move(page)
                if edges and edge.created < edges[0].created:
                    return
            if not self.full:
                return
            edges.append(edge)
        ids = edges[0].ids | edges[1].ids
        yield from self._by_id(range(min(ids), max(ids) + 1))
        for first, step in ((max(ids) + 1, IDS_AT_ONCE), (min(ids) - IDS_AT_ONCE, -IDS_AT_ONCE)):
            for start in itertools.count(first, step):
                batches = list(self._by_id(range(max(1, start), start + IDS_AT_ONCE)))
                yield from batches
                if not any(batches):
                    break

    def _by_id(self, numbers: Iterable[int]) -> Iterator[list[Row]]:
        wanted = (number for number in numbers if number not in self.found)
        batch: list[Row] = []
        for answer in self.api.get_all(
            replace(self.request, path=f"tickets/{number}", params=self.single_params, child=True)
            for number in wanted
        ):
            if isinstance(answer, Reply):
                batch.append(answer.data)
            elif answer.status not in (403, 404):
                raise answer
            if len(batch) >= IDS_AT_ONCE:
                yield self._fresh(batch)
                batch = []
        yield self._fresh(batch)


@dataclass
class _Edge:
    """How far a context by time of creation came: the last second that it reached, and the tickets of that second that it met."""

    created: str = ""
    ids: set[int] = field(default_factory=set)

    def move(self, page: list[Row]) -> None:
        """Takes in the context's next page."""
        for row in page:
            created = stamp(row, self.created, "created_at")
            if created != self.created:
                self.created, self.ids = created, set()
            self.ids.add(row["id"])
