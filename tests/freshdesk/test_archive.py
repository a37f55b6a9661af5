"""Ids as ranges: what is known of the archive before it is asked."""

from __future__ import annotations

import tracemalloc
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_freshdesk.archive import IdRanges


def ranges(*ids: Any) -> IdRanges:
    """The ranges of some ids."""
    used = IdRanges()
    for number in ids:
        used.add(number)
    return used


@given(st.lists(st.integers(1, 60)), st.integers(1, 60), st.integers(1, 5))
def test_holes_are_the_numbers_between_ids(ids: list[int], first: int, at_once: int) -> None:
    used = IdRanges()
    used.AT_ONCE = at_once
    for number in ids:
        used.add(number)
    greatest = max(ids, default=0)
    assert used.greatest == greatest
    assert list(used.holes(first)) == [n for n in range(first, greatest) if n not in ids]


@pytest.mark.parametrize("greatest", [20_000_000, 10**11])
def test_great_ids_take_no_memory(greatest: int) -> None:
    tracemalloc.start()
    try:
        used = ranges(1, 3, greatest)
        assert list(islice(used.holes(1), 3)) == [2, 4, 5]
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("odd", [None, "7", 0, -3, 1.5, 2**63, 10**30])
def test_what_is_no_id_does_not_count(odd: Any) -> None:
    assert list(ranges(odd, 3).holes(1)) == [1, 2]
