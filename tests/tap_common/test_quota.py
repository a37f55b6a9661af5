"""The quota is used up and never exceeded, whatever the vendor's windows and headers are like."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tap_common.bucket import Bucket
from tap_common.quota import ACCOUNT, OWN, Quota, Reading
from tests.clock import SimulatedClock

WINDOW = 60.0
SLACK_SECONDS = 4.0
"""A window may cost so much more: whole seconds in headers, and replies on their way."""


class Windows:
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

    def reset(self, now: float) -> float:
        """Seconds until all that was used until now no longer counts."""
        raise NotImplementedError

    def _counts(self, at: float, now: float) -> bool:
        raise NotImplementedError


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
    rounded: Callable[[float], float] = math.ceil
    served: int = 0
    refused: int = 0
    began: float = math.inf
    ended: float = 0.0

    def ask(self, cost: int = 1, bucket: str = ACCOUNT) -> tuple[bool, list[Reading]]:
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
        reading = self._reading(bucket, now)
        self.clock.sleep(self.latency * self.dice.random())
        return is_served, reading

    def _reading(self, bucket: str, now: float) -> list[Reading]:
        remaining = max(0, self.limit - self.windows.used(now))
        if self.headers == "none":
            return []
        if self.headers == "limit":
            return [Reading(bucket, limit=self.limit)]
        if self.headers == "remaining":
            return [Reading(bucket, self.limit, remaining)]
        reset = float(self.rounded(self.windows.reset(now)))
        if self.epochs:
            reset += math.floor(self.clock.now().timestamp())
        return [Reading(bucket, self.limit, remaining, reset)]

    def work_of_others(self, until: float) -> None:
        """Uses the others' share, window after window."""
        while self.clock.monotonic() < until:
            pause = self.windows.length * 1.01 / max(1, self.others)
            self.clock.sleep(pause)
            now = self.clock.monotonic()
            if self.windows.used(now) < self.limit:
                self.windows.take(1, now)


def worker(quota: Quota, account: Account, requests: list[int]) -> Callable[[], None]:
    """Sends ``requests``, shared with other workers, until each was served."""

    def work() -> None:
        while requests:
            cost = requests.pop()
            is_served = False
            while not is_served:
                with quota.slot([ACCOUNT], cost) as slot:
                    is_served, readings = account.ask(cost)
                    slot.learn(readings, account.clock.now())
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


@settings(max_examples=200, deadline=None)
@given(data=some.data())
def test_an_account_is_used_to_the_full_and_never_over_its_limit(data: some.DataObject) -> None:
    draw = data.draw
    headers = draw(some.sampled_from(["limit", "remaining", "reset"]))
    kind = draw(FIXED if headers == "reset" else KINDS)
    limit = draw(some.integers(2, 60))
    reserve = draw(some.sampled_from([0.0, 0.1, 0.5]))
    cap = draw(some.none() | some.integers(1, 60))
    workers = draw(some.integers(1, 5))
    requests = draw(some.integers(1, 3 * limit))
    clock = SimulatedClock()
    clock.advance(draw(some.floats(0, 120)))
    account = Account(
        clock,
        kind(),
        limit,
        headers,
        random.Random(draw(some.integers(0, 999))),
        latency=draw(some.sampled_from([0.0, 0.1, 1.0])),
        epochs=draw(some.booleans()),
    )
    quota = Quota(window=WINDOW, reserve=reserve, cap=cap, clock=clock)
    clock.run(*[worker(quota, account, work) for work in [[1] * requests] for _ in range(workers)])

    assert account.served == requests
    assert account.refused == 0
    allowance = max(1, math.floor(min(limit, cap or limit) * (1 - reserve)))
    windows = windows_needed([1] * requests, allowance)
    answers = requests * 2 * account.latency
    assert account.ended - account.began <= windows * (WINDOW + SLACK_SECONDS) + answers
