"""How far a stream is read, and how long the rest may take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tap_common.pace import Pace, position

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=100)


def at(days: float) -> str:
    return (START + timedelta(days=days)).isoformat()


@pytest.mark.parametrize(
    ("rows", "announced", "share"),
    [
        (0, 400, 0.0),
        (100, 400, 0.25),
        (400, 400, 1.0),
        (401, 400, None),
        (0, 0, 0.0),
        (5, None, None),
    ],
)
def test_announced_rows_tell_the_share_unless_more_come(
    rows: int, announced: int | None, share: float | None
) -> None:
    assert Pace({}, START).share({}, rows, announced, NOW) == share


@pytest.mark.parametrize(
    ("before", "after", "share"),
    [
        ({}, {}, None),
        ({}, {"live": at(25)}, 0.25),
        ({}, {"live": at(200)}, 1.0),
        ({}, {"live": at(-5)}, 0.0),
        ({"live": at(50)}, {"live": at(75)}, 0.5),
        ({"live": at(50)}, {"live": at(50)}, None),
        ({"live": at(100)}, {"live": at(101)}, None),
        ({}, {"page": 3, "done": True, "live": at(25)}, 0.25),
    ],
)
def test_a_bookmark_that_moves_tells_the_share(
    before: dict[str, Any], after: dict[str, Any], share: float | None
) -> None:
    assert Pace(before, START).share(after, 0, None, NOW) == share


def test_a_position_is_the_first_moment_of_a_bookmark() -> None:
    epoch = int(START.timestamp())
    assert position({"cursor": "abc", "start_time": epoch, "other": at(9)}) == START
    assert position({"page": 17, "owed": {"7": {}}}) is None


def test_the_time_left_follows_from_the_pace_since_the_first_look() -> None:
    pace = Pace({}, START)
    assert pace.seconds_left(0.5, 10) is None
    pace.look(0.6, 10)
    pace.look(0.7, 20)
    assert pace.seconds_left(0.8, 30) == pytest.approx(20)
    assert pace.seconds_left(0.6, 30) is None
    assert pace.seconds_left(None, 30) is None
