"""Collections: pages with an envelope, numbers and links to the next one."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tap_common.children import Children, smaller_page
from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused
from tap_common.guard import WalkGuard
from tap_common.page_size import PageSize
from tap_common.readers import Pages, RowPages, until_steady, whole
from tap_common.replies import member, rows_in
from tap_common.stream import Row, Stream
from tap_common.vendor import Reply, Request
from tap_desk.rows import Columns, href

if TYPE_CHECKING:
    from tap_common.http import Api

LARGEST_PAGE = 100
LAST_PAGE = 500
"""Some lists and all searches end there (README of the gem desk_api, May 2014)."""


@dataclass(frozen=True)
class Collection:
    """What one page of a collection says: its rows, its number, how many rows there are on all
    pages (0 where it does not say), how many a page has, whether another page follows, and whether
    the vendor made the page smaller than what was asked for."""

    rows: list[Row]
    number: int
    total: int
    size: int
    has_next: bool
    is_cut_down: bool = False

    @classmethod
    def of(cls, reply: Reply) -> Collection:
        """The page in ``reply``. ApiError if the reply is no collection."""
        embedded = replace(reply, data=member(reply, "_embedded"))
        rows = rows_in(embedded, "entries")
        total = reply.data.get("total_entries")
        params = reply.request.params
        asked = int(params["per_page"])
        size = min(asked, _page_size(reply.data) or asked)
        return cls(
            rows,
            int(params.get("page", 1)),
            total if type(total) is int else 0,
            size,
            href(reply.data, "next") is not None,
            size < asked,
        )

    @property
    def is_all(self) -> bool:
        """Does this first page hold all that was found?"""
        return not self.has_next and self.total <= len(self.rows)


def _page_size(document: Row) -> int | None:
    """The real page size: the API cuts one that is too large down, and its links show it."""
    query = parse_qs(urlsplit(href(document, "self") or "").query)
    [size] = query.get("per_page", [""])[:1]
    return int(size) if size.isdecimal() and int(size) else None


def numbered(api: Api, request: Request, size: PageSize) -> Iterator[Collection]:
    """The pages of a numbered list."""

    def first(rows: int) -> Request:
        return replace(request, params={**request.params, "per_page": rows})

    yield from following(api, size.get(api, first), size)


def following(api: Api, reply: Reply, size: PageSize) -> Iterator[Collection]:
    """The page in ``reply``, the first one of a numbered list, and the pages after it.

    They become smaller where they are too much for the vendor. A smaller page begins at or before
    the position that was reached, so that some rows come again. ApiError if the list ends before
    the number of rows that it announced, or leads back to a page that was already read.
    """
    first = reply.request
    guard = WalkGuard(first.path)
    cut_to: int | None = None
    longest = position = 0
    while True:
        page = Collection.of(reply)
        yield page
        if page.has_next:
            longest = max(longest, len(page.rows))
        cut = _cut(page, longest, cut_to)
        if cut != cut_to:
            cut_to, guard = cut, WalkGuard(first.path)
        real_size = min(page.size, cut_to or page.size)
        if len(page.rows) > real_size:
            raise ApiError(f"{first.path}: a page is longer than one before it")
        if page.rows:
            end = (page.number - 1) * real_size + len(page.rows)
            position = max(position, end)
        if not page.has_next or (page.total and not page.rows):
            if position < page.total:
                text = f"{first.path}: the list ends after {position} of {page.total} rows"
                raise ApiError(text)
            return
        guard.check(_content(page.rows), len(page.rows))
        reply = _next(api, size, _PageAt(first, position, cut_to))


def _cut(page: Collection, longest: int, known: int | None) -> int | None:
    """The size to which the vendor cuts pages like ``page`` down, None if it does not.

    If its links don't show that, what is ``known`` stays. Until then ``longest`` shows it, the
    length of the longest page before another.
    """
    if page.is_cut_down:
        return page.size
    is_short = page.has_next and 0 < longest < page.size
    return longest if is_short and known is None else known


@dataclass(frozen=True)
class _PageAt:
    """The page of a list that holds the row at ``position``.

    ``cut_to`` is the size to which the vendor cuts its pages down, None if it does not.
    """

    first: Request
    position: int
    cut_to: int | None

    def request(self, rows: int) -> Request:
        """The request for it, if a page is to have ``rows`` rows."""
        number = self.position // min(rows, self.cut_to or rows) + 1
        params = {**self.first.params, "per_page": rows, "page": number}
        return replace(self.first, params=params)


def _next(api: Api, size: PageSize, page: _PageAt) -> Reply:
    """A later page of a list. A refusal in the middle of a list is a failure."""
    try:
        return size.get(api, page.request)
    except StreamRefused as error:
        text = f"{page.first.path}: after {page.position} rows: {error}"
        raise ApiError(text, status=error.status) from None


def _content(rows: list[Row]) -> Hashable:
    """What tells a page from another one."""
    return tuple(href(row, "self") or repr(row) for row in rows)


def steady(context: ReadContext, request: Request, largest: int) -> Iterator[list[Row]]:
    """The pages of a list, which is read again if it got shorter meanwhile."""
    size = PageSize(context.page_size(largest))

    def read() -> Iterator[tuple[list[Row], int]]:
        for page in numbered(context.api, request, size):
            context.api.stats.announce(request.stream, page.total)
            yield page.rows, page.total

    return until_steady(request.path, read)


def whole_list(stream: Stream, columns: Columns, *fallbacks: str) -> Pages:
    """The reader of a list that is read whole in each run.

    ``fallbacks`` are paths to try where the stream's own path answers 404.
    """
    return whole(stream, row_pages(columns), *fallbacks)


def row_pages(columns: Columns) -> RowPages:
    """The pages of any list, its rows with their columns."""

    def pages(context: ReadContext, request: Request) -> Iterator[list[Row]]:
        for rows in steady(context, request, LARGEST_PAGE):
            yield [columns(row) for row in rows]

    return pages


def below(
    context: ReadContext, stream: Stream, path: str | None = None, largest: int = LARGEST_PAGE
) -> Children:
    """The collections below parents, at ``path`` or the stream's path, where {id} is the parent.

    Each comes whole or not at all. If its first page is too much for the vendor, the collection is
    read in small ones.
    """
    template = path or stream.path

    def request(parent: str, rows: int = context.page_size(largest)) -> Request:
        where = template.format(id=parent)
        return Request(where, stream.name, {"per_page": rows}, child=True, shrinkable=True)

    def smaller(parent: str, error: ApiError, tried: int) -> Request | None:
        return smaller_page(tried, error, partial(request, parent))

    def pages(reply: Reply) -> Iterator[list[Row]]:
        size = PageSize(int(reply.request.params["per_page"]))
        pages = list(following(context.api, reply, size))
        yield [row for page in pages for row in page.rows]

    return Children(context, stream, request, pages, smaller)
