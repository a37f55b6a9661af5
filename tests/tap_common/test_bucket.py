"""One bucket by itself: what it learns of replies, and how long the next request waits."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tap_common.bucket import Bucket
from tests.tap_common.accounts import WINDOW


def bucket(**facts: Any) -> Bucket:
    return Bucket(**{"window": WINDOW, "reserve": 0.0, **facts})


@given(
    limit=some.none() | some.integers(1, 50),
    remaining=some.none() | some.integers(0, 60),
    reset=some.none() | some.floats(0, 100),
    sent=some.lists(some.integers(1, 5), max_size=8),
    cost=some.integers(1, 60),
    times=some.lists(some.floats(0, 300), max_size=5),
)
def test_asking_for_the_delay_changes_nothing(
    limit: int | None,
    remaining: int | None,
    reset: float | None,
    sent: list[int],
    cost: int,
    times: list[float],
) -> None:
    asked = bucket()
    asked.learn(limit, remaining, reset, sent_at=0, now=0)
    for drawn in sent:
        asked.send(drawn)
    before = copy.deepcopy(asked)
    for now in times:
        asked.delay(cost, now)
    assert asked == before


def learn_and_finish(
    learner: Bucket, remaining: int, reset: float | None, *, sent_at: float, now: float
) -> None:
    learner.send(1)
    learner.learn(10, remaining, reset, sent_at=sent_at, now=now)
    learner.finish(1, sent_at, now, counted=True)


def test_a_reply_that_was_overtaken_does_not_raise_what_remains() -> None:
    overtaken = bucket()
    learn_and_finish(overtaken, 1, 50, sent_at=9, now=10)
    learn_and_finish(overtaken, 8, 50, sent_at=2, now=11)
    assert overtaken.remaining == 1


def test_a_later_reply_raises_what_remains() -> None:
    later = bucket()
    learn_and_finish(later, 1, 50, sent_at=9, now=10)
    learn_and_finish(later, 8, 49, sent_at=10, now=11)
    assert later.remaining == 8


def test_the_end_of_a_window_is_the_later_one_of_two_that_hardly_differ() -> None:
    exhausted = bucket()
    learn_and_finish(exhausted, 1, 50, sent_at=0, now=0)
    learn_and_finish(exhausted, 0, 40, sent_at=11, now=11)
    assert exhausted.delay(1, 11) == 40
    learn_and_finish(exhausted, 0, 37, sent_at=12, now=12)
    assert exhausted.delay(1, 12) == 39


def test_a_request_whose_reply_says_nothing_is_subtracted() -> None:
    silent = bucket()
    silent.learn(10, 4, 50, sent_at=0, now=0)
    silent.send(3)
    silent.finish(3, 1, 2, counted=False)
    assert silent.remaining == 1


def test_a_request_that_costs_more_than_the_limit_is_sent_in_a_fresh_window() -> None:
    small = bucket(known=True, limit=5)
    assert small.delay(60, 0) == 0
    small.learn(5, 5, 50, sent_at=0, now=0)
    assert small.delay(60, 1) == 0


def test_without_a_known_reset_nothing_is_known_of_a_window_that_is_over() -> None:
    silent = bucket()
    silent.learn(10, 3, None, sent_at=0, now=0)
    silent.roll(WINDOW)
    assert silent.remaining is None


def test_a_new_window_begins_with_the_whole_limit() -> None:
    renewed = bucket(reserve=0.2)
    renewed.learn(10, 0, 50, sent_at=0, now=0)
    renewed.roll(49.9)
    assert renewed.delay(1, 49.9) == pytest.approx(0.1)
    renewed.roll(50)
    assert [renewed.delay(cost, 50) for cost in (1, 8)] == [0, 0]
    renewed.send(8)
    assert renewed.delay(1, 50) == WINDOW


@pytest.mark.parametrize(
    ("limit", "reserve", "cap", "allowed"),
    [
        (100, 0.1, None, 90),
        (100, 0.1, 50, 45),
        (None, 0.1, 50, 45),
        (10, 0.99, None, 1),
        (None, 0.1, None, None),
    ],
)
def test_the_allowance_is_the_lower_limit_less_the_reserve(
    limit: int | None, reserve: float, cap: int | None, allowed: int | None
) -> None:
    assert bucket(limit=limit, reserve=reserve, cap=cap).allowance() == allowed


# A limit that no header tells


def used(requests: int) -> Bucket:
    """A bucket of which so many requests were served in the first tenth of a second."""
    found = bucket()
    for _ in range(requests):
        found.send(1)
        found.finish(1, 0.0, 0.1, counted=False)
    return found


@pytest.mark.parametrize(
    ("seconds", "limit"), [(1.0, None), (WINDOW - 4.0, None), (WINDOW - 1.0, 8), (None, 8)]
)
def test_a_refusal_tells_a_limit_if_all_of_the_window_was_seen(
    seconds: float | None, limit: int | None
) -> None:
    found = used(8)
    found.learn_limit(8, seconds, 1.0)
    assert found.limit == limit


def test_a_limit_that_was_guessed_grows_ever_more_rarely() -> None:
    found = used(8)
    found.learn_limit(8, None, 0.0)
    limits = []
    for windows in (4.9, 5.0, 9.9):
        found.roll(windows * WINDOW)
        limits.append(found.limit)
    assert limits == [8, 16, 16]
    found.roll(10 * WINDOW)
    found.learn_limit(20, None, 10 * WINDOW + 1.0)
    limits = [found.limit]
    for windows in (19.9, 20.0):
        found.roll(windows * WINDOW)
        limits.append(found.limit)
    assert limits == [20, 20, 40]


def test_a_limit_that_headers_tell_does_not_grow() -> None:
    found = used(8)
    found.learn_limit(8, None, 0.0)
    found.learn(9, None, None, sent_at=0.0, now=1.0)
    found.roll(100 * WINDOW)
    assert found.limit == 9
