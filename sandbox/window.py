"""A request quota in fixed windows of time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Literal, NamedTuple

WindowStart = Literal["first-request", "clock"]


class Verdict(NamedTuple):
    """Whether a request may pass, what is left of the window, and else when to come back."""

    allowed: bool
    remaining: int
    retry_after: int


class Window:
    """Counts credits until the window ends.

    A window begins at the first request after the last one ended, or at whole multiples of its
    length on the ``clock`` (seconds since 1970).
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._ends = 0.0
        self.used = 0

    def look(self, total: int, cost: int, seconds: float, start: WindowStart) -> Verdict:
        """What a request of that cost would meet now.

        A full window's worth or more passes in an untouched window.
        """
        now = self._clock()
        if now >= self._ends:
            self.used = 0
            self._ends = (now // seconds + 1) * seconds if start == "clock" else now + seconds
        allowed = self.used + cost <= total or self.used == 0
        return Verdict(allowed, max(0, total - self.used), max(1, math.ceil(self._ends - now)))

    def take(self, cost: int) -> None:
        """Use that much of the window last looked at."""
        self.used += cost
