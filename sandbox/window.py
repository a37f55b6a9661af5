"""Quotas of requests in windows of time."""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

WindowStart = Literal["first-request", "clock"]
Wanted = Mapping[str, tuple[int, int]]
"""What a request uses of each limit by its name: the limit's total, and the cost."""


class Taken(NamedTuple):
    """The limits that refuse a request, what is left of each, and the seconds until it resets."""

    refusing: list[str]
    left: dict[str, int]
    resets: dict[str, int]


@dataclass
class _Window:
    ends: float = 0
    used: int = 0


class Quota:
    """Counts what all clients of an account use of its limits, each in windows of its own.

    A window begins at the first request after the last one ended, or at whole multiples of its
    length on the ``clock`` (seconds since 1970). Whoever takes holds the account's lock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._windows: dict[str, _Window] = defaultdict(_Window)

    def take(self, wanted: Wanted, seconds: float, start: WindowStart) -> Taken:
        """Uses what a request costs of each limit, or nothing if one of them refuses it.

        More than a whole window's worth passes in an untouched window.
        """
        now = self._clock()
        windows = {name: self._begun(name, now, seconds, start) for name in wanted}
        refusing = [
            name
            for name, (total, cost) in wanted.items()
            if windows[name].used and windows[name].used + cost > total
        ]
        for name, (_, cost) in wanted.items():
            windows[name].used += 0 if refusing else cost
        left = {name: max(0, wanted[name][0] - windows[name].used) for name in wanted}
        resets = {name: max(1, math.ceil(windows[name].ends - now)) for name in wanted}
        return Taken(refusing, left, resets)

    def _begun(self, name: str, now: float, seconds: float, start: WindowStart) -> _Window:
        window = self._windows[name]
        if now >= window.ends:
            window.used = 0
            window.ends = (now // seconds + 1) * seconds if start == "clock" else now + seconds
        return window
