"""How often rows of one second must be read until all of them were surely seen."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

QUIET_READINGS = 16
"""So many readings without a new row are proof enough: if the rows of one second come in a random
order, each reading shows a row with a chance of 2/3."""


@dataclass
class RepeatedReading:
    """Decides when a second that fills several pages was read often enough.

    A row that leaves the second while it is read shifts the others, and rows of one second may come
    in a new order at each request. But rows can only leave a second that is over. So it is read
    until two readings in a row count as many places, which says that none left since the first of
    them ended, and as many rows were seen since then. Where places lie beyond the last page, or
    rows never cease to leave, it is read until that brings no new ones.
    """

    places: int = -1
    seen: set[Hashable] = field(default_factory=set)
    quiet: int = 0

    def is_enough(self, rows: Sequence[Hashable], *, has_new: bool) -> bool:
        """Takes in the next reading, which met ``rows``; says whether it is the last one needed.

        ``has_new`` says whether any of them had not been met before.
        """
        is_same = len(rows) == self.places
        self.seen = self.seen.union(rows) if is_same else set()
        self.places = len(rows)
        self.quiet = 0 if has_new else self.quiet + 1
        return self.quiet >= QUIET_READINGS or (is_same and len(self.seen) >= self.places)
