"""The watermark: what may be said of how far a stream is read."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tap_common.watermark import Watermark

TIMES = st.none() | st.integers(0, 50)


def text(number: int | None) -> str | None:
    """The same moment as a date-time."""
    return None if number is None else f"2026-01-01T00:00:{number:02}Z"


@given(before=TIMES, clock=TIMES, pages=st.lists(st.lists(TIMES)))
def test_it_never_moves_backwards_nor_beyond_the_clock_or_the_newest_row(
    before: int | None, clock: int | None, pages: list[list[int | None]]
) -> None:
    mark = Watermark(before, clock)
    last = mark.value
    assert last == before
    newest = 0
    for rows in pages:
        mark = mark.seen(rows)
        newest = max([newest, *(row for row in rows if row)])
        value = mark.value
        if last is not None:
            assert value is not None
            assert value >= last
        if value is not None and value != before:
            assert value <= newest
            assert clock is None or value <= clock
        last = value
    if newest and (clock is None or newest <= clock):
        assert last == max(newest, before or 0)


@given(before=TIMES, clock=TIMES, rows=st.lists(TIMES), seed=st.integers())
def test_the_order_of_rows_and_pages_does_not_matter(
    before: int | None, clock: int | None, rows: list[int | None], seed: int
) -> None:
    shuffled = rows.copy()
    random.Random(seed).shuffle(shuffled)
    page_by_page = Watermark(before, clock)
    for row in shuffled:
        page_by_page = page_by_page.seen([row])
    assert page_by_page == Watermark(before, clock).seen(rows)


@given(before=TIMES, clock=TIMES, rows=st.lists(TIMES))
def test_date_times_are_compared_as_the_numbers_are(
    before: int | None, clock: int | None, rows: list[int | None]
) -> None:
    rows = [row or None for row in rows]
    numbers = Watermark(before, clock).seen(rows).value
    texts = Watermark(text(before), text(clock)).seen([text(row) for row in rows]).value
    assert text(numbers) == texts


def test_the_first_clock_of_a_read_counts() -> None:
    mark = Watermark[int]().at_clock(10).at_clock(20).seen([30])
    assert mark.value == 10


def test_rows_that_do_not_say_when_they_changed_do_not_count() -> None:
    assert Watermark("", None).seen(["", None]).newest is None
    assert Watermark(5, 10).seen([0, None]).value == 5


def test_a_watermark_is_not_changed_in_place() -> None:
    mark = Watermark(1, 10)
    mark.seen([5])
    mark.at_clock(3)
    assert mark == Watermark(1, 10)
