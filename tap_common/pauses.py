"""How long to wait before a request is sent again."""

from __future__ import annotations

import random


def jittered(failures: int, first: float, longest: float) -> float:
    """Seconds at random, below a limit that is ``first`` after one failure and doubles with each.

    The limit is at most ``longest``. Pauses at random keep clients from coming back all at once
    ("full jitter", Exponential Backoff And Jitter, AWS Architecture Blog, 2015).
    """
    return random.uniform(0, min(longest, first * 2.0 ** min(failures - 1, 64)))  # noqa: S311
