"""The quota is used up and never exceeded, whatever the vendor's windows and headers are like."""

from __future__ import annotations

import copy
import math
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tap_common.bucket import Bucket
from tap_common.quota import ACCOUNT, OWN, Quota, RateLimit
from tests.clock import SimulatedClock

WINDOW = 60.0
SLACK_SECONDS = 4.0
"""A window may cost so much more: whole seconds in headers, and replies on their way."""


class Windows(ABC):
    """How a vendor counts: what was used, and when it resets, at a time ``now``."""

    def __init__(self, length: float = WINDOW) -> None:
        self.length = length
        self._uses: list[tuple[float, int]] = []

    def used(self, now: float) -> int:
        """What counts at this time."""
        return sum(cost for at, cost in self._uses if self._counts(at, now))

    def take(self, cost: int, now: float) -> None:
        """Counts a request."""
        self._uses = [(at, spent) for at, spent in self._uses if self._counts(at, now)]
        self._uses.append((now, cost))

    @abstractmethod
    def reset(self, now: float) -> float:
        """Seconds until all that was used until now no longer counts."""

    @abstractmethod
    def _counts(self, at: float, now: float) -> bool:
        """Does what was used at a time still count now?"""


class ClockWindows(Windows):
    """Windows that begin at full minutes."""

    def reset(self, now: float) -> float:
        return self.length - now % self.length

    def _counts(self, at: float, now: float) -> bool:
        return at // self.length == now // self.length


class FirstRequestWindows(Windows):
    """Windows that begin at the first request after the last one."""

    def __init__(self, length: float = WINDOW) -> None:
        super().__init__(length)
        self._began = -math.inf

    def take(self, cost: int, now: float) -> None:
        if now >= self._began + self.length:
            self._began = now
        super().take(cost, now)

    def reset(self, now: float) -> float:
        return max(0.0, self._began + self.length - now)

    def _counts(self, at: float, now: float) -> bool:
        return self._began <= at and now < self._began + self.length


class SlidingWindows(Windows):
    """Each request counts for a minute."""

    def reset(self, now: float) -> float:
        return max([at + self.length - now for at, _ in self._uses], default=0.0)

    def _counts(self, at: float, now: float) -> bool:
        return now < at + self.length


@dataclass
class Account:
    """A simulated account: it counts, answers late, and serves other integrations as well.

    The others use ``others`` in each window, in small portions at random times.
    """

    clock: SimulatedClock
    windows: Windows
    limit: int
    headers: str
    dice: random.Random
    latency: float = 0.2
    others: int = 0
    epochs: bool = False
    served: int = 0
    refused: int = 0
    refused_others: int = 0
    began: float = math.inf
    ended: float = 0.0

    def ask(self, cost: int = 1, bucket: str = ACCOUNT) -> tuple[bool, list[RateLimit]]:
        """Sends a request; was it served, and what do the headers say?"""
        self.clock.sleep(self.latency * self.dice.random())
        now = self.clock.monotonic()
        self.began = min(self.began, now)
        is_served = self.windows.used(now) + cost <= self.limit
        if is_served:
            self.windows.take(cost, now)
            self.served += cost
            self.ended = now
        else:
            self.refused += 1
        rate_limits = self._rate_limits(bucket, now)
        self.clock.sleep(self.latency * self.dice.random())
        return is_served, rate_limits

    def _rate_limits(self, bucket: str, now: float) -> list[RateLimit]:
        remaining = max(0, self.limit - self.windows.used(now))
        if self.headers == "none":
            return []
        if self.headers == "limit":
            return [RateLimit(bucket, limit=self.limit)]
        if self.headers == "remaining":
            return [RateLimit(bucket, self.limit, remaining)]
        reset = self.windows.reset(now)
        if self.epochs:
            reset += self.clock.now().timestamp()
        return [RateLimit(bucket, self.limit, remaining, math.ceil(reset))]

    def work_of_others(self, until: float) -> None:
        """Uses the others' share, window after window."""
        while self.clock.monotonic() < until:
            pause = self.windows.length * 1.01 / max(1, self.others)
            self.clock.sleep(pause)
            now = self.clock.monotonic()
            if self.windows.used(now) < self.limit:
                self.windows.take(1, now)
            else:
                self.refused_others += 1


def worker(quota: Quota, account: Account, requests: list[int]) -> Callable[[], None]:
    """Sends ``requests``, shared with other workers, until each was served."""

    def work() -> None:
        while requests:
            cost = requests.pop()
            is_served = False
            while not is_served:
                with quota.slot([ACCOUNT], cost) as slot:
                    is_served, rate_limits = account.ask(cost)
                    slot.learn(rate_limits, account.clock.now())
                    if not is_served:
                        slot.refuse(None)

    return work


def windows_needed(costs: Sequence[int], allowance: int) -> int:
    """The windows after the first one that the requests need, one after the other."""
    windows, left = 0, allowance
    for cost in costs:
        if cost > left:
            windows, left = windows + 1, allowance
        left -= cost
    return windows


KINDS: Any = some.sampled_from([ClockWindows, FirstRequestWindows, SlidingWindows])
FIXED: Any = some.sampled_from([ClockWindows, FirstRequestWindows])


@dataclass
class Scene:
    """A quota and the simulated account that it has to deal with."""

    quota: Quota
    account: Account

    def serve(self, costs: Sequence[int], workers: int, *others: Callable[[], None]) -> float:
        """Sends requests of these ``costs``; returns the seconds until the last was served."""
        left = list(costs)
        work = [worker(self.quota, self.account, left) for _ in range(workers)]
        self.account.clock.run(*work, *others)
        assert self.account.served == sum(costs)
        return self.account.ended - self.account.began


@some.composite
def scenes(
    draw: some.DrawFn,
    *,
    headers: tuple[str, ...] = ("limit", "remaining", "reset"),
    reserves: tuple[float, ...] = (0.0, 0.1, 0.5),
    latencies: tuple[float, ...] = (0.0, 0.1, 1.0),
    smallest_limit: int = 1,
) -> Scene:
    """Accounts of every kind, and a quota that knows nothing of them."""
    clock = SimulatedClock()
    clock.advance(draw(some.floats(0, 120)))
    told = draw(some.sampled_from(headers))
    account = Account(
        clock=clock,
        windows=draw(FIXED if told == "reset" else KINDS)(),
        limit=draw(some.integers(smallest_limit, 60)),
        headers=told,
        dice=random.Random(draw(some.integers(0, 999))),
        latency=draw(some.sampled_from(latencies)),
        epochs=draw(some.booleans()),
    )
    quota = Quota(
        window=WINDOW,
        reserve=draw(some.sampled_from(reserves)),
        cap=draw(some.none() | some.integers(1, 60)),
        clock=clock,
    )
    return Scene(quota, account)


def allowance(scene: Scene) -> int:
    """What may be used in a window of the account, by the documented rule."""
    cap = scene.quota._cap
    limit = scene.account.limit if cap is None else min(scene.account.limit, cap)
    return max(1, math.floor(limit * (1 - scene.quota._reserve)))


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


# One bucket by itself


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
