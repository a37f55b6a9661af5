"""The vendor's rate limits: one budget per bucket, shared by all workers, used to the full and never over it.

A bucket learns from the vendor's headers. Where they say when the window resets, what remains of it may be spent at once;
where they do not, no more than the limit is spent within any stretch of a window's length, which is right for fixed and
for sliding windows alike. A share (``reserve``) is left to the account's other integrations.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tap_common.clock import SYSTEM, Clock

ACCOUNT = "account"
OWN = "own"
"""In a reading: the bucket that the request itself named, for headers that name buckets in words of their own."""
SHORTEST_PAUSE = 1.0
FEWEST_TO_LEARN_FROM = 5


@dataclass(frozen=True)
class Reading:
    """What a reply's headers say of one bucket: requests (or credits) a window, those left, seconds to the window's reset."""

    bucket: str = ACCOUNT
    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


def whole(value: str | None) -> int | None:
    """The whole number in a header's ``value``, or None."""
    return int(value) if value and value.strip().isdecimal() else None


@dataclass
class _Bucket:
    window: float
    reserve: float
    cap: int | None
    limit: int | None = None
    remaining: int | None = None
    window_ends: float = 0.0
    end_guessed: bool = False
    reset_known: bool = False
    blocked_until: float = 0.0
    in_flight: int = 0
    heard: bool = False
    spent: deque[tuple[float, int]] = field(default_factory=deque)
    spent_in_window: int = 0

    def allowance(self) -> int | None:
        """What may be spent in one window, or None while nobody has said."""
        limits = [limit for limit in (self.limit, self.cap) if limit is not None]
        return max(1, math.floor(min(limits) * (1 - self.reserve))) if limits else None

    def delay(self, cost: int, now: float) -> float:
        """Seconds until a request of ``cost`` may be sent: 0 now, infinity when a reply under way has to tell first."""
        if now < self.blocked_until:
            return self.blocked_until - now
        allowance = self.allowance()
        if not self.heard and self.in_flight:
            return math.inf
        if self.remaining is not None and now >= self.window_ends:
            self.remaining = self.limit if self.reset_known else None
            self.window_ends, self.end_guessed = now + self.window, True
        if allowance is None:
            return 0.0
        cost = min(cost, allowance)
        if self.remaining is not None:
            kept = (
                self.limit - max(1, math.floor(self.limit * (1 - self.reserve)))
                if self.limit
                else 0
            )
            if self.remaining - self.in_flight - kept < cost:
                return self.window_ends - now
        if self.reset_known and self.cap is None:
            return 0.0
        if self.spent_by(now) + cost > allowance:
            return self.spent[0][0] + self.window - now
        return 0.0

    def spend(self, cost: int, now: float) -> None:
        self.in_flight += cost
        self.spent.append((now, cost))
        self.spent_in_window += cost

    def spent_by(self, now: float) -> int:
        """What was spent in the window's length up to ``now``."""
        while self.spent and self.spent[0][0] <= now - self.window:
            self.spent_in_window -= self.spent.popleft()[1]
        return self.spent_in_window

    def learn(self, reading: Reading, now: float) -> None:
        self.heard = True
        self.limit = reading.limit or self.limit
        if reading.remaining is None:
            return
        if reading.reset is not None:
            self.reset_known = True
            ends = now + reading.reset
            fresh = self.remaining is None or self.end_guessed or ends > self.window_ends + 1
            self.window_ends = ends if fresh or ends < self.window_ends - 1 else self.window_ends
            self.end_guessed = False
        else:
            fresh = self.remaining is None or reading.remaining > self.remaining + self.in_flight
            self.window_ends = now + self.window if fresh else self.window_ends
        self.remaining = (
            reading.remaining
            if fresh or self.remaining is None
            else min(self.remaining, reading.remaining)
        )


@dataclass(frozen=True)
class Wait:
    """A wait for a bucket, until a monotonic time in seconds."""

    bucket: str
    until: float


