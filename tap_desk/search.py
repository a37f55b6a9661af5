"""Three ways through a search, each right while records change under it, and none beyond the API's last page.

A search takes since_updated_at and since_id as seconds and ids. Whether they are inclusive is told both ways (desk-php's
descriptions say "greater than", a public exporter went on with the last id plus one), so each is asked for from just below and
what is already out is left out here. That they work together follows from "a combination of parameters" and was never
recorded, so each page is checked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

from tap_common import times
from tap_common.errors import ApiError
from tap_common.http import Api
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tap_desk.hal import LAST_PAGE, entries, href, identifier, stamp, total


class Misbehaved(Exception):
    """The server did not answer the search as it was asked; ``status`` is that of a refusal, else 0."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def by_id(
    api: Api, request: Request, since: str | None, last: int
) -> Iterator[tuple[list[Row], Reply]]:
    """Rows with an id above ``last`` that changed at or after ``since`` (None: at any time), in the order of their ids.

    Each page is the first one of a search from the last id on: nothing shifts, since ids don't change and the set only grows.
    It has two rows or more, because the first one is ``last`` again where since_id is inclusive. Misbehaved if a page holds
    other rows or another order.
    """
    window = {} if since is None else {"since_updated_at": _just_before(since)}
    size = {"per_page": max(2, request.params["per_page"])}
    while True:
        params = {
            **request.params,
            **window,
            **size,
            "since_id": last,
            "sort_field": "id",
            "sort_direction": "asc",
        }
        reply = _reply(api, replace(request, params=params))
        fresh = _above(reply, last, "" if since is None else _text_before(since))
        yield fresh, reply
        if not fresh or is_all(reply):
            return
        last = identifier(fresh[-1]) or last


def by_time(api: Api, request: Request, since: str) -> Iterator[tuple[list[Row], str, Reply]]:
    """The rows that changed at or after ``since``, oldest change first, as (rows, second, reply): before ``second`` all is out.

    Each page is the first one of a search from the last second on, since a row that changes leaves its place and moves all
    after it; only seconds that fill more than a page are paged. Misbehaved if rows are too old or out of order, or if more
    rows share a second than can be paged.
    """
    anchor = since
    seen: frozenset[tuple[int | None, str]] = frozenset()
    while True:
        rows, stamps, reply = _asked(api, request, anchor)
        pairs = [(identifier(row), moment) for row, moment in zip(rows, stamps, strict=True)]
        fresh = [row for row, pair in zip(rows, pairs, strict=True) if pair not in seen]
        yield fresh, stamps[-1] if stamps else anchor, reply
        if not rows or is_all(reply):
            return
        if stamps[-1] > anchor:
            anchor = stamps[-1]
            seen = frozenset(pair for pair in {*seen, *pairs} if pair[1] >= _text_before(anchor))
        else:
            for batch in _crowd(api, request, anchor, {*seen, *pairs}):
                yield batch, anchor, reply
            anchor = times.text(times.parse(anchor) + timedelta(seconds=1))
            seen = frozenset()


def last_change(api: Api, request: Request, since: str) -> str:
    """The second of the last change after ``since``, "" where the server does not tell.

    From a server that ignores the order it is that of an earlier change, which is safe wherever a later one is.
    """
    order = {
        "since_updated_at": _just_before(since),
        "since_id": 0,
        "sort_field": "updated_at",
        "sort_direction": "desc",
    }
    try:
        reply = _reply(api, replace(request, params={**order, "per_page": 1}))
    except Misbehaved:
        return ""
    return max(map(stamp, entries(reply)), default="")


def _crowd(
    api: Api, request: Request, second: str, seen: set[tuple[int | None, str]]
) -> Iterator[list[Row]]:
    """The rows up to ``second`` that are not in ``seen``, page by page, until a reading brings nothing new."""
    known = 0
    passed: set[int | None]
    while len(seen) > known:
        known, passed = len(seen), set()
        for page in range(1, LAST_PAGE):
            rows, stamps, reply = _asked(api, request, second, page)
            yield _new(rows, second, seen)
            passed.update(map(identifier, rows))
            if rows and stamps[-1] > second:
                break
            if not rows or href(reply.data, "next") is None:
                if len(passed) < total(reply):
                    raise Misbehaved("the search ends before its last page")
                break
        else:
            raise Misbehaved("more rows share a second than can be paged")


def _new(rows: list[Row], second: str, seen: set[tuple[int | None, str]]) -> list[Row]:
    fresh = [
        row for row in rows if stamp(row) <= second and (identifier(row), stamp(row)) not in seen
    ]
    seen.update((identifier(row), stamp(row)) for row in fresh)
    return fresh


def _asked(
    api: Api, request: Request, second: str, page: int = 1
) -> tuple[list[Row], list[str], Reply]:
    """A page of the search from ``second`` on: its rows, their seconds, the reply."""
    window: Mapping[str, Any] = {
        "since_updated_at": _just_before(second),
        "sort_field": "updated_at",
        "sort_direction": "asc",
    }
    reply = _reply(
        api,
        replace(
            request, params={**request.params, **window, **({"page": page} if page > 1 else {})}
        ),
    )
    rows = entries(reply)
    stamps = [stamp(row) for row in rows]
    if any(before > after for before, after in pairwise([_text_before(second), *stamps])):
        raise Misbehaved("rows do not come in the order of their change from since_updated_at on")
    return rows, stamps, reply


def _reply(api: Api, request: Request) -> Reply:
    try:
        return api.get(request)
    except ApiError as error:
        if error.status in (400, 422):
            raise Misbehaved(str(error), error.status) from None
        raise


def _just_before(moment: str) -> int:
    return max(0, int(times.parse(moment).timestamp()) - 1)


def _text_before(moment: str) -> str:
    return times.text(times.parse(moment) - timedelta(seconds=1))


def _above(reply: Reply, last: int, earliest: str) -> list[Row]:
    """The page's rows with an id above ``last``; Misbehaved unless ids ascend from ``last`` on and nothing is too old."""
    rows = entries(reply)
    ids = [identifier(row) or 0 for row in rows]
    if any(before >= after for before, after in pairwise([last - 1, *ids])):
        raise Misbehaved("rows do not come in the order of their ids from since_id on")
    if any("" < stamp(row) < earliest for row in rows):
        raise Misbehaved("rows come that changed before since_updated_at")
    return [row for row, number in zip(rows, ids, strict=True) if number > last]


def is_all(reply: Reply) -> bool:
    """Does this first page hold all that was found?"""
    return href(reply.data, "next") is None and total(reply) <= len(entries(reply))
