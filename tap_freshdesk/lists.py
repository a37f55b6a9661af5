"""Freshdesk's lists: bare arrays in numbered pages, with a Link header before a next page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_common import times
from tap_common.children import Children, SmallerPages
from tap_common.context import ReadContext
from tap_common.errors import ApiError, PageTooLarge
from tap_common.guard import WalkGuard
from tap_common.page_lengths import PageLengths
from tap_common.replies import rows_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Reply, Request

if TYPE_CHECKING:
    from tap_common.http import Api

LARGEST_PAGE = 100
NOT_NEEDED = frozenset({"include"})
"""Parameters of a list that the question whether its Link headers arrive does without."""
_RELATION = re.compile(r""";\s*rel\s*=\s*["']?([^"',;]*)""", re.IGNORECASE)


def stamp(row: Row, otherwise: str = "", field: str = "updated_at") -> str:
    """The row's ``field`` as RFC 3339 in UTC, cut to the second, or ``otherwise`` if it has none.

    Such strings sort as the moments do.
    """
    return times.second(row.get(field)) or otherwise


def second_after(moment: str, seconds: int = 1) -> str:
    """``moment`` (RFC 3339), moved by ``seconds``, which may be negative."""
    return times.text(times.parse(moment) + timedelta(seconds=seconds))


def version(row: Row) -> str | None:
    """A row as it was read: its id and when it last changed. None without an id."""
    key = row.get("id")
    return None if key is None else f"{key} {stamp(row)}"


def links_to_next(reply: Reply) -> bool:
    """Does the Link header name a next page?

    Names of relations may be written in any case, and several in one value (RFC 8288).
    """
    relations = _RELATION.findall(reply.headers.get("Link") or "")
    return any("next" in relation.lower().split() for relation in relations)


@dataclass
class LinkHeaders:
    """Do this account's Link headers arrive? None before a run knows."""

    arrive: bool | None = None


class ListEnd:
    """Says after each page of a list whether another one may follow.

    The Link header says so. A gateway may remove it, and may cut pages. So a page without it that
    is full, or short at a length at which pages may be cut, is followed by one more, unless this
    account has shown that its Link headers arrive.

    ``fewest`` is the length of the shortest page that another one may follow, None before that.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lengths = PageLengths()
        self.fewest: int | None = None

    def may_go_on(self, reply: Reply) -> bool:
        """Is there a page after ``reply``, or may there be one? To be asked once for each page."""
        rows, is_linked = len(rows_in(reply)), links_to_next(reply)
        asked: int = reply.request.params.get("per_page", LARGEST_PAGE)
        if is_linked:
            self._api.learned(LinkHeaders).arrive = True
        doubt = partial(_is_doubtful, self._api, reply)
        is_open = self._lengths.may_go_on(rows, asked, doubt)
        if rows == 0 or not (is_open or is_linked):
            return False
        self.fewest = min(rows, self.fewest or rows)
        return True


def _is_doubtful(api: Api, reply: Reply) -> bool:
    """May a page follow ``reply``, the first one of a list that has several rows, without a link?

    Once a run the second row is asked for alone. Its reply must link to the third one. If it holds
    several rows, the list comes in pages of its own length, and goes on if it holds new ones. If
    there is no good reply, nothing is known of the links.
    """
    links = api.learned(LinkHeaders)
    if links.arrive is not None:
        return not links.arrive
    request = reply.request
    if "per_page" not in request.params:
        return True
    kept = {name: value for name, value in request.params.items() if name not in NOT_NEEDED}
    params = {**kept, "per_page": 1, "page": 2}
    second = replace(request, params=params, cost=1, shrinkable=False, child=True, attempts=1)
    try:
        answer = api.get(second)
        rows = rows_in(answer)
    except ApiError:
        links.arrive = False
        return True
    if len(rows) == 1:
        links.arrive = links_to_next(answer)
        return not links.arrive
    return not set(map(version, rows)) <= set(map(version, rows_in(reply)))


def refuses(error: ApiError, parameter: str) -> bool:
    """Is ``error`` the API's complaint about ``parameter``?"""
    return error.status == 400 and parameter in _refused_parameters(error.body)


def _refused_parameters(body: Any) -> list[Any]:
    """The parameters that an error of the form ``{"errors": [{"field": ...}]}`` names."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list):
        return []
    return [entry.get("field") for entry in errors if isinstance(entry, dict)]


def numbered(
    api: Api, request: Request, number: int = 1, end: ListEnd | None = None
) -> Iterator[tuple[Reply, bool]]:
    """The pages of a list from page ``number`` on; yields (reply, whether it is the last one).

    ``request`` says how many rows a page has, or leaves that to the API. Where such a page is too
    large for the vendor, smaller ones are asked for from the same row on, or from an earlier
    one if pages came shorter, since they may be cut. ``end`` has seen the pages before that.
    """
    guard = WalkGuard(request.path)
    end = end or ListEnd(api)
    size: int = request.params.get("per_page", 0)
    last: frozenset[str | None] = frozenset()
    last_but_one = last
    passed = 0  # rows before the page that was too large, many of which come again
    while True:
        try:
            reply = api.get(_page(request, size, number))
        except PageTooLarge:
            apart = min(size, end.fewest or size)
            if apart <= 1:
                raise
            passed = max(passed, (number - 1) * size)
            size = _largest_divisor(apart)
            number = (number - 1) * (apart // size) + 1
            continue
        versions = frozenset(map(version, rows_in(reply)))
        is_new = not versions <= last | last_but_one
        may_be_known = links_to_next(reply) or number * size <= passed
        is_last = not end.may_go_on(reply) or not (is_new or may_be_known)
        yield reply, is_last
        if is_last:
            return
        number, last, last_but_one = number + 1, versions, last
        is_told_apart = is_new and None not in versions
        guard.check(versions if is_told_apart else number, int(is_new))


def _page(request: Request, size: int, number: int) -> Request:
    params = dict(request.params)
    if size:
        params["per_page"] = size
    if number > 1:
        params["page"] = number
    return replace(request, params=params, shrinkable=size > 1)


def _largest_divisor(size: int) -> int:
    """The largest number below ``size`` that divides it, so that pages begin at the same rows."""
    return next(number for number in range(size // 2, 0, -1) if size % number == 0)


def below(context: ReadContext, stream: Stream, path: str) -> Children:
    """The children of ``stream``, listed at ``path`` with ``{id}`` for the parent's id.

    A list that refuses per_page is asked without it, and smaller pages are asked for where one is
    too large for the vendor.
    """

    sizes = SmallerPages()

    def request(parent: str) -> Request:
        params = {"per_page": LARGEST_PAGE}
        return Request(path.format(id=parent), stream.name, params, shrinkable=True)

    def pages(reply: Reply) -> Iterator[list[Row]]:
        yield rows_in(reply)
        end = ListEnd(context.api)
        if end.may_go_on(reply):
            for further, _ in numbered(context.api, reply.request, 2, end):
                yield rows_in(further)

    def instead(parent: str, error: ApiError) -> Request | None:
        if refuses(error, "per_page"):
            return replace(request(parent), params={})
        return sizes.after(
            parent, error, lambda rows: replace(request(parent), params={"per_page": rows})
        )

    return Children(context, stream, request, pages, instead)


def missing_lists(
    streams: Collection[str], lists: Collection[str], problems: Mapping[str, ApiError]
) -> Iterator[Page]:
    """Says which of the ``lists`` behind ``streams`` could not be read, and why.

    Raises the first of the ``problems`` if none of the lists could be read.
    """
    if len(problems) == len(lists):
        raise next(iter(problems.values()))
    if problems:
        named = "; ".join(f"the {name} ones: {error}" for name, error in problems.items())
        gap = ApiError(f"some rows could not be read, {named}")
        yield Page(gaps=dict.fromkeys(streams, gap))
