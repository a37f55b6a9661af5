"""The quota is used up and never exceeded, whatever the vendor's windows and headers are like."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tap_common.quota import ACCOUNT, OWN, Quota, RateLimit
from tests.clock import SimulatedClock
from tests.tap_common.accounts import (
    FIXED,
    SLACK_SECONDS,
    WINDOW,
    Account,
    Scene,
    SlidingWindows,
    allowance,
    scenes,
    windows_needed,
)


@settings(max_examples=40, deadline=None)
@given(scenes(), some.data())
def test_a_limit_is_used_to_the_full_and_never_exceeded(
    scene: Scene, data: some.DataObject
) -> None:
    allowed = allowance(scene)
    costs = [1] * data.draw(some.integers(1, 3 * allowed + 2))
    seconds = scene.serve(costs, data.draw(some.integers(1, 5)))
    assert scene.account.refused == 0
    answers = 2 * scene.account.latency * len(costs)
    windows = windows_needed(costs, allowed)
    assert seconds <= windows * (WINDOW + SLACK_SECONDS) + answers


@settings(max_examples=40, deadline=None)
@given(scenes(), some.data())
def test_requests_may_cost_several_credits(scene: Scene, data: some.DataObject) -> None:
    dearest = min(4, allowance(scene))
    costs = data.draw(some.lists(some.integers(1, dearest), min_size=1, max_size=40))
    scene.serve(costs, data.draw(some.integers(1, 4)))
    assert scene.account.refused == 0


@settings(max_examples=40, deadline=None)
@given(scenes(latencies=(20.0, 50.0)), some.data())
def test_replies_may_be_slow_and_overtake_each_other(scene: Scene, data: some.DataObject) -> None:
    costs = [1] * data.draw(some.integers(1, 2 * allowance(scene) + 2))
    scene.serve(costs, data.draw(some.integers(2, 5)))
    assert scene.account.refused == 0


@settings(max_examples=40, deadline=None)
@given(scenes(reserves=(0.2, 0.5), smallest_limit=5), some.data())
def test_the_reserve_is_left_to_other_integrations(scene: Scene, data: some.DataObject) -> None:
    account = scene.account
    account.others = account.limit - max(1, math.floor(account.limit * (1 - scene.quota._reserve)))
    costs = [1] * data.draw(some.integers(1, 3 * allowance(scene)))
    scene.serve(costs, data.draw(some.integers(1, 4)), lambda: account.work_of_others(200))
    assert account.refused == 0
    assert account.refused_others == 0


@settings(max_examples=40, deadline=None)
@given(scenes(headers=("none",)), some.data())
def test_without_headers_a_refusal_is_waited_out(scene: Scene, data: some.DataObject) -> None:
    workers = data.draw(some.integers(1, 4))
    limit = scene.account.limit
    costs = [1] * data.draw(some.integers(1, 3 * limit))
    seconds = scene.serve(costs, workers)
    windows = windows_needed(costs, allowance(scene)) + 1
    assert scene.account.refused <= windows * workers
    assert seconds <= windows * (2 * WINDOW + SLACK_SECONDS) + 2 * len(costs)


@settings(max_examples=40, deadline=None)
@given(
    account_limit=some.integers(10, 60),
    endpoint_limit=some.integers(1, 9),
    kinds=some.tuples(FIXED, FIXED),
    workers=some.integers(1, 4),
)
def test_a_request_draws_from_the_bucket_of_its_endpoint_too(
    account_limit: int, endpoint_limit: int, kinds: Any, workers: int
) -> None:
    clock = SimulatedClock()
    account = Account(clock, kinds[0](), account_limit, "reset", random.Random(1))
    endpoint = Account(clock, kinds[1](), endpoint_limit, "reset", random.Random(2), latency=0)
    quota = Quota(window=WINDOW, reserve=0, clock=clock)
    wanted = ["endpoint"] * 2 * endpoint_limit + ["other"] * account_limit

    def work() -> None:
        while wanted:
            is_endpoint = wanted.pop() == "endpoint"
            names = [ACCOUNT, "exports"] if is_endpoint else [ACCOUNT]
            with quota.slot(names, 1) as slot:
                served, rate_limits = account.ask()
                if is_endpoint:
                    served_there, more = endpoint.ask(bucket=OWN)
                    rate_limits += more
                    served = served and served_there
                slot.learn(rate_limits, clock.now())
                assert served

    clock.run(*[work for _ in range(workers)])
    assert account.served == account_limit + 2 * endpoint_limit
    assert endpoint.served == 2 * endpoint_limit


@settings(max_examples=40, deadline=None)
@given(
    hidden_limit=some.integers(6, 20),
    workers=some.integers(1, 5),
    seed=some.integers(0, 99),
)
def test_the_limit_of_an_endpoint_without_headers_is_learned_from_its_first_refusals(
    hidden_limit: int, workers: int, seed: int
) -> None:
    clock = SimulatedClock()
    account = Account(clock, SlidingWindows(), 1_000, "remaining", random.Random(seed))
    endpoint = Account(clock, SlidingWindows(), hidden_limit, "none", random.Random(seed))
    quota = Quota(window=WINDOW, reserve=0, clock=clock)
    wanted = ["row"] * 4 * hidden_limit

    def work() -> None:
        while wanted:
            wanted.pop()
            is_served = False
            while not is_served:
                with quota.slot([ACCOUNT, "exports"], 1) as slot:
                    is_served, _ = endpoint.ask()
                    slot.learn(account.ask()[1], clock.now())
                    if not is_served:
                        slot.refuse(None)

    clock.run(*[work for _ in range(workers)])
    assert endpoint.served == 4 * hidden_limit
    assert endpoint.refused <= 2 * workers


# Waits have limits


def asked_after(quota: Quota, clock: SimulatedClock, *rate_limits: RateLimit) -> float:
    """Seconds for which the second request waits after replies that say this."""
    with quota.slot([ACCOUNT], 1) as slot:
        slot.learn(rate_limits, clock.now())
    began = clock.monotonic()
    with quota.slot([ACCOUNT], 1) as slot:
        return clock.monotonic() - began


EPOCH = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC).timestamp()
"""Half a minute after a simulated clock begins."""


@pytest.mark.parametrize(
    ("reset", "seconds"),
    [
        (0, 0),
        (45, 45),
        (100, 100),
        (EPOCH, 30),
        (101, WINDOW),
        (EPOCH + 3_600, WINDOW),
        (EPOCH - 3_600, WINDOW),
        (EPOCH * 1_000, WINDOW),
        (-5, WINDOW),
        (math.inf, WINDOW),
        (math.nan, WINDOW),
        (10**400, WINDOW),
        (None, WINDOW),
    ],
    ids=str,
)
def test_a_reset_is_a_number_of_seconds_or_an_epoch_and_else_is_ignored(
    reset: float | None, seconds: float
) -> None:
    clock = SimulatedClock()
    quota = Quota(window=WINDOW, longest_wait=100, reserve=0, clock=clock)
    rate_limit = RateLimit(limit=1, remaining=0, reset=reset)
    assert asked_after(quota, clock, rate_limit) == pytest.approx(seconds, abs=0.02)


@pytest.mark.parametrize("number", [-1, 10**12, 10**400], ids=["-1", "10^12", "10^400"])
def test_limits_and_remainders_that_make_no_sense_are_ignored(number: int) -> None:
    clock = SimulatedClock()
    quota = Quota(window=WINDOW, reserve=0, clock=clock)
    assert asked_after(quota, clock, RateLimit(limit=number, remaining=number)) == 0
    assert quota.left() is None


def test_what_remains_counts_even_if_the_limit_is_not_known() -> None:
    clock = SimulatedClock()
    quota = Quota(window=WINDOW, clock=clock)
    assert asked_after(quota, clock, RateLimit(remaining=0, reset=20)) == pytest.approx(
        20, abs=0.02
    )


@pytest.mark.parametrize(
    ("asked", "waited"), [(5.0, 5.0), (0.0, 1.0), (86_400.0, 100.0), (None, WINDOW)]
)
def test_a_refusal_is_waited_out_for_a_limited_time(asked: float | None, waited: float) -> None:
    clock = SimulatedClock()
    quota = Quota(window=WINDOW, longest_wait=100, clock=clock)
    with quota.slot([ACCOUNT], 1) as slot:
        assert slot.refuse(asked) == waited
    with quota.slot([ACCOUNT], 1):
        assert clock.monotonic() == waited


def test_a_refusal_without_a_time_lasts_until_the_known_reset() -> None:
    clock = SimulatedClock()
    quota = Quota(window=WINDOW, clock=clock)
    with quota.slot([ACCOUNT], 1) as slot:
        slot.learn([RateLimit(limit=9, remaining=3, reset=12)], clock.now())
        assert slot.refuse(None) == pytest.approx(12, abs=0.02)


def test_a_refusal_lasts_until_the_reset_of_an_endpoint_that_the_vendor_alone_knows() -> None:
    clock = SimulatedClock()
    quota = Quota(window=WINDOW, clock=clock)
    used_up = RateLimit(OWN, limit=20, remaining=0, reset=6)
    with quota.slot([ACCOUNT], 1) as slot:
        slot.learn([RateLimit(limit=9, remaining=3, reset=12), used_up], clock.now())
        assert slot.refuse(None) == pytest.approx(6, abs=0.02)
    with quota.slot([ACCOUNT], 1) as slot:
        slot.learn([RateLimit(limit=9, remaining=0, reset=12), used_up], clock.now())
        assert slot.refuse(None) == pytest.approx(12, abs=0.02)


def test_a_refusal_concerns_the_endpoint_unless_the_account_is_used_up() -> None:
    clock = SimulatedClock()
    quota = Quota(window=WINDOW, clock=clock)
    with quota.slot([ACCOUNT, "exports"], 1) as slot:
        slot.refuse(20)
    with quota.slot([ACCOUNT], 1):
        assert clock.monotonic() == 0
    with quota.slot([ACCOUNT, "exports"], 1):
        assert clock.monotonic() == 20


@pytest.mark.parametrize(("asked", "waited"), [(7.0, 7.0), (86_400.0, 100.0)])
def test_a_pause_holds_for_all_requests_and_has_a_limit(asked: float, waited: float) -> None:
    clock = SimulatedClock()
    quota = Quota(longest_wait=100, clock=clock)
    quota.pause(asked)
    with quota.slot([ACCOUNT, "exports"], 1):
        assert clock.monotonic() == waited


def test_a_slot_is_given_back_when_its_request_fails() -> None:
    clock = SimulatedClock()
    quota = Quota(window=WINDOW, cap=1, reserve=0, clock=clock)
    with pytest.raises(ValueError, match="lost"), quota.slot([ACCOUNT], 1):
        raise ValueError("lost")
    with quota.slot([ACCOUNT], 1):
        assert clock.monotonic() == WINDOW


def test_an_account_that_is_used_up_refuses_and_not_the_endpoint() -> None:
    clock = SimulatedClock()
    quota = Quota(window=WINDOW, longest_wait=100, reserve=0, clock=clock)
    with quota.slot([ACCOUNT, "search"], 1) as slot:
        slot.learn([RateLimit(limit=10, remaining=0, reset=20)], clock.now())
        assert slot.refuse(None) == pytest.approx(20, abs=0.02)


# What is shown to people


def test_the_wait_that_began_last_is_known() -> None:
    clock = SimulatedClock()
    quota = Quota(clock=clock)
    assert quota.waiting() is None
    quota.pause(0.5)
    with quota.slot([ACCOUNT], 1):
        assert quota.waiting() is None
    quota.pause(30)
    with quota.slot([ACCOUNT], 1) as slot:
        wait = quota.waiting()
        assert slot.waited == 30
    assert wait is not None
    assert (wait.bucket, wait.until) == (ACCOUNT, 30.5)


def test_seconds_in_which_several_threads_wait_count_once() -> None:
    clock = SimulatedClock()
    quota = Quota(clock=clock)
    shares: list[float] = []
    waits: list[float] = []
    quota.pause(10)

    def at(seconds: float) -> Callable[[], None]:
        def work() -> None:
            clock.sleep(seconds)
            with quota.slot([ACCOUNT], 1) as slot:
                shares.append(slot.share)
                waits.append(slot.waited)

        return work

    clock.run(at(0), at(2), at(4))
    quota.pause(5)
    clock.run(at(0))
    assert sorted(waits) == [5, 6, 8, 10]
    assert sum(shares) == quota.waited() == 15
