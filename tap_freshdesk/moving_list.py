"""Lists from which rows go, and into which rows come, while they are read.

A row that goes (deleted, restored, renamed to another place) moves all behind it up by one. With
plain paging the first row of the next page would never be seen, and some deletions leave no trace
by which to notice. Therefore each page begins inside the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import count
from math import ceil
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused
from tap_common.guard import WalkGuard
from tap_common.page_size import PageSize
from tap_common.replies import rows_in
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tap_freshdesk.lists import (
    LARGEST_PAGE,
    ListEnd,
    following,
    links_to_next,
    numbered,
    page_number,
    refuses,
    version,
)

if TYPE_CHECKING:
    from tap_common.http import Api

HALF_PAGES_AROUND = 20
"""In so many half pages to either side the rows of the last page are looked for."""
MOST_RESTARTS = 50
"""How often a walk may begin again because none of the last page's rows is found."""
MOST_WITHOUT_PROGRESS = 10
"""Pages in a row that bring a walk no further."""
VERSIONS_KEPT = 10
"""Rows of the last page that the state names, by which a later run finds where to go on."""


@dataclass(frozen=True)
class Position:
    """How far a walk has come: ``end`` rows; ``last`` are the versions of its last page.

    ``cut`` is the length at which the vendor cuts pages, 0 if it sends as many rows as are asked
    for: where a page begins is only known if no more are asked for.
    """

    end: int = 0
    last: tuple[str, ...] = ()
    cut: int = 0

    @classmethod
    def from_state(cls, value: Mapping[str, Any]) -> Self | None:
        """The position that a part of the state holds, or None if it holds none."""
        end, last, cut = value.get("end"), value.get("last"), value.get("cut", 0)
        if type(end) is not int or type(cut) is not int or not isinstance(last, list):
            return None
        return cls(end, tuple(last), cut) if all(isinstance(item, str) for item in last) else None

    def to_state(self) -> dict[str, Any]:
        """The position as the state holds it."""
        cut = {"cut": self.cut} if self.cut else {}
        return {"end": self.end, "last": list(self.last[-VERSIONS_KEPT:]), **cut}


class ListPage(NamedTuple):
    """The new rows of a page, the vendor's clock when it sent them, and the position after them.

    ``is_last`` says that no page follows, if that is known already.
    """

    rows: list[Row]
    date: datetime
    position: Position
    is_last: bool


def read_list(
    context: ReadContext, request: Request, position: Position = Position()
) -> Iterator[ListPage]:
    """The pages of a list, from ``position`` on. If it refuses per_page, it is asked without."""
    return read_pages(context.api, request, context.page_size(LARGEST_PAGE), position)


def read_pages(
    api: Api, request: Request, size: int, position: Position = Position()
) -> Iterator[ListPage]:
    """The same, with pages of at most ``size`` rows. A refusal in the middle is a failure."""
    has_begun = False
    try:
        for page in MovingList(api, request, PageSize(size), position).pages():
            yield page
            has_begun = True
    except StreamRefused as error:
        if has_begun:
            raise ApiError(f"{request.path}: in the middle of the list: {error}") from None
        raise
    except ApiError as error:
        if not refuses(error, "per_page"):
            raise
        for reply, is_last in numbered(api, request):
            yield ListPage(rows_in(reply), reply.date, Position(), is_last)


def row_pages(context: ReadContext, request: Request) -> Iterator[list[Row]]:
    """The rows of the list that ``request`` asks for, page by page."""
    return (page.rows for page in read_list(context, request))


