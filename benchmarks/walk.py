"""A walk through the requests of a run on a simulated clock: the taps' own quota decides the waits.

Each reply comes at once, and its headers say what the vendor's windows have left. So a walk takes
the time that the rate limits alone cost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from benchmarks.plans import Helpdesk, Left, Part, Plan
from sandbox import window
from tap_common.quota import ACCOUNT, Quota
from tests.clock import SimulatedClock

MINUTE = 60.0
WALKED = 20_000
"""Of more requests than this in a row, the rest is taken to keep the pace of these."""

Counts = Sequence[tuple[Part, int]]
"""How many requests each part takes."""


class Draw(NamedTuple):
    """What a request draws from the account's bucket, and its other bucket."""

    cost: int
    bucket: str | None

    @property
    def costs(self) -> Mapping[str, int]:
        """What it draws from each bucket."""
        own = {} if self.bucket is None else {self.bucket: 1}
        return {ACCOUNT: self.cost, **own}


@dataclass
class Walk:
    """What a walk took: its seconds, the requests that were refused, and who made it wait."""

    seconds: float = 0.0
    requests: int = 0
    refused: int = 0
    waits: Counter[str] = field(default_factory=Counter)

    @property
    def limit(self) -> str | None:
        """The bucket that it waited for longest; None if it did not wait."""
        return max(self.waits, key=self.waits.__getitem__) if self.waits else None


def walk(helpdesk: Helpdesk, plan: Plan, counts: Counts, reserve: float = 0.1) -> Walk:
    """Sends the requests of ``counts`` one after another within the limits of ``plan``."""
    clock = SimulatedClock()
    walker = _Walker(helpdesk, plan, clock, Quota(reserve=reserve, clock=clock))
    clock.run(lambda: walker.all(counts))
    return walker.walk


@dataclass
class _Walker:
    helpdesk: Helpdesk
    plan: Plan
    clock: SimulatedClock
    quota: Quota
    walk: Walk = field(default_factory=Walk)

    def __post_init__(self) -> None:
        self._vendor = window.Quota(lambda: self.clock.now().timestamp())

    def all(self, counts: Counts) -> None:
        for group in groups(counts):
            self._group(group)
        self.walk.seconds = self.clock.monotonic()

    def _group(self, group: Counts) -> None:
        total = sum(count for _, count in group)
        waited: list[tuple[int, float]] = []
        before = self.walk.waits.copy()
        for number, draw in enumerate(_in_turn(group)):
            if number == WALKED:
                break
            if self._send(draw):
                waited.append((number, self.clock.monotonic()))
        self.walk.requests += total
        left = total - WALKED
        if left > 0 and len(waited) > 1:
            (first, began), (last, ended) = waited[0], waited[-1]
            seconds = left * (ended - began) / (last - first)
            mine = self.walk.waits - before
            self.clock.advance(seconds)
            self.walk.waits[mine.most_common(1)[0][0]] += round(seconds)

    def _send(self, draw: Draw) -> bool:
        """Sends a request until it is not refused; returns whether it waited."""
        has_waited = False
        while True:
            with self.quota.slot(list(draw.costs), draw.cost) as slot:
                if slot.waited:
                    has_waited = True
                    wait = self.quota.waiting()
                    self.walk.waits[wait.bucket if wait else ACCOUNT] += round(slot.waited)
                taken = self._taken(draw)
                headers = self.helpdesk.headers(self._said(taken))
                slot.learn(self.helpdesk.rate_limits(headers), self.clock.now())
                if not taken.refusing:
                    return has_waited
                self.walk.refused += 1
                slot.refuse(max(taken.resets.values()))

    def _taken(self, draw: Draw) -> window.Taken:
        """What the vendor's windows say to a request."""
        limits = self.plan.limits
        wanted = {bucket: (limits[bucket], cost) for bucket, cost in draw.costs.items()}
        return self._vendor.take(wanted, MINUTE, self.helpdesk.window_start)

    def _said(self, taken: window.Taken) -> Mapping[str, Left]:
        limits = self.plan.limits
        return {
            bucket: Left(limits[bucket], remaining, taken.resets[bucket])
            for bucket, remaining in taken.left.items()
        }


def groups(counts: Counts) -> Iterator[Counts]:
    """The parts that are walked together: each one with those below it."""
    group: list[tuple[Part, int]] = []
    for part, count in counts:
        if group and not part.below:
            yield group
            group = []
        group.append((part, count))
    yield group


def _in_turn(group: Counts) -> Iterator[Draw]:
    """The requests of a part, each followed by its share of those below."""
    (first, pages), *below = group
    for page in range(pages):
        yield Draw(first.cost, first.bucket)
        for part, count in below:
            share = count * (page + 1) // pages - count * page // pages
            yield from (Draw(part.cost, part.bucket) for _ in range(share))
