"""Zendesk's lists: by cursor (page[size], page[after]), by page number, or whole in one reply.

Which of the last two a reply is, it says itself: ``meta`` belongs to cursors, ``next_page`` to numbers.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tap_common import times
from tap_common.children import Children
from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.http import Api
from tap_common.stream import Row, Stream
from tap_common.vendor import Reply, Request

LARGEST_PAGE = 100
"""101 is answered with 400."""
WINDOW_AHEAD = timedelta(days=1)
"""How far after the tap's clock a window ends that has to end: the server's clock may be ahead."""
MOST_READINGS = 5
TOO_MUCH = frozenset({504})
"""What an endpoint answers when a page is too much for it."""


def sized(request: Request, size: int) -> Request:
    """``request`` asking for cursor pages of ``size`` rows."""
    return replace(request, params={**request.params, "page[size]": size})


def pages(api: Api, request: Request, first: Reply | None = None) -> Iterator[Reply]:
    """The pages of a list, however it is paged, from the one that ``request`` asks for (``first`` if it is here) to the last.

    A numbered list that gets shorter meanwhile is read again: what followed the row that went has moved over the borders of
    pages. Cursors name a row, not its place, and miss none.
    """
    for _ in range(MOST_READINGS):
        counts = []
        for reply in _following(api, first or _bearable(api, request)):
            counts.append(_count(reply))
            yield reply
        if counts == sorted(counts):
            return
        first = None
    raise ApiError(f"{request.path}: the list got shorter during each of {MOST_READINGS} readings")


def _following(api: Api, reply: Reply) -> Iterator[Reply]:
    """``reply`` and the pages after it."""
    number = 1
    while True:
        request = reply.request
        yield reply
        data = reply.data if isinstance(reply.data, dict) else {}
        meta = data.get("meta")
        if isinstance(meta, dict) and "has_more" in meta:
            after = meta.get("after_cursor")
            if not meta["has_more"]:
                return
            if not after or after == request.params.get("page[after]"):
                raise ApiError(f"{request.path}: there is more, but no cursor leads to it")
            request = replace(request, params={**request.params, "page[after]": after})
        elif data.get("next_page"):
            number += 1
            request = replace(request, params={**request.params, "page": number})
        else:
            return
        reply = _bearable(api, request)


def _count(reply: Reply) -> int:
    """How many rows a numbered list says it has on all its pages; 0 where it does not say, or is paged by cursor."""
    said = (
        reply.data.get("count")
        if isinstance(reply.data, dict) and "meta" not in reply.data
        else None
    )
    return said if type(said) is int else 0


def _bearable(api: Api, request: Request) -> Reply:
    """The reply to ``request``: with half the rows a page each time that the API answers 504, and with no more than lists
    commonly give where it refuses more."""
    while True:
        size = request.params.get("page[size]", 1)
        try:
            return api.get(replace(request, handled_statuses=TOO_MUCH if size > 1 else frozenset()))
        except ApiError as error:
            if error.status in TOO_MUCH and size > 1:
                request = sized(request, size // 2)
            elif error.status == 400 and size > LARGEST_PAGE:
                request = sized(request, LARGEST_PAGE)
            else:
                raise


def below(
    context: ReadContext, stream: Stream, envelope: str, request: Callable[[str], Request]
) -> Children:
    """The children of ``stream``: the pages of the list that ``request`` asks for below a parent."""

    def found(reply: Reply) -> Iterator[list[Row]]:
        for page in pages(context.api, reply.request, reply):
            yield rows(page, envelope)

    return Children(context, stream, request, found)


def rows(reply: Reply, envelope: str) -> list[Row]:
    """The rows in a reply's ``envelope``. ApiError if it holds anything but a list of objects."""
    found = reply.data.get(envelope) if isinstance(reply.data, dict) else None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ApiError(
            f"{reply.request.path}: expected a list of objects in {envelope!r}, got something else"
        )
    return found


def stamp(row: Row, field: str) -> str:
    """The row's ``field`` as RFC 3339 in whole seconds of UTC, which sort as the moments do; "" where there is none."""
    return times.second(row.get(field))


def epoch(value: Any) -> int | None:
    """A moment as bookmarks and rows hold it (epoch seconds, their digits, or a date-time) as epoch seconds, or None."""
    if isinstance(value, str) and not value.isdecimal():
        moment = times.rfc3339(value)
        return int(times.parse(moment).timestamp()) if moment else None
    return (
        int(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    )


def text(seconds: int) -> str:
    """Epoch seconds as RFC 3339."""
    return times.text(datetime.fromtimestamp(seconds, UTC))


def logged_since(since: datetime) -> dict[str, list[str]]:
    """The parameter by which audit logs are asked for from ``since`` on; they take two moments only."""
    until = max(datetime.now(UTC), since) + WINDOW_AHEAD
    return {
        "filter[created_at][]": [
            times.text(moment.replace(microsecond=0)) for moment in (since, until)
        ]
    }


def cursor_at(seconds: int) -> str:
    """The list cursor before the first row changed at ``seconds``, for lists with sort=updated_at.

    Such cursors are values, not sessions, and ones built by a client work (estuary's probes of the live API, October 2026);
    none of it is documented.
    """
    value = b"d" + struct.pack("<q", seconds) + b"i" + struct.pack("<q", 0)
    cursor = {"o": "updated_at,id", "v": base64.b64encode(value).decode()}
    return base64.b64encode(json.dumps(cursor, separators=(",", ":")).encode()).decode()


def sought(api: Api, request: Request, since: int) -> Iterator[Reply]:
    """The pages of a list in the order of change from ``since`` on; from its beginning where no cursor can be built."""
    first = replace(request, params={**request.params, "page[after]": cursor_at(since)})
    found = pages(api, first)
    try:
        reply = next(found)
    except ApiError as error:
        if error.status != 400:
            raise
        yield from pages(api, request)
        return
    yield reply
    yield from found


class Progress:
    """How far a list is read: it follows the rows as long as they ascend, and otherwise waits for the end.

    ``before`` is where the bookmark stands; it never goes back.
    """

    def __init__(self, before: str = "") -> None:
        self._before = self._newest = self._last = before
        self._ascending = True
        self._began = ""
        self._seen = False

    def passed(self, reply: Reply, stamps: list[str]) -> str:
        """The bookmark after a page of rows with ``stamps``, "" while there is none."""
        self._began = self._began or times.text(reply.date.replace(microsecond=0))
        stamps = [moment for moment in stamps if moment]
        if stamps:
            floor = self._last if self._seen else ""
            self._ascending = self._ascending and [floor, *stamps] == sorted([floor, *stamps])
            self._seen, self._last = True, stamps[-1]
            self._newest = max(self._newest, *stamps)
        return (
            max(min(self._last, self._began), self._before)
            if self._ascending and self._seen
            else self._before
        )

    def end(self) -> str:
        """The bookmark when all is read: rows that changed meanwhile come again."""
        return max(min(self._newest, self._began or self._newest), self._before)
