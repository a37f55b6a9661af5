"""How big the account is, and which stretch of time it fills."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from sandbox.times import DAY, seconds_of

YEARS = 2


@dataclass(frozen=True)
class Scale:
    """Numbers that follow from the number of live tickets.

    ``start`` and ``epoch`` are seconds, ``span`` lies between them. There are 40 contacts and 6
    companies for every hundred tickets, and one article or topic in each folder or forum. 12 agents
    and 5 groups for a thousand tickets grow as the square root.
    """

    seed: int
    tickets: int
    burst: int
    start: int
    epoch: int
    span: int
    contacts: int
    companies: int
    agents: int
    groups: int
    pages_of_knowledge: int

    @classmethod
    def until(cls, epoch: datetime, seed: int, tickets: int, burst: int) -> Scale:
        """Return the scale of an account that has existed for two years."""
        end, span, root = seconds_of(epoch), YEARS * 365 * DAY, math.sqrt(tickets / 1_000)
        return cls(
            seed,
            tickets,
            burst,
            start=end - span,
            epoch=end,
            span=span,
            contacts=max(10, tickets * 2 // 5),
            companies=max(3, tickets * 6 // 100),
            agents=max(3, round(12 * root)),
            groups=max(2, round(5 * root)),
            pages_of_knowledge=max(1, tickets // 100),
        )
