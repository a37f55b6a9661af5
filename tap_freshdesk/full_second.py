"""One second in which more tickets changed than fill a page, as after an import.

Such a second is paged, and read until it is quiet. Beyond page 300 the API answers 400 (airbyte
issue 3858). Of a second with more than 30,000 tickets the rest is found in the order of creation
from both ends and, at last, by id, because ids form a dense sequence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any

from tap_common.errors import ApiError
from tap_common.repeated_reading import RepeatedReading
from tap_common.replies import rows_in
from tap_common.stream import Row
from tap_common.vendor import Reply
from tap_freshdesk.api import is_refusal
from tap_freshdesk.lists import ListEnd, following, numbered, refuses, stamp
from tap_freshdesk.ticket_list import TicketList

IDS_AT_ONCE = 100
TicketVersion = tuple[Any, str]


def ticket_version(row: Row) -> TicketVersion:
    """A ticket as it was read: its id and when it last changed."""
    return row.get("id"), stamp(row)


class FullSecond:
    """The tickets of ``second`` in the list that ``params`` choose.

    ``first`` is its first page. The tickets on it, and those in ``seen``, were sent before.
    """

    def __init__(
        self,
        tickets: TicketList,
        params: Mapping[str, str],
        second: str,
        first: Reply,
        seen: frozenset[TicketVersion],
    ) -> None:
        self._tickets, self._params, self._second = tickets, params, second
        self._first = first
        self._per_page: int = first.request.params["per_page"]
        ids = {row["id"] for row in self._of_second(rows_in(first))}
        self._found = ids | {key for key, _ in seen}
        self._is_cut = False

    def rest(self) -> Iterator[list[Row]]:
        """The tickets that were not sent before, batch by batch."""
        repeated = RepeatedReading()
        begun = self._pages("updated_at", "asc", self._first)
        pages: Iterator[list[Row]] = chain([rows_in(self._first)], begun)
        is_enough = False
        while not is_enough:
            ids, found_before = [], len(self._found)
            for page in pages:
                ids += [row["id"] for row in self._of_second(page)]
                yield self._fresh(page)
            has_new = len(self._found) > found_before
            is_enough = repeated.is_enough(ids, has_new=has_new)
            if self._is_cut:  # other ways follow
                is_enough = not has_new
            pages = self._pages("updated_at", "asc")
        if self._is_cut:
            yield from self._by_creation()

    def _of_second(self, page: list[Row]) -> list[Row]:
        return [row for row in page if "id" in row and stamp(row, self._second) == self._second]

    def _fresh(self, page: list[Row]) -> list[Row]:
        fresh = [row for row in self._of_second(page) if row["id"] not in self._found]
        self._found.update(row["id"] for row in fresh)
        return fresh

    def _pages(self, order: str, direction: str, first: Reply | None = None) -> Iterator[list[Row]]:
        """The pages of one order, those after ``first`` if that has been read.

        Notes whether the API's last page cut the second off, and the size of pages that are not
        too large.
        """
        self._is_cut = False
        api = self._tickets.api
        request = self._tickets.request(
            self._params, self._second, self._per_page, order, direction
        )
        further = following(api, first, ListEnd(api)) if first else numbered(api, request)
        try:
            for reply, _ in further:
                self._per_page = reply.request.params["per_page"]
                page = rows_in(reply)
                if not page:
                    continue
                yield page
                if order == "updated_at" and stamp(page[-1]) > self._second:
                    return
        except ApiError as error:
            if not refuses(error, "page"):
                raise
            self._is_cut = True

    def _by_creation(self) -> Iterator[list[Row]]:
        """From the oldest on, from the newest back, and by id what lies between the two.

        All may have been created in one second, too, which then hides as many. So ids beside
        those are asked for as well, as long as that helps.
        """
        edges: list[_Edge] = []
        for direction in ("asc", "desc"):
            edge = _Edge()
            for page in self._pages("created_at", direction):
                yield self._fresh(page)
                edge.move(page)
                if edges and edge.created < edges[0].created:
                    return
            if not self._is_cut:
                return
            edges.append(edge)
        ids = edges[0].ids | edges[1].ids
        yield from self._by_id(range(min(ids), max(ids) + 1))
        yield from self._beside(max(ids) + 1, IDS_AT_ONCE)
        yield from self._beside(min(ids) - IDS_AT_ONCE, -IDS_AT_ONCE)

    def _beside(self, first: int, step: int) -> Iterator[list[Row]]:
        """The tickets in spans of ids from ``first`` on, up to the first span without any."""
        for start in count(first, step):
            span = range(max(1, start), start + IDS_AT_ONCE)
            batches = [batch for batch in self._by_id(span) if batch]
            yield from batches
            if not batches:
                return

    def _by_id(self, numbers: Iterable[int]) -> Iterator[list[Row]]:
        wanted = (number for number in numbers if number not in self._found)
        batch: list[Row] = []
        for answer in self._tickets.api.get_all(map(self._tickets.single, wanted)):
            if isinstance(answer, Reply):
                batch.append(answer.data)
            elif not is_refusal(answer):
                raise answer
            if len(batch) >= IDS_AT_ONCE:
                yield self._fresh(batch)
                batch = []
        yield self._fresh(batch)


@dataclass
class _Edge:
    """How far a walk by time of creation came.

    ``created`` is the last second that it reached, ``ids`` are the tickets of that second.
    """

    created: str = ""
    ids: set[int] = field(default_factory=set)

    def move(self, page: list[Row]) -> None:
        """Takes in the walk's next page."""
        for row in page:
            created = stamp(row, self.created, "created_at")
            if created != self.created:
                self.created, self.ids = created, set()
            self.ids.add(row["id"])
