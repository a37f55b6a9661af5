"""What people read: numbers, durations, times of day, lists of names, and hints."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

MINUTE, HOUR, DAY = 60, 3_600, 86_400
MOST_NAMES = 5
"""Names that a sentence lists."""


def number(count: int) -> str:
    """``count`` with a comma before every three digits: 1,180."""
    return f"{count:,}"


def counted(count: int, one: str) -> str:
    """``count`` of what ``one`` names in the singular: "1 row", "5,312 rows"."""
    return f"{number(count)} {one if count == 1 else one + 's'}"


def duration(seconds: float) -> str:
    """``seconds`` in the two largest units that matter: 0.4 s, 12 s, 2 min 1 s, 3 h 5 min, 2 d 4 h.

    Below ten seconds there is one decimal.
    """
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    minutes = round(seconds / MINUTE)
    if minutes < DAY // MINUTE:
        return f"{minutes // 60} h {minutes % 60} min"
    hours = round(seconds / HOUR)
    return f"{hours // 24} d {hours % 24} h"


def rough_duration(seconds: float) -> str:
    """``seconds`` that somebody guessed, in one unit: 40 s, 3 min, 5 h, 2 d."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def time_in(seconds: float, now: datetime) -> str:
    """The local time in so many seconds from ``now``, with the date if that is another day."""
    here = now.astimezone()
    then = here + timedelta(seconds=seconds)
    is_today = then.date() == here.date()
    return then.strftime("%H:%M:%S" if is_today else "%Y-%m-%d %H:%M:%S")


def listed(words: Sequence[str]) -> str:
    """The words as a person lists them: "a, b and c"."""
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def some(names: Sequence[str]) -> str:
    """The first five names, and how many more there are: "a, b, c, d, e, 3 more"."""
    more = len(names) - MOST_NAMES
    shown = names if more <= 0 else [*names[:MOST_NAMES], f"{number(more)} more"]
    return ", ".join(shown)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message that names what ``word`` may have meant, "" if nothing is near."""
    found = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""
