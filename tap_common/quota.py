"""The vendor's rate limits: one budget for each, shared by all workers, used up but never exceeded.

A bucket learns from the vendor's headers. Where they say when the window resets, what remains of
it may be used at once. Where they do not, no more than the limit is used within any stretch of a
window's length, which is right for fixed and for sliding windows alike. A share (``reserve``) is
left to the account's other integrations.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from tap_common import headers
from tap_common.bucket import LARGEST_LIMIT, Bucket
from tap_common.clock import SYSTEM, Clock

ACCOUNT = "account"
OWN = "own"
"""In a RateLimit: the bucket that the request named, for headers with names of their own."""
SHORTEST_PAUSE = 1.0
"""Seconds without requests after a 429, at least."""
SHORTEST_WAIT = 0.001
LONGEST_WAIT = 3600.0
"""Seconds for which a vendor may ask a client to wait, at most."""
RESET_MARGIN = 0.01
"""Seconds after a reset: two clocks hardly agree to the millisecond."""


@dataclass(frozen=True)
class RateLimit:
    """What a reply's headers say of one bucket.

    That is the number of requests (or credits) in a window, those that remain, and the seconds
    until the window's reset, or the epoch of the reset. Numbers that make no sense are ignored.
    """

    bucket: str = ACCOUNT
    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


@dataclass(frozen=True)
class Wait:
    """A wait for a bucket, until a monotonic time in seconds."""

    bucket: str
    until: float


@dataclass
class Slot:
    """The permission to send one request.

    ``waited`` is the time in seconds that passed before it was given. ``share`` is what counts of
    it in a sum over all requests: a second in which several of them wait counts for one of them.
    """

    waited: float
    share: float
    _quota: Quota
    _costs: Mapping[str, int]
    _used_before: Mapping[str, int]
    _sent_at: float
    _counted: set[str] = field(default_factory=set)
    _reset: float | None = None
    """Seconds until the reset of a bucket that is used up and that the request did not name."""

    @property
    def own(self) -> str | None:
        """The last bucket besides the account's that the request named."""
        last = list(self._costs)[-1]
        return None if last == ACCOUNT else last

    def learn(self, rate_limits: Sequence[RateLimit], vendor_now: datetime) -> None:
        """Takes in what the headers of the reply say, at ``vendor_now`` by the vendor's clock.

        A bucket of which the vendor says nothing is taken as unlimited until it refuses.
        """
        self._quota._learn(self, rate_limits, vendor_now)

    def refuse(self, seconds: float | None) -> float:
        """Takes in a 429: nobody asks the refusing bucket for ``seconds``, and returns them.

        None stands for the rest of the window, or for the reset that the reply's headers name of a
        bucket that only the vendor knows. The refusing bucket is the last one that the
        request named, unless the account itself is used up.
        """
        return self._quota._refuse(self, seconds)


