"""Every row of a collection arrives, whatever the sizes of its pages, or the stream fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_common.errors import ApiError, PageTooLarge
from tap_common.http import Api
from tap_common.page_size import PageSize
from tap_common.vendor import Reply, Request
from tap_desk.lists import numbered
from tests.clock import START

LIST = Request("labels", "labels")


@dataclass
class Labels:
    """A collection of ``rows``, whose pages are cut down to ``cap`` rows.

    Their links show that if ``tells`` is true, and else the size that was asked for.

    The requests whose numbers are in ``failing`` meet a page that is too large, if a smaller one
    can be asked for. Before those in ``coming`` a row comes in at the place that is named. Where
    the collection does not say how many rows it has, ``counts`` is false.
    """

    rows: list[int]
    cap: int = 100
    failing: frozenset[int] = frozenset()
    coming: dict[int, int] = field(default_factory=dict)
    counts: bool = True
    empty: int | None = None
    """The number of a page that holds nothing, although there is a next one."""
    tells: bool = True
    short: frozenset[int] = frozenset()
    """The numbers of requests whose pages lack their last row."""
    asked: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.first_rows = set(self.rows)

    def get(self, request: Request) -> Reply:
        """The page that ``request`` asks for."""
        count = len(self.asked)
        if count in self.coming:
            self.rows.insert(self.coming[count], 1_000_000 + count)
        wanted, number = request.params["per_page"], request.params.get("page", 1)
        self.asked.append((wanted, number))
        if count in self.failing and request.shrinkable:
            raise PageTooLarge("labels: HTTP 504", status=504)
        size = min(wanted, self.cap)
        page = [] if number == self.empty else self.rows[size * (number - 1) : size * number]
        page = page[:-1] if count in self.short else page
        said = size if self.tells else wanted
        links: dict[str, Any] = {"self": {"href": f"/labels?per_page={said}"}, "next": None}
        if size * number < len(self.rows):
            links["next"] = {"href": f"/labels?page={number + 1}"}
        entries = [{"id": row, "_links": {"self": {"href": f"/labels/{row}"}}} for row in page]
        total = {"total_entries": len(self.rows)} if self.counts else {}
        return Reply(
            request, {**total, "_links": links, "_embedded": {"entries": entries}}, {}, START
        )

    def read(self, size: int) -> set[int]:
        """The rows that the tap finds with pages of at most ``size`` rows."""
        pages = numbered(cast(Api, self), LIST, PageSize(size))
        return {row["id"] for page in pages for row in page.rows}


@settings(max_examples=100)
@given(
    length=st.integers(0, 450),
    cap=st.integers(1, 100),
    failing=st.frozensets(st.integers(0, 12), max_size=4),
    coming=st.dictionaries(st.integers(0, 12), st.integers(0, 450), max_size=3),
    counts=st.booleans(),
    size=st.sampled_from([1, 7, 30, 100]),
    tells=st.booleans(),
)
def test_no_row_is_lost(
    length: int,
    cap: int,
    failing: frozenset[int],
    coming: dict[int, int],
    counts: bool,
    size: int,
    tells: bool,
) -> None:
    labels = Labels(list(range(length)), cap, failing, coming, counts, tells=tells)
    try:
        found = labels.read(size)
    except ApiError:
        if not coming:
            raise
        return
    assert labels.first_rows <= found


def test_pages_grow_beyond_the_first_one_if_that_was_too_large() -> None:
    labels = Labels(list(range(230)), failing=frozenset({0}), counts=False)
    assert labels.read(100) == labels.first_rows
    assert labels.asked == [(100, 1), (50, 1), (50, 2), (50, 3), (50, 4), (100, 3)]


def test_pages_that_grow_until_they_are_cut_go_on_where_the_smaller_ones_ended() -> None:
    labels = Labels(list(range(230)), cap=50, failing=frozenset({0}), counts=False)
    assert labels.read(100) == labels.first_rows
    assert labels.asked == [(100, 1), (50, 1), (50, 2), (50, 3), (50, 4), (100, 3), (100, 5)]


def test_an_empty_page_before_others_fails_where_nothing_says_how_many_rows_there_are() -> None:
    labels = Labels(list(range(230)), counts=False, empty=2)
    with pytest.raises(ApiError, match="lead back"):
        labels.read(100)


def test_pages_that_are_cut_although_their_links_do_not_show_it() -> None:
    labels = Labels(list(range(120)), cap=50, tells=False)
    assert labels.read(100) == labels.first_rows
    assert labels.asked == [(100, 1), (100, 2), (100, 3)]


def test_a_page_that_came_too_short_is_read_again() -> None:
    labels = Labels(list(range(120)), counts=False, short=frozenset({1}))
    assert labels.read(50) == labels.first_rows
    assert labels.asked == [(50, 1), (50, 2), (50, 2), (50, 3)]


@pytest.mark.parametrize("cap", [25, 100])
def test_a_first_page_that_came_too_short_fails_the_list(cap: int) -> None:
    """Those after it are longer, whether the server cuts them or not."""
    labels = Labels(list(range(120)), cap, counts=False, tells=False, short=frozenset({0}))
    with pytest.raises(ApiError, match="longer than one before it"):
        labels.read(50)
