"""What people read: numbers, durations and times of day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tap_common.words import counted, duration, number, rough_duration, time_in


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 rows"), (1, "1 row"), (1_180, "1,180 rows"), (5_312_000, "5,312,000 rows")],
)
def test_counts_have_commas_and_the_right_noun(count: int, text: str) -> None:
    assert counted(count, "row") == text
    assert text.startswith(number(count))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1.0, "0.0 s"),
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (121.2, "2 min 1 s"),
        (3_599.7, "1 h 0 min"),
        (11_130, "3 h 6 min"),
        (86_399, "1 d 0 h"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (100, "100 s"),
        (120, "2 min"),
        (5_400, "90 min"),
        (7_300, "2 h"),
        (172_800, "2 d"),
    ],
)
def test_a_rough_duration_has_one_unit(seconds: float, text: str) -> None:
    assert rough_duration(seconds) == text


def test_a_time_on_another_day_has_its_date() -> None:
    now = datetime(2026, 3, 1, 23, 59, 30, tzinfo=UTC).astimezone()
    soon = time_in(0, now)
    assert len(soon) == len("23:59:30")
    assert time_in(86_400, now).endswith(f" {soon}")