class Quota:
    """The budgets of one run.

    ``window`` is the length in seconds of the vendor's rate window, ``reserve`` the share left to
    others, ``cap`` a limit of one's own on the whole account's requests in a window. No wait for
    a reset, a pause or a 429 is longer than ``longest_wait`` seconds.
    """

    def __init__(
        self,
        *,
        window: float = 60.0,
        reserve: float = 0.1,
        cap: int | None = None,
        longest_wait: float = LONGEST_WAIT,
        clock: Clock = SYSTEM,
    ) -> None:
        self._window, self._reserve, self._cap = window, reserve, cap
        self._longest_wait, self._clock = longest_wait, clock
        self._buckets: dict[str, Bucket] = {}
        self._changed = threading.Condition()
        self._waiting: Wait | None = None
        self._waiters = _Waiters()

    @contextmanager
    def slot(self, names: Sequence[str], cost: int) -> Iterator[Slot]:
        """Waits until a request may be sent, and counts it as under way inside the context.

        It draws ``cost`` from the account's bucket, and one from each other bucket in ``names``.
        """
        costs = {name: cost if name == ACCOUNT else 1 for name in names}
        with self._changed:
            began = self._clock.monotonic()
            share = self._wait(costs)
            now = self._clock.monotonic()
            used_before = {name: self._bucket(name).used() for name in costs}
            slot = Slot(now - began, share, self, costs, used_before, now)
            for name, drawn in costs.items():
                self._bucket(name).send(drawn)
        try:
            yield slot
        finally:
            with self._changed:
                now = self._clock.monotonic()
                for name, drawn in costs.items():
                    counted = name in slot._counted
                    self._bucket(name).finish(drawn, slot._sent_at, now, counted=counted)
                self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Lets no request pass for ``seconds``, for which the vendor asked."""
        with self._changed:
            pause = min(seconds, self._longest_wait)
            self._bucket(ACCOUNT).block(pause, self._clock.monotonic())

    def left(self) -> int | None:
        """What the vendor last said remains of the account's window, or None."""
        with self._changed:
            return self._bucket(ACCOUNT).remaining

    def budget(self, bucket: str) -> float | None:
        """What the run may use of ``bucket`` in a minute; None if its limit is not known."""
        with self._changed:
            known = self._buckets.get(bucket)
            allowance = known.allowance() if known else None
            return None if allowance is None else allowance * 60 / self._window

    def waiting(self) -> Wait | None:
        """The wait of more than a second that began last, or None if there was none."""
        return self._waiting

    def waited(self) -> float:
        """The seconds in which at least one request waited so far."""
        with self._changed:
            return self._waiters.seconds(self._clock.monotonic())

    def _bucket(self, name: str) -> Bucket:
        if name not in self._buckets:
            cap = self._cap if name == ACCOUNT else None
            self._buckets[name] = Bucket(self._window, self._reserve, cap)
        return self._buckets[name]

    def _wait(self, costs: Mapping[str, int]) -> float:
        """Waits until all buckets allow ``costs``; returns the slot's share of the wait."""
        seconds, name = self._delay(costs)
        if seconds <= 0:
            return 0.0
        self._waiters.begin(self._clock.monotonic())
        try:
            while seconds > 0:
                self._announce(name, seconds)
                limit = None if math.isinf(seconds) else max(seconds, SHORTEST_WAIT)
                self._clock.wait(self._changed, limit)
                seconds, name = self._delay(costs)
        finally:
            share = self._waiters.end(self._clock.monotonic())
        return share

    def _delay(self, costs: Mapping[str, int]) -> tuple[float, str]:
        """The longest delay of the buckets that ``costs`` names, and the name of its bucket."""
        now = self._clock.monotonic()
        delays: list[tuple[float, str]] = []
        for name, cost in costs.items():
            bucket = self._bucket(name)
            bucket.roll(now)
            delays.append((bucket.delay(cost, now), name))
        return max(delays, key=lambda delay: delay[0])

    def _announce(self, name: str, seconds: float) -> None:
        until = self._clock.monotonic() + seconds
        known = self._waiting.until if self._waiting else 0.0
        if 1 <= seconds < math.inf and until > known + 1:
            self._waiting = Wait(name, until)

    def _learn(self, slot: Slot, rate_limits: Sequence[RateLimit], vendor_now: datetime) -> None:
        with self._changed:
            now = self._clock.monotonic()
            for name in slot._costs:
                self._bucket(name).known = True
            for rate_limit in rate_limits:
                bucket_name = slot.own if rate_limit.bucket == OWN else rate_limit.bucket
                remaining = _sensible(rate_limit.remaining, least=0)
                if bucket_name is None:
                    if remaining == 0:
                        slot._reset = self._sensible_reset(rate_limit.reset, vendor_now)
                    continue
                bucket = self._bucket(bucket_name)
                bucket.roll(now)
                bucket.learn(
                    _sensible(rate_limit.limit, least=1),
                    remaining,
                    self._sensible_reset(rate_limit.reset, vendor_now),
                    sent_at=slot._sent_at,
                    now=now,
                )
                if remaining is not None:
                    slot._counted.add(bucket_name)
            self._changed.notify_all()

    def _sensible_reset(self, reset: float | None, vendor_now: datetime) -> float | None:
        wait = None if reset is None else headers.seconds_from(reset, vendor_now)
        if wait is None or wait > self._longest_wait:
            return None
        return wait + RESET_MARGIN

    def _refuse(self, slot: Slot, seconds: float | None) -> float:
        with self._changed:
            now = self._clock.monotonic()
            account = self._bucket(ACCOUNT)
            own = ACCOUNT if account.remaining == 0 else slot.own
            name = own or ACCOUNT
            bucket = self._bucket(name)
            if name != ACCOUNT and account.limit is not None:
                bucket.learn_limit(slot._used_before[name], seconds, now)
            if seconds is None and account.remaining != 0:
                seconds = slot._reset
            pause = bucket.until_reset(now) if seconds is None else seconds
            pause = min(max(pause, SHORTEST_PAUSE), self._longest_wait)
            bucket.block(pause, now)
            self._changed.notify_all()
            return pause


@dataclass
class _Waiters:
    """Counts the time in which at least one thread waits."""

    _count: int = 0
    _since: float = 0.0
    _total: float = 0.0

    def begin(self, now: float) -> None:
        if not self._count:
            self._since = now
        self._count += 1

    def end(self, now: float) -> float:
        """The seconds that nobody has counted yet."""
        share = now - self._since
        self._since = now
        self._count -= 1
        self._total += share
        return share

    def seconds(self, now: float) -> float:
        return self._total + (now - self._since if self._count else 0.0)


def _sensible(number: int | None, *, least: int) -> int | None:
    return number if number is not None and least <= number <= LARGEST_LIMIT else None
