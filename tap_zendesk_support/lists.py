"""Zendesk's lists: by cursor (page[size], page[after]), by page number, or whole in one reply.

A reply says itself which of the last two it is: ``meta`` belongs to cursors, ``next_page`` to
numbers.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

from tap_common import times
from tap_common.children import Children, smaller_page
from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.guard import WalkGuard
from tap_common.page_size import PageSize
from tap_common.readers import until_steady
from tap_common.replies import rows_in
from tap_common.stream import Row, Stream
from tap_common.vendor import Reply, Request
from tap_common.watermark import Watermark

if TYPE_CHECKING:
    from tap_common.http import Api

T = TypeVar("T")
LARGEST_PAGE = 100
"""A list answers 400 to 101 rows (probes of the live API, October 2026)."""
PARENTS_AT_ONCE = 100
SIZE, AFTER, PER_PAGE = "page[size]", "page[after]", "per_page"
SAY_WHERE_IT_ENDS = ("links", "next_page", "count")
"""A full page that has none of these, and no ``meta`` that says so, may not be the last one."""
_LARGEST = re.compile(r"page\[size\] cannot be greater than (\d{1,4})\b")
AHEAD = timedelta(days=1)
"""How far after our clock a range of time ends that must have an end: theirs may be ahead."""


def sized(request: Request, size: int) -> Request:
    """``request`` for cursor pages of ``size`` rows."""
    return replace(request, params={**request.params, SIZE: size})


def pages(api: Api, request: Request, first: Reply | None = None) -> Iterator[Reply]:
    """The pages of a list, from the one that ``request`` asks for to the last.

    ``first`` is that page if it is here already. A numbered list that gets shorter meanwhile is
    read again. ApiError if a list ends before the number of rows that it announced.
    """
    given = [first] if first is not None else []

    def read() -> Iterator[tuple[Reply, int]]:
        for reply in _walk(api, request, given.pop() if given else None):
            yield reply, _announced(reply) or 0

    return until_steady(request.path, read)


def _walk(api: Api, request: Request, first: Reply | None) -> Iterator[Reply]:
    size = PageSize(request.params.get(SIZE, 1))
    guard, number, received = WalkGuard(request.path), 1, 0
    before: list[Any] = []
    reply = first or _first(api, request, size)
    total = _announced(reply)
    if total is not None and not request.child:
        api.stats.announce(request.stream, total)
    while True:
        yield reply
        rows = _rows(reply)
        received += len(rows)
        position = _position_after(reply, number)
        if position is None:
            break
        number += 1
        guard.check(tuple(position.items()), 0 if rows == before else len(rows))
        before = rows
        reply = size.get(api, _asking(_params(request, position), request))
    announced = _announced(reply)
    if announced is not None and received < announced:
        raise ApiError(f"{request.path}: {announced} rows were announced, and {received} came")


def _params(request: Request, position: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of the page at ``position``.

    What belongs to cursors is left out of the request for a numbered page: a ``page`` that is a
    number and an object at once would not be accepted.
    """
    kept = dict(request.params)
    if AFTER not in position:
        kept = {name: value for name, value in kept.items() if name not in (SIZE, AFTER)}
    return {**kept, **position}


def _asking(params: Mapping[str, Any], request: Request) -> Callable[[int], Request]:
    """Makes the request with ``params`` for a number of rows, if it is for cursor pages."""

    def ask(rows: int) -> Request:
        size = {SIZE: rows} if SIZE in params else {}
        return replace(request, params={**params, **size})

    return ask


def _first(api: Api, request: Request, size: PageSize) -> Reply:
    """The first page. Where so many rows are refused, it has as many as the refusal names.

    It may name none. Then the page has as many as lists commonly give.
    """
    try:
        return size.get(api, _asking(request.params, request))
    except ApiError as error:
        named = _LARGEST.search(str(error))
        largest = int(named[1]) if named else LARGEST_PAGE
        if error.status != 400 or not 0 < largest < size.rows:
            raise
    size.limit(largest)
    return size.get(api, _asking(request.params, request))


def _position_after(reply: Reply, number: int) -> dict[str, Any] | None:
    """The parameters that lead to the page after ``reply``, the list's page ``number``.

    None if it was the last. ApiError if the reply leads nowhere, although it says that there is
    more or seems cut off.
    """
    data = reply.data if isinstance(reply.data, dict) else {}
    meta = data.get("meta")
    if isinstance(meta, dict) and "has_more" in meta:
        if not meta["has_more"]:
            return None
        cursor = meta.get("after_cursor") or _linked_cursor(data)
        if not cursor:
            path = reply.request.path
            raise ApiError(f"{path}: the API says that there is more, but gives no cursor")
        return {AFTER: cursor}
    cursor = _linked_cursor(data)
    if cursor:
        return {AFTER: cursor}
    if data.get("next_page"):
        return _linked_page(reply, number)
    is_full = len(_rows(reply)) == reply.request.params.get(SIZE)
    if is_full and data.keys().isdisjoint(SAY_WHERE_IT_ENDS):
        path = reply.request.path
        raise ApiError(f"{path}: a full page does not say whether another one follows")
    return None


