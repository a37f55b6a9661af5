"""Every row that a server can show arrives, however it makes its pages, or the stream fails."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.owed import OwedParents
from tap_common.stream import Stream
from tap_common.vendor import Request
from tap_freshdesk.lists import below
from tap_freshdesk.moving_list import read_pages
from tests.clock import START
from tests.freshdesk.conftest import Helpdesk
from tests.freshdesk.numbered import (
    ANYWHERE,
    AT_THE_END,
    NumberedList,
    cut_lists,
    linked_lists,
    lists_that_hide_rows_at_first,
    unlinked_lists,
)
from tests.tap_common.script import config

CHILDREN = Stream("children", "parents/{id}/children", parent="parents")


def children(listed: NumberedList) -> set[int] | None:
    """The ids of the rows below a parent, None if they are owed."""
    owed = OwedParents("children", {})
    context = ReadContext(
        api=listed.api,
        config=config(),
        streams={"children": CHILDREN},
        fields={},
        bookmarks={"children": {}},
        start=START,
        owed={"children": owed},
    )
    found = below(context, CHILDREN, CHILDREN.path).below(["1"])
    ids = {row["id"] for _, rows in found for row in rows}
    return None if "1" in owed else ids


def moving(listed: NumberedList, size: int) -> set[int]:
    """The ids of the rows of a moving list."""
    pages = read_pages(listed.api, Request("rows", "rows"), size)
    return {row["id"] for page in pages for row in page.rows}


@settings(max_examples=100)
@given(listed=linked_lists() | cut_lists() | lists_that_hide_rows_at_first())
def test_no_row_below_a_parent_is_lost(listed: NumberedList) -> None:
    found = children(listed)
    assert found is None or listed.shown <= found
    if listed.fixed is None and listed.unlinked is not None:
        assert len(listed.asked) <= 8 * (listed.most_pages + 3)


@settings(max_examples=100)
@given(listed=unlinked_lists(AT_THE_END))
def test_pages_that_are_too_large_cost_few_requests(listed: NumberedList) -> None:
    found = children(listed)
    assert found is not None
    assert listed.shown <= found
    assert len(listed.asked) <= listed.most_pages + 20


@settings(max_examples=100)
@given(
    listed=linked_lists() | unlinked_lists(ANYWHERE) | cut_lists(),
    size=st.sampled_from([1, 2, 7, 10, 30, 100]),
)
def test_no_row_of_a_moving_list_is_lost(listed: NumberedList, size: int) -> None:
    try:
        found = moving(listed, size)
    except ApiError:
        return
    assert listed.shown <= found


WALKS: dict[str, tuple[dict[str, Any], list[tuple[int, int]]]] = {
    "a linked page hides all its rows": (
        {"hidden": range(100, 200)},
        [(100, 1), (100, 2), (100, 3)],
    ),
    "the first page hides some rows, and the second one is too large": (
        {"hidden": [3, 5, 7], "failing": {1}},
        [(100, 1), (100, 2), (50, 2), (50, 3), (50, 4), (50, 5)],
    ),
    "the first page hides all but one row, and the second one is too large": (
        {"hidden": range(1, 100), "failing": {1}},
        [(100, 1), (100, 2), (50, 1), (50, 2), (50, 3), (50, 4), (50, 5)],
    ),
    "two pages hide the rows before one that is too large": (
        {"hidden": range(40, 100), "failing": {1, 2}},
        [(100, 1), (100, 2), (50, 1), *((25, number) for number in range(2, 11))],
    ),
    "a later page hides some rows before one that is too large": (
        {"hidden": range(100, 190), "failing": {2}},
        [(100, 1), (100, 2), (100, 3), (50, 4), (50, 5)],
    ),
    "pages are cut, and one is too large": (
        {"cap": 60, "failing": {2}},
        [(100, 1), (100, 2), (100, 3), (50, 3), (50, 4), (50, 5)],
    ),
    "pages have a length of their own, and one is too large": (
        {"fixed": 80, "failing": {2}},
        [(100, 1), (100, 2), (100, 3), (50, 4), *((50, number) for number in range(1, 5))],
    ),
    "no link arrives, and the first page hides some rows before one that is too large": (
        {"hidden": range(10), "failing": {3}, "unlinked": None},
        [(100, 1), (1, 2), (100, 2), (100, 3), (50, 4), (50, 5)],
    ),
    "no link arrives, and smaller pages hide all their rows": (
        {"hidden": range(60, 100), "failing": {2, 3}, "unlinked": None},
        [(100, 1), (1, 2), (100, 2), (50, 2), *((25, number) for number in range(3, 11))],
    ),
}


@pytest.mark.parametrize(("given", "asked"), WALKS.values(), ids=WALKS.keys())
def test_a_page_that_is_too_large_costs_no_row(
    given: dict[str, Any], asked: list[tuple[int, int]]
) -> None:
    sets = {name: frozenset(given.get(name, ())) for name in ("hidden", "failing")}
    listed = NumberedList(list(range(230)), **{**given, **sets})
    assert children(listed) == listed.shown
    assert listed.asked == asked


def test_pages_that_are_longer_than_asked_for_are_read_one_after_the_other() -> None:
    listed = NumberedList(list(range(35)), fixed=10, unlinked=None)
    assert moving(listed, 4) == listed.shown
    assert listed.asked == [(4, number) for number in range(1, 6)]


def test_a_moving_list_that_hides_rows_before_a_page_that_is_too_large_is_read_again() -> None:
    listed = NumberedList(list(range(230)), frozenset(range(101, 190)), failing=frozenset({2}))
    assert moving(listed, 100) == listed.shown
    smaller = [(49, number) for number in range(1, 6)]
    assert listed.asked == [(100, 1), (99, 2), (99, 3), *smaller]


def test_a_first_page_that_comes_again_longer_than_asked_for_is_not_the_end() -> None:
    listed = NumberedList(list(range(52)), fixed=25, limits={25: 1, 50: 1}, unlinked=None)
    with pytest.raises(ApiError):
        moving(listed, 30)


def test_a_second_of_tickets_with_a_page_that_is_too_large_is_read_three_times() -> None:
    """The second time in smaller pages, whose rows don't come again; the third time shows that."""
    desk = Helpdesk(tickets=70, burst=60)
    moments = Counter(row["updated_at"] for row in desk.account.rows("tickets"))
    [(second, _)] = moments.most_common(1)
    order = {"order_by": "updated_at", "order_type": "asc"}
    third = urlencode({"per_page": 20, "updated_since": second, **order, "page": 3})
    large = desk.fault("status", status=504, path="/api/v2/tickets", query=third)
    run = desk.run("tickets", page_size=20)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["tickets"])
    assert large.struck == 3
    assert len(desk.requests("tickets")) < 40