class MovingList:
    """A walk through the list that ``request`` asks for; no row that stays in the list is missed.

    If none of the last page's rows is there unchanged, they are looked for on the pages around.
    If they aren't there either, the list is read from its start. A page size below about ten is
    exceeded where no smaller page would begin inside the one before.

    A vendor whose first page holds fewer rows than asked for is asked for as many from then on.
    Where a later page does, or one holds more, the rest of the list is paged plainly.
    """

    def __init__(self, api: Api, request: Request, size: PageSize, position: Position) -> None:
        self._api, self._request, self._position = api, request, position
        self._size = PageSize(min(size.rows, position.cut)) if position.cut > 0 else size
        self._cut = max(0, position.cut)
        self._end, self._most = ListEnd(api), 0
        self._has_passed_rows = self._has_own_length = False

    def pages(self) -> Iterator[ListPage]:
        """The pages. ApiError if the list changes faster than it can be read."""
        without_progress, restarts, guard = 0, 0, WalkGuard(self._request.path)
        while True:
            reply, is_joined = self._next()
            if not is_joined:
                restarts, guard = restarts + 1, WalkGuard(self._request.path)
            page, before = rows_in(reply), self._position
            may_go_on = self._end.may_go_on(reply)
            per_page = self._rows_a_page(reply, may_go_on=may_go_on)
            end = per_page * page_number(reply)
            without_progress = 0 if is_joined and end > before.end else without_progress + 1
            if without_progress > MOST_WITHOUT_PROGRESS or restarts > MOST_RESTARTS:
                raise ApiError(
                    f"{self._request.path}: the list changes faster than it can be read; "
                    "reading on would lose rows"
                )
            self._position = Position(end, tuple(filter(None, map(version, page))), self._cut)
            known = frozenset(before.last)
            fresh = [row for row in page if version(row) not in known]
            begins_alike = self._position.last == before.last[: len(page)]
            is_same = not fresh and begins_alike and not self._has_passed_rows
            is_at_end = is_same and len(page) <= per_page and not links_to_next(reply)
            is_last = not may_go_on or is_at_end
            yield ListPage(fresh, reply.date, self._position, is_last)
            if is_last:
                return
            guard.check(self._position.last or end, len(fresh))
            if len(page) != per_page or self._has_own_length:
                for other, is_last in following(self._api, reply, self._end):
                    yield ListPage(rows_in(other), other.date, self._position, is_last)
                return

    def _rows_a_page(self, reply: Reply, *, may_go_on: bool) -> int:
        """By how many rows the pages of the vendor are apart.

        If no page so far held more rows than this one, although others may follow it, the vendor
        cuts its pages down to so many.
        """
        asked: int = reply.request.params["per_page"]
        rows = len(rows_in(reply))
        if self._most < rows < asked and may_go_on:
            self._size, self._cut, asked = PageSize(rows), rows, rows
        self._most = max(self._most, rows)
        return asked

    def _next(self) -> tuple[Reply, bool]:
        """The page to go on with; does it hold rows of the last one, or is it the first again?

        Notes whether pages with none of those rows, but with others, were passed on the way.
        """
        last = set(self._position.last)
        self._has_passed_rows = False
        for step in sorted(range(-HALF_PAGES_AROUND, HALF_PAGES_AROUND + 1), key=abs):
            reply = self._size.get(self._api, partial(self._page_near_end, step))
            if not last or not last.isdisjoint(map(version, rows_in(reply))):
                return reply, True
            if reply.request.params["per_page"] < len(rows_in(reply)) == self._cut:
                self._has_own_length = True
                return self._size.get(self._api, self._page_of_own_length), True
            if page_number(reply) == 1:
                return reply, False
            self._has_passed_rows |= bool(rows_in(reply))
        return self._size.get(self._api, lambda size: self._page(size, 1)), False

    def _page_near_end(self, step: int, size: int) -> Request:
        """The page that begins before the end of what was read, or half pages away from it."""
        return self._page(*overlapping_page(self._position.end + step * size // 2, size))

    def _page_of_own_length(self, size: int) -> Request:
        """The page with the next row, where the vendor ignores how many rows are asked for."""
        return self._page(size, self._position.end // self._cut + 1)

    def _page(self, size: int, number: int) -> Request:
        params = {**self._request.params, "per_page": size}
        if number > 1:
            params["page"] = number
        return Request(
            self._request.path, self._request.stream, params, bucket=self._request.bucket
        )


def overlapping_page(end: int, size: int) -> tuple[int, int]:
    """Size and number of the page that begins among the first ``end`` rows and reaches furthest.

    The size is at most ``size`` unless every size above half of it divides ``end``.
    """
    if end <= 0:
        return size, 1
    sizes = [number for number in range(size, size // 2, -1) if end % number]
    if not sizes:
        sizes = [next(number for number in count(size + 1) if end % number)]
    per_page = max(sizes, key=lambda number: ceil(end / number) * number)
    return per_page, ceil(end / per_page)
