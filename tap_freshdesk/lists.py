"""Freshdesk's bare-array lists: page and per_page, a Link header while there is a next page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from requests.utils import parse_header_links

from tap_common import times
from tap_common.errors import ApiError, StreamRefused
from tap_common.http import Api
from tap_common.model import Page, Row, Stream, Walk
from tap_common.vendor import Gone, Reply, Request

LARGEST_PAGE = 100


def page_size(walk: Walk) -> int:
    """Rows a page: the config's page_size, at most what the API allows."""
    return min(walk.config["page_size"] or LARGEST_PAGE, LARGEST_PAGE)


def numbered(api: Api, request: Request, size: int) -> Iterator[Reply]:
    """The pages of a list from the first to the last one; an endpoint that refuses per_page is asked without."""
    try:
        first = api.get(replace(request, params={**request.params, "per_page": size}))
    except ApiError as error:
        if not _refuses_size(error):
            raise
        first = api.get(request)
    yield from following(api, first, first=True)


def _refuses_size(error: ApiError) -> bool:
    return error.status == 400 and "per_page" in error.fields()


def following(api: Api, reply: Reply, *, first: bool = False) -> Iterator[Reply]:
    """The pages after ``reply``, which is the first one (and comes itself first if ``first``)."""
    if first:
        yield reply
    number = 1
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
    moment = times.rfc3339(row.get(field))
    return f"{moment[:19]}Z" if moment else otherwise


def whole(stream: Stream, *fallbacks: str) -> Callable[[Walk], Iterator[Page]]:
    """The reader of a list that is read whole each time; ``fallbacks`` are endpoints to try where the first answers 404."""

    def pages(walk: Walk) -> Iterator[Page]:
        for endpoint in (stream.endpoint, *fallbacks):
            try:
                for reply in numbered(walk.api, Request(endpoint, stream.name), page_size(walk)):
                    yield Page({stream.name: rows(reply)})
                return
            except StreamRefused as error:
                if error.status != 404 or endpoint == (stream.endpoint, *fallbacks)[-1]:
                    raise

    return pages


def single(stream: Stream) -> Callable[[Walk], Iterator[Page]]:
    """The reader of an endpoint that answers one object."""

    def pages(walk: Walk) -> Iterator[Page]:
        data: Any = walk.api.get(Request(stream.endpoint, stream.name)).data
        if not isinstance(data, dict):
            raise ApiError(f"{stream.endpoint}: expected an object, got something else")
        yield Page({stream.name: [data]})

    return pages


def children(api: Api, wanted: list[Request]) -> Iterator[tuple[Request, list[Row]]]:
    """All pages of the children's lists, parent by parent in their order; parents that are gone are left out (and counted).

    From the first list on that refuses per_page, they are asked without.
    """
    answered = 0
    try:
        for answer in api.get_all(wanted):
            answered += 1
            if isinstance(answer, Gone):
                continue
            for reply in following(api, answer, first=True):
                yield answer.request, rows(reply)
    except ApiError as error:
        if not _refuses_size(error):
            raise
        yield from children(api, [replace(request, params={}) for request in wanted[answered:]])