class Quota:
    """The budgets of one run.

    ``window`` is the length in seconds of the vendor's rate window, ``reserve`` the share left to others, ``cap`` an own limit
    on the whole account's requests a window.
    """

    def __init__(
        self,
        *,
        window: float = 60.0,
        reserve: float = 0.1,
        cap: int | None = None,
        longest_wait: float = 3600.0,
        clock: Clock = SYSTEM,
    ) -> None:
        self._window, self._reserve, self._cap = window, reserve, cap
        self._longest_wait, self._clock = longest_wait, clock
        self._buckets: dict[str, _Bucket] = {}
        self._changed = threading.Condition()
        self._waiting: Wait | None = None

    def _bucket(self, name: str) -> _Bucket:
        if name not in self._buckets:
            cap = self._cap if name == ACCOUNT else None
            self._buckets[name] = _Bucket(self._window, self._reserve, cap, heard=name != ACCOUNT)
        return self._buckets[name]

    @contextmanager
    def slot(self, names: Sequence[str], cost: int) -> Iterator[float]:
        """Waits until a request may be sent that draws ``cost`` from the account's bucket, and one from each other bucket in
        ``names``; yields the seconds waited.
        """
        began = self._clock.monotonic()
        costs = {name: cost if name == ACCOUNT else 1 for name in names}
        with self._changed:
            buckets = {name: self._bucket(name) for name in names}
            while True:
                now = self._clock.monotonic()
                delays = {name: bucket.delay(costs[name], now) for name, bucket in buckets.items()}
                slowest = max(delays, key=lambda name: delays[name])
                if delays[slowest] <= 0:
                    break
                self._tell(slowest, delays[slowest], now)
                seconds = None if math.isinf(delays[slowest]) else delays[slowest]
                self._clock.wait(self._changed, seconds)
            for name, bucket in buckets.items():
                bucket.spend(costs[name], now)
        try:
            yield now - began
        finally:
            with self._changed:
                for name, bucket in buckets.items():
                    bucket.in_flight -= costs[name]
                self._changed.notify_all()

    def learn(self, readings: Sequence[Reading], own: str | None = None) -> None:
        """Takes in what a reply's headers said; ``own`` is the bucket that OWN stands for, if the request named one.

        An account whose vendor says nothing is taken as unlimited until it refuses.
        """
        with self._changed:
            now = self._clock.monotonic()
            self._bucket(ACCOUNT).heard = True
            for reading in readings:
                name = own if reading.bucket == OWN else reading.bucket
                if name is not None:
                    self._bucket(name).learn(reading, now)
            self._changed.notify_all()

    def refuse(self, names: Sequence[str], seconds: float | None) -> float:
        """A 429: nobody asks the refusing bucket again for ``seconds`` (None: until its window is over). Returns the pause.

        The refusing bucket is the most particular one of ``names`` (the last), unless the account itself is used up. A bucket
        whose limit no header tells is taken to allow what it had served in the window, if that is enough to go by: the first
        of a window's requests may be refused for what others sent.
        """
        with self._changed:
            now = self._clock.monotonic()
            account = self._bucket(ACCOUNT)
            used_up = account.remaining is not None and account.remaining <= 0
            bucket = account if used_up else self._bucket(names[-1])
            if seconds is None:
                known = bucket.window_ends - now if bucket.reset_known else 0.0
                seconds = known if known > 0 else bucket.window
            seconds = max(seconds, SHORTEST_PAUSE)
            served = bucket.spent_by(now) - bucket.in_flight
            if (
                bucket is not account
                and bucket.limit is None
                and account.limit is not None
                and served >= FEWEST_TO_LEARN_FROM
            ):
                bucket.limit = served
            bucket.blocked_until = max(bucket.blocked_until, now + seconds)
            self._changed.notify_all()
            return seconds

    def pause(self, seconds: float) -> None:
        """The vendor asked for peace: nobody asks anything for ``seconds``."""
        with self._changed:
            account = self._bucket(ACCOUNT)
            account.blocked_until = max(account.blocked_until, self._clock.monotonic() + seconds)

    def left(self) -> int | None:
        """What the vendor last said remains of the account's window, or None."""
        return self._bucket(ACCOUNT).remaining

    def waiting(self) -> Wait | None:
        """The wait of more than a second that began last, or None if there was none."""
        return self._waiting

    def _tell(self, name: str, seconds: float, now: float) -> None:
        until = now + seconds
        known = self._waiting.until if self._waiting else 0.0
        if 1 <= seconds < math.inf and until > known + 1:
            self._waiting = Wait(name, until)
