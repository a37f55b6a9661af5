"""Page sizes: smaller where a page is too much for the vendor, larger again when it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_common.errors import ApiError, PageTooLarge
from tap_common.http import Api
from tap_common.page_size import PageSize
from tap_common.vendor import Reply, Request
from tests.clock import START


class Limited:
    """An API that answers pages of at most ``largest()`` rows and keeps the sizes asked for."""

    def __init__(self, largest: Callable[[], int]) -> None:
        self._largest = largest
        self.sizes: list[int] = []

    def get(self, request: Request) -> Reply:
        rows = request.params["rows"]
        self.sizes.append(rows)
        if rows <= self._largest():
            return Reply(request, [], {}, START)
        kind = PageTooLarge if request.shrinkable else ApiError
        raise kind(f"{rows} rows are too many")


def request(rows: int) -> Request:
    return Request("tickets", "tickets", {"rows": rows})


def test_a_page_that_is_too_large_is_halved_until_it_comes() -> None:
    api, size = Limited(lambda: 13), PageSize(100)
    size.get(cast(Api, api), request)
    assert api.sizes == [100, 50, 25, 12]


def test_a_size_that_the_api_refuses_is_never_asked_for_again() -> None:
    api, size = Limited(lambda: 1000), PageSize(1000)
    size.limit(100)
    for _ in range(20):
        size.get(cast(Api, api), request)
    assert set(api.sizes) == {100}


def test_a_smallest_page_that_fails_is_a_failure() -> None:
    api, size = Limited(lambda: 5), PageSize(100, smallest=10)
    with pytest.raises(ApiError, match="10 rows are too many"):
        size.get(cast(Api, api), request)
    assert api.sizes == [100, 50, 25, 12, 10]


def test_a_reply_beyond_the_limit_ends_at_the_smallest_page() -> None:
    class Huge(Limited):
        def get(self, request: Request) -> Reply:
            self.sizes.append(request.params["rows"])
            raise PageTooLarge("the reply is larger than 1 MB")

    api, size = Huge(lambda: 0), PageSize(4)
    with pytest.raises(PageTooLarge):
        size.get(cast(Api, api), request)
    assert api.sizes == [4, 2, 1]


def test_a_page_grows_again_after_four_good_ones() -> None:
    limits = iter([10, 10] + [100] * 20)
    api, size = Limited(lambda: next(limits)), PageSize(40)
    for _ in range(10):
        size.get(cast(Api, api), request)
    assert api.sizes == [40, 20, 10, 10, 10, 10, 20, 20, 20, 20, 40, 40]


def test_a_size_that_is_always_too_large_is_tried_ever_more_seldom() -> None:
    api, size = Limited(lambda: 30), PageSize(40)
    for _ in range(1000):
        size.get(cast(Api, api), request)
    assert api.sizes.count(40) <= 9
    assert api.sizes.count(20) == 1000


@given(
    largest=st.integers(1, 1000),
    smallest=st.integers(1, 10),
    limits=st.lists(st.integers(10, 1000), min_size=1),
)
def test_sizes_stay_within_their_limits(largest: int, smallest: int, limits: list[int]) -> None:
    smallest = min(smallest, largest)
    current = limits[0]
    api, size = Limited(lambda: current), PageSize(largest, smallest)
    for current in limits:
        size.get(cast(Api, api), request)
        assert smallest <= api.sizes[-1] <= min(largest, current)
    assert all(smallest <= rows <= largest for rows in api.sizes)
