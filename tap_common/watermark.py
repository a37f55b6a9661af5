"""How far a stream has been read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

T = TypeVar("T", str, int)


@dataclass(frozen=True)
class Watermark(Generic[T]):
    """The time up to which a stream has been read: its next bookmark.

    Its ``value`` is at most the vendor's clock when the read began, because rows that change later
    belong to the next read. It is at most the newest row seen, because the vendor may show rows
    late. It never moves backwards from the bookmark ``before``.

    Times are RFC 3339 strings in UTC with whole seconds (they sort as the times do) or epoch
    seconds. None means unknown: without a ``clock`` only the rows count, without rows the value
    stays ``before``.
    """

    before: T | None = None
    clock: T | None = None
    newest: T | None = None

    def at_clock(self, clock: T) -> Self:
        """The same read, which began at ``clock``; the first clock of a read counts."""
        return self if self.clock is not None else replace(self, clock=clock)

    def seen(self, times: Iterable[T | None]) -> Self:
        """The same read after rows that changed at ``times``.

        Rows without a time (None, "" or 0) do not count.
        """
        known = [time for time in times if time]
        if self.newest is not None:
            known.append(self.newest)
        return replace(self, newest=max(known)) if known else self

    @property
    def value(self) -> T | None:
        """The new bookmark, or None if there is none yet."""
        reached = self.newest
        if reached is not None and self.clock is not None:
            reached = min(reached, self.clock)
        known = [time for time in (reached, self.before) if time is not None]
        return max(known, default=None)
