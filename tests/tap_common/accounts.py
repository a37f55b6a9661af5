"""Simulated accounts that count requests in rate windows, and workers that use them up."""

from __future__ import annotations

import math
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as some

from tap_common.quota import ACCOUNT, Quota, RateLimit
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
