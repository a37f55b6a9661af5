"""What every made-up account has: a size, a stretch of time that it fills, a clock and a lock."""

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

from sandbox.chance import Dice
from sandbox.times import DAY

Clock = Callable[[], datetime]
YEARS = 2
_MOST_CACHED = 50


@dataclass
class Scale:
    """What follows from the ``count`` of tickets, cases or chats. ``burst`` share one second.

    All rows lie in the ``span`` from ``start`` to ``end``, in seconds.
    """

    epoch: datetime
    seed: int
    count: int
    burst: int

    def __post_init__(self) -> None:
        self.end, self.span = int(self.epoch.timestamp()), YEARS * 365 * DAY
        self.start = self.end - self.span
        self.customers = max(10, self.count * 2 // 5)
        self.companies = max(3, self.count * 6 // 100)
        self.agents, self.groups = self.grown(3, 12), self.grown(2, 5)

    def grown(self, least: int, of_thousand: int) -> int:
        """A number that grows as the square root: ``of_thousand`` for a count of 1,000."""
        return max(least, round(of_thousand * math.sqrt(self.count / 1_000)))


class BaseAccount:
    """Whoever reads or changes an account holds its ``lock``.

    Changes happen at the time of ``clock``: real UTC time, or, while that is before the last second
    of what was built, time that starts there. ``version`` goes up with every change.
    """

    def __init__(self, scale: Scale, clock: Clock | None) -> None:
        ahead = max(timedelta(0), scale.epoch - datetime.now(UTC))
        self.scale, self.seed = scale, scale.seed
        self.clock: Clock = clock or (lambda: datetime.now(UTC) + ahead)
        self.lock = RLock()
        self.version = 0
        self._cache: dict[Hashable, tuple[int, Any]] = {}

    def seconds(self) -> float:
        """The clock's time in seconds since 1970."""
        return self.clock().timestamp()

    def now(self) -> int:
        """The clock's time in whole seconds."""
        return int(self.seconds())

    def cached(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What ``make`` returns for this key, made again only once something has changed."""
        version, made = self._cache.get(key, (-1, None))
        if version != self.version:
            if len(self._cache) >= _MOST_CACHED:
                self._cache.clear()
            made = make()
            self._cache[key] = self.version, made
        return made


def is_long(ticket: int) -> bool:
    """Whether a ticket has a thread of more than a hundred messages."""
    return ticket % 250 == 50


def delay(dice: Dice, ticket: int, longest: int, unchanged: int, soon: range) -> int:
    """Seconds until a ticket last changed: 0 in ``unchanged`` percent, mostly ``soon``, or many."""
    roll, some = dice.below(100), dice.below(60 * DAY)
    if is_long(ticket):
        return 2 * DAY + some
    if roll < unchanged:
        return 0
    if roll < 75:
        return soon[some % len(soon)]
    return some if roll < 95 else some * 997 % max(longest, 1)
