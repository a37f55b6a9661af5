"""How big the account is, and which stretch of time it fills."""

from __future__ import annotations

import math
from datetime import datetime

from sandbox.times import DAY, seconds_of

YEARS = 2


class Scale:
    """Numbers that follow from the number of live tickets, for an account of two years.

    ``start`` and ``epoch`` are seconds, ``span`` lies between them. There are 40 contacts and 6
    companies for every hundred tickets, and one article or topic in each folder or forum. 12 agents
    and 5 groups for a thousand tickets grow as the square root.
    """

    def __init__(self, epoch: datetime, seed: int, tickets: int, burst: int) -> None:
        root = math.sqrt(tickets / 1_000)
        self.seed, self.tickets, self.burst = seed, tickets, burst
        self.epoch, self.span = seconds_of(epoch), YEARS * 365 * DAY
        self.start = self.epoch - self.span
        self.contacts = max(10, tickets * 2 // 5)
        self.companies = max(3, tickets * 6 // 100)
        self.agents, self.groups = max(3, round(12 * root)), max(2, round(5 * root))
        self.pages_of_knowledge = max(1, tickets // 100)
