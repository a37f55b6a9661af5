"""Searches, and two ways through one that are right while records change under it.

A search takes since_updated_at and since_id as seconds and ids. Sources disagree on whether they
include the value (desk-php's descriptions say "greater than", a public exporter went on with the
last id plus one). So each is asked for from just below, and what has already come is left out. That
they work together follows from "a combination of parameters" in the vendor's documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_common import times
from tap_common.errors import ApiError
from tap_common.page_size import PageSize
from tap_common.repeated_reading import RepeatedReading
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tap_desk.lists import LAST_PAGE, Collection
from tap_desk.rows import changed_at
from tap_desk.search_page import Misbehaved, SearchPage, Version, version

if TYPE_CHECKING:
    from tap_common.http import Api

SMALLEST_PAGE = 2
"""A page by id needs two rows, because the first one is the last id again if since_id includes."""


class IdPage(NamedTuple):
    """New rows of a walk by id, and whether they are all that there are."""

    rows: list[Row]
    is_all: bool
    reply: Reply


class TimePage(NamedTuple):
    """New rows of a walk by time. All that changed before ``second`` has come.

    ``narrowed`` says whether the search found fewer rows than that for the page before, so that it
    surely left out what had come.
    """

    rows: list[Row]
    second: str
    narrowed: bool
    reply: Reply


def by_id(api: Api, request: Request, size: int, since: str | None, last: int) -> Iterator[IdPage]:
    """Rows with an id above ``last`` that changed at or after ``since`` (None: at any time), in the
    order of their ids.

    Each page is the first one of a search from the last id on. Nothing shifts, because ids do not
    change and the set of rows only grows. Misbehaved if a page holds other rows or another order,
    or if rows that were found before are left out.
    """
    page_size = PageSize(max(SMALLEST_PAGE, size), SMALLEST_PAGE)
    window = {} if since is None else {"since_updated_at": just_before(since)}
    earliest = "" if since is None else second_before(since)

    def above(number: int) -> SearchPage:
        order = {"since_id": number, "sort_field": "id", "sort_direction": "asc"}
        return _asked(api, request, page_size, {**window, **order})

    begins_at_zero = last == 0
    read = 0
    page = above(last)
    announced = page.found.total
    api.stats.announce(request.stream, announced)
    while True:
        rows = page.after_id(last, earliest)
        read += len(rows)
        is_rest = page.counts_rest(read, announced)
        if not rows and (begins_at_zero or is_rest):
            page.check_end(read, is_rest=is_rest)
        yield IdPage(rows, page.found.is_all, page.reply)
        if not rows or page.found.is_all:
            return
        before, last = last, page.last_id(last)
        if last == before:
            raise ApiError(f"{request.path}: a page of rows came without their ids")
        following = above(last)
        if following.left_above(last) < page.left_above(last):
            _check_purge(above(before), following, last)
        page = following


def _check_purge(before: SearchPage, page: SearchPage, last: int) -> None:
    """Misbehaved unless the search from ``last`` on lacks rows because they are gone.

    ``before`` is the page before, read again.
    """
    if page.left_above(last) < before.left_above(last):
        raise Misbehaved("the search leaves out rows that were found before")


def by_time(api: Api, request: Request, size: int, since: str) -> Iterator[TimePage]:
    """The rows that changed at or after ``since``, the oldest change first.

    Each page is the first one of a search from the last second on, because a row that changes
    leaves its place and moves all that follow it. Only a second that fills more than a page is
    paged. Misbehaved if rows are too old or out of order, or if more rows share a second than can
    be paged.
    """
    page_size = PageSize(size)
    second = since
    seen: frozenset[Version] = frozenset()
    read = left = total = announced = 0
    while True:
        page = _from_second(api, request, page_size, second)
        announced = announced or page.found.total
        if page.left_from(second) < left:
            raise Misbehaved("the search leaves out rows that were found before")
        read += len(page.rows)
        if not page.rows:
            page.check_end(read, is_rest=page.counts_rest(read, announced))
        fresh = [row for row in page.rows if version(row) not in seen]
        reached = changed_at(page.rows[-1]) if page.rows else second
        narrowed, total = page.found.total < total, page.found.total
        yield TimePage(fresh, reached, narrowed, page.reply)
        if not page.rows or page.found.is_all:
            return
        seen = seen.union(page.versions)
        if reached > second:
            second, left = reached, page.left_from(reached)
            seen = frozenset(known for known in seen if known[1] >= second_before(second))
        else:
            crowd = set(seen)
            for rows in _crowd(api, request, page_size, second, crowd):
                yield TimePage(rows, second, False, page.reply)
            left = page.found.total - len(crowd)
            second = times.text(times.parse(second) + timedelta(seconds=1))
            seen = frozenset()


def _crowd(
    api: Api, request: Request, size: PageSize, second: str, seen: set[Version]
) -> Iterator[list[Row]]:
    """The rows up to ``second`` that are not in ``seen``, to which they are added.

    They are read until all of them were surely met.
    """
    fixed = PageSize(size.rows, size.rows)
    repeated, is_enough = RepeatedReading(), False
    while not is_enough:
        known, met = len(seen), list[Version]()
        for page in _pages_of_second(api, request, fixed, second):
            rows = [row for row in page.rows if changed_at(row) <= second]
            met += map(version, rows)
            yield [row for row in rows if version(row) not in seen]
            seen.update(met)
        is_enough = repeated.is_enough(met, has_new=len(seen) > known)


def _pages_of_second(
    api: Api, request: Request, size: PageSize, second: str
) -> Iterator[SearchPage]:
    """The pages from ``second`` on, up to the first one that goes beyond it.

    A page that holds just the rows of the one before is no further one: some servers answer so
    beyond their last page.
    """
    passed, last = 0, set[Version]()
    for number in range(1, LAST_PAGE):
        numbered = replace(request, params={**request.params, "page": number})
        page = _from_second(api, numbered, size, second)
        yield page
        versions = set(page.versions)
        passed += 0 if versions <= last else len(page.rows)
        last = versions
        if page.rows and changed_at(page.rows[-1]) > second:
            return
        if not page.rows or not page.found.has_next:
            if passed < page.found.total:
                raise Misbehaved("the search ends before its last page")
            return
    raise Misbehaved("more rows share a second than can be paged")


def _from_second(api: Api, request: Request, size: PageSize, second: str) -> SearchPage:
    """A page of the rows that changed at or after ``second``, the oldest change first."""
    order = {"sort_field": "updated_at", "sort_direction": "asc"}
    page = _asked(api, request, size, {"since_updated_at": just_before(second), **order})
    page.check_times(second_before(second))
    return page


def last_change(api: Api, request: Request, since: str) -> str:
    """The second of the last change after ``since``, or "" where the server does not tell.

    From a server that ignores the order it is that of an earlier change, which is safe wherever a
    later one is.
    """
    order = {"sort_field": "updated_at", "sort_direction": "desc"}
    window = {"since_updated_at": just_before(since), "since_id": 0}
    bare = replace(request, params={})
    try:
        page = _asked(api, bare, PageSize(1), {**window, **order})
    except Misbehaved:
        return ""
    return max(map(changed_at, page.rows), default="")


def _asked(api: Api, request: Request, size: PageSize, params: dict[str, Any]) -> SearchPage:
    """The page for ``params``. Misbehaved if the server does not accept them."""

    def sized(rows: int) -> Request:
        return replace(request, params={**request.params, "per_page": rows, **params})

    try:
        reply = size.get(api, sized)
    except ApiError as error:
        if error.status in (400, 422):
            raise Misbehaved(str(error), error.status) from None
        raise
    return SearchPage(Collection.of(reply), reply)


def just_before(moment: str) -> int:
    """The second before ``moment``, in seconds since 1970 as searches take them."""
    return max(0, int(times.parse(moment).timestamp()) - 1)


def second_before(moment: str) -> str:
    """The second before ``moment``."""
    return times.text(times.parse(moment) - timedelta(seconds=1))
