"""How big an account is, which stretch of time it fills, and when its tickets changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from sandbox.dice import Dice
from sandbox.times import DAY, seconds_of

YEARS = 2


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
        self.end, self.span = seconds_of(self.epoch), YEARS * 365 * DAY
        self.start = self.end - self.span
        self.customers = max(10, self.count * 2 // 5)
        self.companies = max(3, self.count * 6 // 100)
        self.agents, self.groups = self.grown(3, 12), self.grown(2, 5)

    def grown(self, least: int, of_thousand: int) -> int:
        """A number that grows as the square root: ``of_thousand`` for a count of 1,000."""
        return max(least, round(of_thousand * math.sqrt(self.count / 1_000)))


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
