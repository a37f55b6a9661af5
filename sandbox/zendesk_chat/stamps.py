"""Times with six digits after the point, as agent_timeline and the events have them."""

from __future__ import annotations

from sandbox.times import stamp

MICROS = 1_000_000


def stamp_micros(micros: int) -> str:
    """``2020-12-14T04:08:32.301292Z``."""
    seconds, fraction = divmod(micros, MICROS)
    return f"{stamp(seconds)[:-1]}.{fraction:06d}Z"