def _linked_page(reply: Reply, number: int) -> dict[str, Any] | None:
    """The parameters in the address of the page after ``reply``, the list's page ``number``.

    An address with a start_time but no number is that of a time export, whose last page has one as
    well.
    """
    query, asked = query_of(reply.data["next_page"]), reply.request.params.get("start_time")
    start = query.get("start_time")
    if "page" not in query and None not in (asked, start):
        is_last = reply.data.get("end_of_stream", start == str(asked))
        return None if is_last else {"start_time": start}
    size = query.get(PER_PAGE) or len(_rows(reply))
    return {"page": query.get("page", number + 1), **({PER_PAGE: size} if size else {})}


def query_of(address: Any) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(str(address or "")).query))


def _linked_cursor(data: Mapping[str, Any]) -> str | None:
    """The cursor in the address of the next page; None if there is none."""
    links = data.get("links")
    address = links.get("next") if isinstance(links, dict) else data.get("next_page")
    return query_of(address).get(AFTER)


def _announced(reply: Reply) -> int | None:
    """How many rows a numbered list says it has on all pages; None if it does not say.

    A time export, which has an end_time, counts the rows of the page.
    """
    if not isinstance(reply.data, dict) or not reply.data.keys().isdisjoint(("meta", "end_time")):
        return None
    count = reply.data.get("count")
    return count if type(count) is int else None


def _rows(reply: Reply) -> list[Any]:
    """The rows that the reply holds: its longest list."""
    data = reply.data if isinstance(reply.data, dict) else {}
    return max((value for value in data.values() if isinstance(value, list)), key=len, default=[])


def below(
    context: ReadContext,
    stream: Stream,
    envelope: str,
    request: Callable[[str], Request],
    *,
    settles: bool = True,
    has_any: bool = False,
) -> Children:
    """The children of ``stream``: for each parent's id the list that ``request`` asks for.

    With ``has_any`` each parent has some, so that a null in their place is a failure. A list whose
    first page is too much for the vendor is read in small pages.
    """

    def asked(parent: str) -> Request:
        first = request(parent)
        return replace(first, shrinkable=SIZE in first.params)

    def smaller(parent: str, error: ApiError, tried: int) -> Request | None:
        first = request(parent)
        return smaller_page(tried, error, partial(sized, first)) if SIZE in first.params else None

    def found(reply: Reply) -> Iterator[list[Row]]:
        for page in pages(context.api, reply.request, reply):
            rows = rows_in(page, envelope)
            if has_any and page.data[envelope] is None:
                raise ApiError(f"{page.request.path}: null where the {envelope} belong")
            yield rows

    return Children(context, stream, asked, found, smaller, settles=settles)


def in_parts(parents: Iterable[T]) -> Iterator[list[T]]:
    """``parents`` in lists of 100, so that no page holds what is below all of them."""
    waiting = iter(parents)
    while some := list(islice(waiting, PARENTS_AT_ONCE)):
        yield some


def numbered(row: Row, *names: str) -> Row:
    """``row`` with the ids under ``names`` as numbers: some of Zendesk's services write text."""
    texts = {name: row[name] for name in names if isinstance(row.get(name), str)}
    return {**row, **{name: int(text) for name, text in texts.items() if text.isdecimal()}}


# Lists in the order of change


def cursor_at(seconds: int) -> str:
    """The cursor before the first row that changed at ``seconds``, with sort=updated_at.

    Such cursors are values, not sessions, and ones that a client builds work. That is undocumented
    (probes of the live API, October 2026).
    """
    value = b"d" + struct.pack("<q", seconds) + b"i" + struct.pack("<q", 0)
    cursor = {"o": "updated_at,id", "v": base64.b64encode(value).decode()}
    return base64.b64encode(json.dumps(cursor, separators=(",", ":")).encode()).decode()


def sought(api: Api, request: Request, since: int) -> Iterator[Reply]:
    """The pages of a list in the order of change, from ``since`` on.

    Where the API does not accept a cursor that was built, they begin with the list's first row.
    """
    found = pages(api, replace(request, params={**request.params, AFTER: cursor_at(since)}))
    try:
        reply = next(found)
    except ApiError as error:
        if error.status != 400:
            raise
        yield from pages(api, request)
        return
    yield reply
    yield from found


def logged_since(context: ReadContext, since: datetime) -> dict[str, list[str]]:
    """The parameter that asks for audit logs from ``since`` on; it takes two moments only."""
    until = max(context.now(), since) + AHEAD
    return {"filter[created_at][]": [times.second_of(since), times.second_of(until)]}


class ListWatermark:
    """The watermark of a list, as RFC 3339 in whole seconds.

    It follows the rows as long as they ascend. Otherwise it stays at ``before`` until its end.
    """

    def __init__(self, before: str = "") -> None:
        self._watermark: Watermark[str] = Watermark(before or None)
        self._is_ascending = True
        self._last = ""

    def after(self, reply: Reply, moments: Iterable[str]) -> str | None:
        """The watermark after a page of rows that changed at ``moments`` ("": unknown)."""
        known = [moment for moment in moments if moment]
        in_order = [self._last, *known]
        self._is_ascending = self._is_ascending and in_order == sorted(in_order)
        self._last = in_order[-1]
        self._watermark = self._watermark.at_clock(times.second_of(reply.date)).seen(known)
        return self._watermark.value if self._is_ascending else self._watermark.before

    def end(self) -> str | None:
        """The watermark when all is read. Rows that changed meanwhile come again."""
        return self._watermark.value


def stamps(rows: Iterable[Row], field: str) -> list[str]:
    """The rows' ``field`` as RFC 3339 in whole seconds; "" where a row has none."""
    return [times.second(row.get(field)) for row in rows]
