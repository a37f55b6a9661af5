"""Owed parents: whom a run asks again, when an entry ends, and what the state remembers."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_common.errors import ApiError, UsageError
from tap_common.owed import OwedParents
from tests.clock import START

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OPEN = {"shown": True}


def stored(owed: OwedParents) -> OwedParents:
    """What the next run makes of the state that this one wrote."""
    return OwedParents("children", json.loads(json.dumps(owed.parts())))


def refused(*parents: str, tries: int = 1, at: datetime = START) -> OwedParents:
    owed = OwedParents("children", OPEN)
    for _ in range(tries):
        for parent in parents:
            owed.note_refused(parent, 403, at)
    return owed


def test_the_state_remembers_status_times_and_tries() -> None:
    owed = refused("7")
    owed.note_failed("8", ApiError("HTTP 502", status=502), START + MINUTE)
    owed.note_failed("8", ApiError("no reply"), START + 2 * MINUTE)
    assert owed.parts() == {
        "shown": True,
        "owed": {
            "7": {
                "status": 403,
                "since": "2026-03-01T12:00:00Z",
                "last": "2026-03-01T12:00:00Z",
                "tries": 1,
            },
            "8": {
                "status": 0,
                "since": "2026-03-01T12:01:00Z",
                "last": "2026-03-01T12:02:00Z",
                "tries": 2,
                "failed": True,
            },
        },
    }
    assert stored(owed).parts() == owed.parts()
    assert (len(owed), owed.refusals, owed.failures) == (2, 1, 1)
    assert owed.statuses(failed=False) == "HTTP 403"
    assert owed.statuses(failed=True) == "no reply"


def test_nothing_is_remembered_of_a_stream_without_faults() -> None:
    assert OwedParents("children", {"updated_at": "2026-01-01T00:00:00Z"}).parts() == {}


def test_entries_end_when_the_children_came_or_the_parent_is_gone() -> None:
    owed = refused("1", "2", "3")
    owed.note_complete("1")
    owed.note_gone("2")
    assert list(stored(owed).parts()["owed"]) == ["3"]


@pytest.mark.parametrize(
    ("tries", "pause"),
    [
        (1, timedelta(0)),
        (4, timedelta(0)),
        (5, 30 * MINUTE),
        (6, 60 * MINUTE),
        (8, 240 * MINUTE),
        (11, DAY),
        (400, DAY),
    ],
)
def test_from_the_fifth_refusal_on_the_pause_doubles_up_to_a_day(
    tries: int, pause: timedelta
) -> None:
    owed = stored(refused("1", tries=tries))
    assert owed.due(START + pause) == ["1"]
    if pause:
        assert owed.due(START + pause - timedelta(seconds=1)) == []


def test_a_failure_is_asked_again_in_each_run() -> None:
    owed = OwedParents("children", OPEN)
    for _ in range(50):
        owed.note_failed("1", ApiError("HTTP 500", status=500), START)
    assert owed.due(START) == ["1"]


def test_at_most_a_hundred_are_asked_and_those_that_waited_longest_first() -> None:
    owed = OwedParents("children", OPEN)
    for number in range(250):
        owed.note_refused(f"p{number}", 403, START + (number * 7 % 250) * MINUTE)
    due = owed.due(START + DAY)
    assert due == [f"p{number}" for number in sorted(range(250), key=lambda n: n * 7 % 250)][:100]


def test_all_owed_parents_have_their_turn() -> None:
    owed = OwedParents("children", OPEN)
    for number in range(1000):
        owed.note_refused(str(number), 403, START)
    asked: set[str] = set()
    for run in range(1, 11):
        now = START + run * DAY
        for parent in owed.due(now):
            asked.add(parent)
            owed.note_refused(parent, 403, now)
        owed = stored(owed)
    assert len(asked) == 1000


def test_a_parent_that_only_ever_refused_is_given_up_after_thirty_days() -> None:
    owed = refused("1")
    owed.note_refused("1", 403, START + 30 * DAY - MINUTE)
    assert (len(owed), owed.given_up) == (1, 0)
    owed.note_refused("1", 403, START + 30 * DAY)
    assert (len(owed), owed.given_up) == (0, 1)


def test_a_parent_that_once_failed_is_never_given_up() -> None:
    owed = OwedParents("children", OPEN)
    owed.note_failed("1", ApiError("HTTP 500", status=500), START)
    for day in (31, 300):
        owed.note_refused("1", 403, START + day * DAY)
    assert (len(owed), owed.given_up, owed.failures) == (1, 0, 1)


def test_a_full_list_drops_the_refusals_that_were_tried_most_often() -> None:
    owed = refused("often", tries=3)
    for number in range(999):
        owed.note_refused(str(number), 403, START)
    owed.note_failed("failed", ApiError("HTTP 500", status=500), START)
    assert len(owed) == 1000
    assert "often" not in owed.parts()["owed"]
    assert "failed" in owed.parts()["owed"]
    assert owed.dropped == 1


def test_failures_do_not_leave_a_full_list() -> None:
    owed = OwedParents("children", OPEN)
    for number in range(1000):
        assert not owed.is_full_of_failures
        owed.note_failed(str(number), ApiError("HTTP 500", status=500), START)
    assert owed.is_full_of_failures
    assert owed.dropped == 0


def test_a_refusal_makes_room_even_if_a_failure_was_tried_more_often() -> None:
    owed = refused("refusing")
    for number in range(999):
        owed.note_failed(f"failing {number}", ApiError("HTTP 500", status=500), START)
    owed.note_failed("failing 0", ApiError("HTTP 500", status=500), START)
    owed.note_failed("another", ApiError("HTTP 500", status=500), START)
    assert (owed.failures, owed.refusals, owed.dropped) == (1000, 0, 1)


def test_refusals_of_a_closed_stream_are_not_owed_until_it_opens() -> None:
    owed = OwedParents("children", {})
    owed.note_refused("1", 403, START)
    owed.note_refused("2", 401, START)
    assert (owed.parts(), owed.refusing) == ({}, 2)
    assert owed.statuses(failed=False) == "HTTP 401, HTTP 403"
    closed = [owed.is_closed]
    owed.note_complete("3")
    closed.append(owed.is_closed)
    assert closed == [True, False]
    assert list(owed.parts()["owed"]) == ["1", "2"]
    assert stored(owed).ever_shown


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=60))
def test_a_sample_is_spread_over_each_page_and_ends_at_a_hundred(pages: list[int]) -> None:
    owed, total = OwedParents("children", {}), 0
    for size in pages:
        parents = [str(number) for number in range(size)]
        sample = owed.sample(parents)
        total += len(sample)
        assert sorted(set(sample), key=int) == sample
        assert set(sample) <= set(parents)
        assert not sample or sample[0] == "0"
        if len(sample) > 1:
            gaps = {int(b) - int(a) for a, b in pairwise(sample)}
            assert len(gaps) == 1
    assert 1 <= total <= 100


GOOD = {"status": 403, "since": "2026-01-01T00:00:00Z", "tries": 2}


def test_an_entry_without_a_last_time_counts_from_the_first() -> None:
    owed = OwedParents("children", {"shown": True, "owed": {"1": GOOD}})
    assert owed.parts()["owed"]["1"]["last"] == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "value",
    [
        ["7"],
        "7",
        7,
        {"1": None},
        {"1": {**GOOD, "since": "yesterday"}},
        {"1": {**GOOD, "since": None}},
        {"1": {**GOOD, "last": "0000-00-00"}},
        {"1": {**GOOD, "tries": "many"}},
        {"1": {"status": 403}},
    ],
    ids=str,
)
def test_a_state_with_something_else_in_their_place_is_a_usage_error(value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        OwedParents("children", {"owed": value})
    assert str(caught.value) == (
        "state: bookmarks.children.owed must map ids of parents to objects with status, since and "
        "tries; correct or remove it"
    )
