"""Freshdesk's bare-array lists: page and per_page, a Link header while there is a next page."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from requests.utils import parse_header_links

from tap_common import times
from tap_common.children import Children
from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused
from tap_common.http import Api
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Reply, Request

LARGEST_PAGE = 100
PLACES_AROUND = 20
"""Half pages to either side in which the last rows are looked for."""
MOST_STILL = 10
"""Pages in a row that bring a reading no further."""


@dataclass
class MovingList:
    """A list from which rows go, and into which rows come, while it is read; none that stays is missed.

    A row that goes (deleted, restored, renamed to another place) moves all behind it up by one, so that with plain paging the
    first row of the next page is never seen, and some deletions leave no trace by which to notice. Therefore each page begins
    inside the one before: its size is so chosen that its border lies at or before the last row read. If none of the last page's
    rows is there unchanged, they are looked for on the pages around, and else the list is read from its start.

    ``end`` rows have been read, of which ``last`` are the marks of the last page; with them a later run goes on from there.
    A ``size`` of less than about ten is exceeded where no smaller page crosses the last border. Where pages hold fewer rows than
    asked for, the list is paged plainly.
    """

    api: Api
    request: Request
    size: int
    end: int = 0
    last: list[str] = field(default_factory=list)

    def pages(self) -> Iterator[Reply]:
        """The pages, each with the rows that the one before did not hold."""
        still = 0
        while True:
            reply, joined = self._next()
            page, known = rows(reply), frozenset(self.last)
            size, number = reply.request.params["per_page"], reply.request.params.get("page", 1)
            still = 0 if joined and size * number > self.end else still + 1
            if still > MOST_STILL:
                raise ApiError(
                    f"{self.request.path}: the list changes faster than it can be read; reading on would lose rows"
                )
            self.end, self.last = size * number, [mark for mark in map(_mark, page) if mark]
            yield replace(reply, data=[row for row in page if _mark(row) not in known])
            if not has_next(reply):
                return
            if len(page) < size:
                yield from following(self.api, reply)
                return

    def _next(self) -> tuple[Reply, bool]:
        """The page to go on with, and whether it goes on where the last one ended; else it is the first one."""
        for step in sorted(range(-PLACES_AROUND, PLACES_AROUND + 1), key=abs):
            size, number = self._window(self.end + step * self.size // 2)
            reply = self._ask(size, number)
            if not self.last or not set(self.last).isdisjoint(map(_mark, rows(reply))):
                return reply, True
            if number == 1:
                return reply, False
        return self._ask(self.size, 1), False

    def _window(self, end: int) -> tuple[int, int]:
        """Size and number of the page that reaches furthest beyond the first ``end`` rows, of those that begin among them."""
        if end <= 0:
            return self.size, 1
        size = max(
            range(self.size, self.size // 2, -1), key=lambda size: ((end - 1) // size + 1) * size
        )
        if end % size == 0:
            size = next(size for size in itertools.count(self.size + 1) if end % size)
        return size, (end - 1) // size + 1

    def _ask(self, size: int, number: int) -> Reply:
        params = {**self.request.params, "per_page": size}
        return self.api.get(
            replace(self.request, params={**params, "page": number} if number > 1 else params)
        )


def _mark(row: Row) -> str | None:
    """A row as it was read: its id and when it changed last."""
    return None if row["id"] is None else f"{row['id']} {stamp(row, '')}"


def numbered(api: Api, request: Request, size: int) -> Iterator[Reply]:
    """The pages of a list from the first to the last one; an endpoint that refuses per_page is asked without."""
    try:
        yield from MovingList(api, request, size).pages()
    except ApiError as error:
        if not _refuses_size(error):
            raise
        yield from following(api, api.get(request), first=True)


def _refuses_size(error: ApiError) -> bool:
    return error.status == 400 and "per_page" in error.fields()


def following(api: Api, reply: Reply, *, first: bool = False) -> Iterator[Reply]:
    """The pages after ``reply``, which is the first one (and comes itself first if ``first``)."""
    if first:
        yield reply
    number = reply.request.params.get("page", 1)
    while has_next(reply):
        number += 1
        reply = api.get(replace(reply.request, params={**reply.request.params, "page": number}))
        yield reply


def has_next(reply: Reply) -> bool:
    """Is there a page after this one? The Link header says so; an empty page is the last in any case."""
    links = parse_header_links(reply.headers.get("Link") or "")
    return bool(reply.data) and any(link.get("rel") == "next" for link in links)


def rows(reply: Reply) -> list[Row]:
    """The rows of a page, each with an id, be it null. ApiError if the page holds anything but a list of objects."""
    if not isinstance(reply.data, list) or not all(isinstance(row, dict) for row in reply.data):
        raise ApiError(f"{reply.request.path}: expected a list of objects, got something else")
    return [row if "id" in row else {"id": None, **row} for row in reply.data]


def stamp(row: Row, otherwise: str, field: str = "updated_at") -> str:
    """The row's ``field`` as RFC 3339 in UTC, cut to the second (such strings sort as the moments do), or ``otherwise``."""
    return times.second(row.get(field)) or otherwise


def whole(stream: Stream, *fallbacks: str) -> Callable[[ReadContext], Iterator[Page]]:
    """The reader of a list that is read whole each time; ``fallbacks`` are endpoints to try where the first answers 404."""

    def pages(context: ReadContext) -> Iterator[Page]:
        for endpoint in (stream.path, *fallbacks):
            try:
                for reply in numbered(
                    context.api, Request(endpoint, stream.name), context.page_size(LARGEST_PAGE)
                ):
                    yield Page({stream.name: rows(reply)})
                return
            except StreamRefused as error:
                if error.status != 404 or endpoint == (stream.path, *fallbacks)[-1]:
                    raise

    return pages


def single(stream: Stream) -> Callable[[ReadContext], Iterator[Page]]:
    """The reader of an endpoint that answers one object."""

    def pages(context: ReadContext) -> Iterator[Page]:
        data: Any = context.api.get(Request(stream.path, stream.name)).data
        if not isinstance(data, dict):
            raise ApiError(f"{stream.path}: expected an object, got something else")
        yield Page({stream.name: [data]})

    return pages


def below(context: ReadContext, stream: Stream, path: Callable[[str], str]) -> Children:
    """The children of ``stream`` at the ``path`` of each parent's id, whole lists of them.

    A list that refuses per_page is asked without.
    """

    def request(parent: str) -> Request:
        return Request(path(parent), stream.name, {"per_page": LARGEST_PAGE})

    def pages(reply: Reply) -> Iterator[list[Row]]:
        return map(rows, following(context.api, reply, first=True))

    def instead(parent: str, error: ApiError) -> Request | None:
        return replace(request(parent), params={}) if _refuses_size(error) else None

    return Children(context, stream, request, pages, instead)
