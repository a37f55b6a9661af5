"""Freshdesk's lists: bare arrays in numbered pages, with a Link header before a next page."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any

from tap_common import times
from tap_common.children import Children, smaller_page
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
Versions = frozenset[str | None]
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


def have_common(rows: Iterable[Row], others: Iterable[Row]) -> bool:
    """Do two lists show a row in the same version, although a row stands in one of them only?

    That is so where the account ignores the parameter that chooses the list.
    """
    return not set(filter(None, map(version, rows))).isdisjoint(map(version, others))


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
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._lengths = PageLengths()

    def may_go_on(self, reply: Reply) -> bool:
        """Is there a page after ``reply``, or may there be one? To be asked once for each page."""
        rows, is_linked = len(rows_in(reply)), links_to_next(reply)
        asked: int = reply.request.params.get("per_page", LARGEST_PAGE)
        if is_linked:
            self._api.learned(LinkHeaders).arrive = True
        doubt = partial(_is_doubtful, self._api, reply)
        return self._lengths.may_go_on(rows, asked, doubt) or is_linked


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
    return not rows or not _versions(answer) <= _versions(reply)


def refuses(error: ApiError, parameter: str) -> bool:
    """Is ``error`` the API's complaint about ``parameter``?"""
    return error.status == 400 and parameter in _refused_parameters(error.body)


def _refused_parameters(body: Any) -> list[Any]:
    """The parameters that an error of the form ``{"errors": [{"field": ...}]}`` names."""
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list):
        return []
    return [entry.get("field") for entry in errors if isinstance(entry, dict)]


def page_number(reply: Reply) -> int:
    """The number of the page that was asked for."""
    number: int = reply.request.params.get("page", 1)
    return number


def numbered(api: Api, request: Request) -> Iterator[tuple[Reply, bool]]:
    """The pages of a list; yields (reply, whether it is the last one).

    ``request`` says how many rows a page has, or leaves that to the API.
    """
    return _NumberedPages(api, request, 1, frozenset(), ListEnd(api)).pages()


def following(api: Api, reply: Reply, end: ListEnd) -> Iterator[tuple[Reply, bool]]:
    """The same from the page after ``reply`` on. ``end`` has seen the pages before that."""
    number = page_number(reply) + 1
    return _NumberedPages(api, reply.request, number, _versions(reply), end).pages()


class _NumberedPages:
    """A walk through the pages of a list from page ``number`` on; ``last`` is the page before it.

    Where a page is too large for the vendor, pages of half the size are asked for. At which row
    they begin is only known as far as the pages before held as many rows as were asked for. So the
    first of them must hold a row of the page before, or else the list is read again from its start.
    Unless links arrive, no page that begins before the one that was too large is the last.
    """

    def __init__(
        self, api: Api, request: Request, number: int, last: Versions, end: ListEnd
    ) -> None:
        self._api, self._request, self._end = api, request, end
        self._guard = WalkGuard(request.path)
        self._size: int = request.params.get("per_page", 0)
        self._number, self._last, self._last_but_one = number, last, Versions()
        self._longest = len(last)
        self._too_large_at = 0

    def pages(self) -> Iterator[tuple[Reply, bool]]:
        """The pages, and of each whether it is the last one."""
        is_last = False
        while not is_last:
            reply = self._next()
            is_last = self._is_last(reply)
            yield reply, is_last
            self._longest = max(self._longest, len(rows_in(reply)))
            self._last, self._last_but_one = _versions(reply), self._last
            self._number += 1

    def _next(self) -> Reply:
        """The next page, or a smaller one that begins in the page before, or else the first one."""
        rows_before = (self._number - 1) * min(self._size, self._longest)
        is_smaller = False
        while True:
            try:
                reply = self._api.get(_page(self._request, self._size, self._number))
            except PageTooLarge:
                if self._size <= 1:
                    raise
                begin = (self._number - 1) * self._size
                self._too_large_at = max(self._too_large_at, begin)
                self._size //= 2
                self._number = max(1, ceil(rows_before / self._size))
                is_smaller = True
                continue
            if not is_smaller or self._number == 1 or not _versions(reply).isdisjoint(self._last):
                return reply
            self._number = 1

    def _is_last(self, reply: Reply) -> bool:
        """Is ``reply`` the last page? ApiError if the pages lead nowhere."""
        may_go_on = self._end.may_go_on(reply)
        if (self._number - 1) * self._size < self._too_large_at:
            return not may_go_on and bool(self._api.learned(LinkHeaders).arrive)
        versions = _versions(reply)
        is_new = not versions <= self._last | self._last_but_one
        if not may_go_on or not (is_new or links_to_next(reply)):
            return True
        is_told_apart = is_new and None not in versions
        self._guard.check(versions if is_told_apart else self._number, int(is_new))
        return False


def _versions(reply: Reply) -> Versions:
    return frozenset(map(version, rows_in(reply)))


def _page(request: Request, size: int, number: int) -> Request:
    params = {name: value for name, value in request.params.items() if name != "page"}
    if size:
        params["per_page"] = size
    if number > 1:
        params["page"] = number
    return replace(request, params=params, shrinkable=size > 1)


def below(context: ReadContext, stream: Stream, path: str) -> Children:
    """The children of ``stream``, listed at ``path`` with ``{id}`` for the parent's id.

    A list that refuses per_page is asked without it, and smaller pages are asked for where one is
    too large for the vendor.
    """

    def request(parent: str) -> Request:
        params = {"per_page": LARGEST_PAGE}
        return Request(path.format(id=parent), stream.name, params, shrinkable=True)

    def pages(reply: Reply) -> Iterator[list[Row]]:
        yield rows_in(reply)
        end = ListEnd(context.api)
        if end.may_go_on(reply):
            for further, _ in following(context.api, reply, end):
                yield rows_in(further)

    def instead(parent: str, error: ApiError, tried: int) -> Request | None:
        if refuses(error, "per_page"):
            return replace(request(parent), params={})
        return smaller_page(
            tried, error, lambda rows: replace(request(parent), params={"per_page": rows})
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
