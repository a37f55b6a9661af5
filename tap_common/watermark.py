"""The moment up to which a stream has been read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

M = TypeVar("M", str, int)


@dataclass(frozen=True)
class Watermark(Generic[M]):
    """How far a stream has been read: what its next bookmark says.

    Its ``value`` is at most the vendor's clock when the read began, because rows that change later
    belong to the next read. It is at most the newest row seen, because the vendor may show rows
    late. It never moves backwards from the bookmark ``before``.

    Moments are RFC 3339 strings in UTC with whole seconds (they sort as the moments do) or epoch
    seconds. None means unknown: without a ``clock`` only the rows count, without rows the value
    stays ``before``.
    """

    before: M | None = None
    clock: M | None = None
    newest: M | None = None

    def at_clock(self, clock: M) -> Self:
        """The same read, which began at ``clock``; the first clock of a read counts."""
        return self if self.clock is not None else replace(self, clock=clock)

    def seen(self, moments: Iterable[M | None]) -> Self:
        """After rows that changed at ``moments``; those that do not say when they changed ("", 0 or
        None) do not count."""
        known = [moment for moment in moments if moment]
        if self.newest is not None:
            known.append(self.newest)
        return replace(self, newest=max(known)) if known else self

    @property
    def value(self) -> M | None:
        """The new bookmark, or None if there is none yet."""
        reached = self.newest
        if reached is not None and self.clock is not None:
            reached = min(reached, self.clock)
        known = [moment for moment in (reached, self.before) if moment is not None]
        return max(known, default=None)
