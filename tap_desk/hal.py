"""HAL as Desk.com speaks it: collections in an envelope, and links that say which record a record belongs to.

"The self link is the identifier" was the API's design (dev.desk.com, Using the API): cases and customers have an ``id`` since
2014, brands, filters and others never got one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tap_common import times
from tap_common.children import Children
from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused
from tap_common.http import Api
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Reply, Request

LARGEST_PAGE = 100
LAST_PAGE = 500
"""Some lists and all searches end there (desk_api README, May 2014)."""
MOST_READINGS = 5
_NUMBER_AT_END = re.compile(r"/(\d+)/?(?:\?.*)?$")


def entries(reply: Reply) -> list[Row]:
    """The rows of a collection's page. ApiError if the reply is no collection."""
    embedded = reply.data.get("_embedded") if isinstance(reply.data, dict) else None
    rows = embedded.get("entries") if isinstance(embedded, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ApiError(f"{reply.request.path}: expected a collection, got something else")
    return rows


def total(reply: Reply) -> int:
    """How many rows a collection says it has on all its pages; 0 where it does not say."""
    said = reply.data.get("total_entries")
    return said if type(said) is int else 0


def link(row: Row, name: str) -> Row:
    """The link ``name`` of a row or of an envelope; {} where it is null or missing."""
    links = row.get("_links")
    found = links.get(name) if isinstance(links, dict) else None
    return found if isinstance(found, dict) else {}


def href(row: Row, name: str) -> str | None:
    """The address that the link ``name`` leads to. Links without one exist: a customer locked by the system has such."""
    address = link(row, name).get("href")
    return address if isinstance(address, str) else None


def linked(row: Row, name: str) -> int | None:
    """The number of the record that the link ``name`` leads to, or None."""
    found = _NUMBER_AT_END.search(href(row, name) or "")
    return int(found[1]) if found else None


def identifier(row: Row) -> int | None:
    """The row's ``id``, or else the number at the end of its own address."""
    own = row.get("id")
    return own if type(own) is int else linked(row, "self")


def stamp(row: Row, name: str = "updated_at") -> str:
    """A moment of the row as RFC 3339 in UTC, cut to the second (such strings sort as the moments do); "" without one."""
    return times.second(row.get(name))


@dataclass(frozen=True)
class Columns:
    """Makes a row's columns of its links: ``x_id`` of each x in ``ids``, ``x_count`` of each x in ``counts``.

    ``arranged`` has the last word on the row.
    """

    ids: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    arranged: Callable[[Row], Row] = lambda row: row

    def __call__(self, row: Row) -> Row:
        """The row with its ``id``, the columns of its links, and without what was embedded in it."""
        columns = {f"{name}_id": linked(row, name) for name in self.ids}
        columns.update({f"{name}_count": link(row, name).get("count") for name in self.counts})
        columns.update(row)
        columns["id"] = identifier(row)
        columns.pop("_embedded", None)
        return self.arranged(columns)


def counted(name: str) -> Callable[[Row], Row]:
    """Makes a number of a row's field that came as text in some years."""

    def arranged(row: Row) -> Row:
        value: Any = row.get(name)
        return {**row, name: int(value)} if isinstance(value, str) and value.isdigit() else row

    return arranged


def pages(api: Api, request: Request, size: int) -> Iterator[Reply]:
    """The pages of a collection from the first to the last one.

    A list that gets shorter meanwhile is read again: what followed the row that went has moved over the borders of pages.
    """
    for _ in range(MOST_READINGS):
        totals = []
        for reply in following(
            api, api.get(replace(request, params={**request.params, "per_page": size}))
        ):
            totals.append(total(reply))
            yield reply
        if totals == sorted(totals):
            return
    raise ApiError(f"{request.path}: the list got shorter during each of {MOST_READINGS} readings")


def following(api: Api, reply: Reply) -> Iterator[Reply]:
    """``reply``, the first page, and those after it by their links. ApiError if the API cuts the list off."""
    path, count = reply.request.path, 0
    before: list[Row] = []
    for number in range(1, LAST_PAGE * LAST_PAGE):
        rows = entries(reply)
        if rows and rows == before:
            raise ApiError(
                f"{path}: page {number} is page {number - 1} again; the rest of the list is not to be had"
            )
        yield reply
        count += len(rows)
        onward = href(reply.data, "next")
        if onward is None or not rows:
            if (number >= LAST_PAGE or not rows) and count < total(reply):
                raise ApiError(
                    f"{path}: the list ends at page {number}, after {count} of {total(reply)} rows"
                )
            return
        before = rows
        try:
            reply = api.get(replace(reply.request, path=onward, params={}))
        except StreamRefused as error:
            raise ApiError(f"{path}: page {number + 1}: {error}", status=error.status) from None


def whole(
    stream: Stream, columns: Columns, *fallbacks: str, largest: int = LARGEST_PAGE
) -> Callable[[ReadContext], Iterator[Page]]:
    """The reader of a list that is read whole each time; ``fallbacks`` are endpoints to try where the first answers 404."""

    def read(context: ReadContext) -> Iterator[Page]:
        for endpoint in (stream.path, *fallbacks):
            try:
                for reply in pages(
                    context.api, Request(endpoint, stream.name), context.page_size(largest)
                ):
                    yield Page({stream.name: [columns(row) for row in entries(reply)]})
                return
            except StreamRefused as error:
                if error.status != 404 or endpoint == (stream.path, *fallbacks)[-1]:
                    raise

    return read


def below(
    context: ReadContext,
    stream: Stream,
    path: Callable[[str], str] | None = None,
    size: int = LARGEST_PAGE,
) -> Children:
    """The children of ``stream``: whole collections at its path, or at the ``path`` of a parent."""

    def request(parent: str) -> Request:
        where = path(parent) if path else stream.path.format(id=parent)
        return Request(where, stream.name, {"per_page": size})

    def found(reply: Reply) -> Iterator[list[Row]]:
        for page in following(context.api, reply):
            yield entries(page)

    return Children(context, stream, request, found)
