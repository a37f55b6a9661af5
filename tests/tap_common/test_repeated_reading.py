"""A second that fills several pages is read until all of its rows were surely met."""

from __future__ import annotations

import random

import pytest

from tap_common.repeated_reading import QUIET_READINGS, RepeatedReading


def readings_of(*rows: str, is_new: bool = False) -> list[bool]:
    """What is said after each of these readings, whose rows are letters."""
    repeated = RepeatedReading()
    return [repeated.is_enough(met, has_new=is_new) for met in rows]


def test_rows_that_keep_their_places_are_read_twice() -> None:
    assert readings_of("abc", "abc") == [False, True]


def test_rows_in_another_order_are_read_until_as_many_were_met_as_there_are_places() -> None:
    assert readings_of("aab", "aab", "bcc") == [False, False, True]


def test_a_row_that_left_makes_the_count_begin_anew() -> None:
    assert readings_of("abc", "ab", "ab") == [False, False, True]


def test_rows_that_never_hold_still_are_read_until_nothing_new_comes() -> None:
    rows = ["abc"[: 2 + number % 2] for number in range(QUIET_READINGS)]
    assert readings_of(*rows) == [False] * (QUIET_READINGS - 1) + [True]
    assert not any(readings_of(*rows, is_new=True))


@pytest.mark.parametrize("seed", range(20))
def test_no_row_is_missed_whatever_the_order_of_each_page(seed: int) -> None:
    dice = random.Random(seed)
    repeated, found, is_enough = RepeatedReading(), set[int](), False
    while not is_enough:
        pages = [dice.sample(range(30), 30)[at : at + 10] for at in (0, 10, 20)]
        met = [row for page in pages for row in page]
        is_enough = repeated.is_enough(met, has_new=not found.issuperset(met))
        found.update(met)
    assert found == set(range(30))
