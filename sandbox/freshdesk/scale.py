"""How big the account is, and which stretch of time it fills."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from sandbox.times import DAY, seconds_of

YEARS = 2


@dataclass(frozen=True)
class Scale:
    """Numbers that follow from the number of live tickets; ``start`` and ``epoch`` are seconds."""

    seed: int
    tickets: int
    burst: int
    start: int
    epoch: int

    @classmethod
    def until(cls, epoch: datetime, seed: int, tickets: int, burst: int) -> Scale:
        """Return the scale of an account that has existed for two years."""
        end = seconds_of(epoch)
        return cls(seed, tickets, burst, end - YEARS * 365 * DAY, end)

    @property
    def span(self) -> int:
        """Seconds from the first to the last."""
        return self.epoch - self.start

    @property
    def contacts(self) -> int:
        """40 for every hundred tickets."""
        return max(10, self.tickets * 2 // 5)

    @property
    def companies(self) -> int:
        """6 for every hundred tickets."""
        return max(3, self.tickets * 6 // 100)

    @property
    def agents(self) -> int:
        """12 for a thousand tickets, growing as the square root."""
        return max(3, round(12 * math.sqrt(self.tickets / 1_000)))

    @property
    def groups(self) -> int:
        """5 for a thousand tickets, growing as the square root."""
        return max(2, round(5 * math.sqrt(self.tickets / 1_000)))

    @property
    def pages_of_knowledge(self) -> int:
        """Articles in a folder, topics in a forum."""
        return max(1, self.tickets // 100)
