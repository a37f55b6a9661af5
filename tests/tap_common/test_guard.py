"""The guard of walks: every walk that goes round in circles or nowhere ends, and no other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_common.errors import ApiError
from tap_common.guard import (
    MOST_PAGES_WITHOUT_ROWS,
    MOST_REPEATS,
    REMEMBERED_PAGES,
    RepeatGuard,
    WalkGuard,
)


def pages_until_it_ends(positions: list[int | str | None], new_rows: int = 1) -> int:
    """How many pages are read before the guard ends the walk."""
    guard = WalkGuard("tickets")
    for number, position in enumerate(positions, 1):
        try:
            guard.check(position, new_rows)
        except ApiError:
            return number
    return len(positions) + 1


@given(st.integers(0, 40), st.integers(1, 40))
def test_each_circle_is_found_within_a_few_rounds(before: int, length: int) -> None:
    start: list[int | str | None] = [f"before {number}" for number in range(before)]
    circle: list[int | str | None] = list(range(length))
    found = pages_until_it_ends(start + circle * 10 * (before + length))
    assert before + length < found <= 4 * (before + length)


@given(st.lists(st.integers() | st.text(), unique=True))
def test_a_walk_that_goes_on_is_not_ended(positions: list[int | str | None]) -> None:
    assert pages_until_it_ends(positions) == len(positions) + 1


def test_the_same_position_twice_in_a_row_is_a_circle() -> None:
    assert pages_until_it_ends([None, None]) == 2
    guard = WalkGuard("tickets")
    guard.check("a", 1)
    with pytest.raises(ApiError) as caught:
        guard.check("a", 1)
    assert str(caught.value) == "tickets: the pages lead back to one that was already read"


def test_pages_that_bring_nothing_new_end_the_walk() -> None:
    positions: list[int | str | None] = list(range(100))
    assert pages_until_it_ends(positions, new_rows=0) == MOST_PAGES_WITHOUT_ROWS
    guard = WalkGuard("tickets")
    for position in range(1001):
        guard.check(position, new_rows=position % MOST_PAGES_WITHOUT_ROWS)
    for position in range(1001, 1019):
        guard.check(position, new_rows=0)
    with pytest.raises(ApiError) as caught:
        guard.check(1019, new_rows=0)
    assert str(caught.value) == (
        "tickets: 20 pages in a row brought nothing new, although the API says that there is more"
    )


def test_the_same_page_may_come_for_the_same_request_a_limited_number_of_times() -> None:
    guard = RepeatGuard()
    assert not any(guard.is_too_often("/tickets", b"[1]") for _ in range(MOST_REPEATS))
    assert guard.is_too_often("/tickets", b"[1]")


@pytest.mark.parametrize(
    ("url", "body"), [("/tickets?page=2", b"[1]"), ("/tickets", b"[2]"), ("/tickets", b"[1] ")]
)
def test_other_pages_and_other_requests_count_by_themselves(url: str, body: bytes) -> None:
    guard = RepeatGuard()
    for _ in range(MOST_REPEATS):
        guard.is_too_often("/tickets", b"[1]")
    assert not guard.is_too_often(url, body)


def test_a_repeat_that_comes_once_in_a_thousand_pages_is_forgotten() -> None:
    guard = RepeatGuard()
    for number in range(60 * REMEMBERED_PAGES):
        is_too_often = guard.is_too_often(f"/{number % (REMEMBERED_PAGES + 1)}", b"[]")
        assert not is_too_often
