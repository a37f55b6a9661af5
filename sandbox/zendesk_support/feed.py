"""Ordered keys to page through: numbers by a time that moves, and small lists of rows."""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, overload

from sandbox.table import Row

Key = tuple[Any, ...]

_BITS = 33
_MASK = (1 << _BITS) - 1


class Feed(Sequence[tuple[int, int]]):
    """(time, number) pairs in order, eight bytes each: times before 2038, numbers below 2**33."""

    def __init__(self, pairs: Iterable[tuple[int, int]]) -> None:
        self._packed = array("Q", sorted(at << _BITS | number for at, number in pairs))

    def __len__(self) -> int:
        return len(self._packed)

    @overload
    def __getitem__(self, place: int) -> tuple[int, int]: ...
    @overload
    def __getitem__(self, place: slice) -> list[tuple[int, int]]: ...
    def __getitem__(self, place: int | slice) -> tuple[int, int] | list[tuple[int, int]]:
        if isinstance(place, slice):
            return [(packed >> _BITS, packed & _MASK) for packed in self._packed[place]]
        packed = self._packed[place]
        return packed >> _BITS, packed & _MASK

    def add(self, at: int, number: int) -> None:
        """Adds one more number."""
        insort(self._packed, at << _BITS | number)

    def remove(self, at: int, number: int) -> None:
        """Takes a number out, if it is there."""
        packed = at << _BITS | number
        place = bisect_left(self._packed, packed)
        if place < len(self._packed) and self._packed[place] == packed:
            del self._packed[place]

    def begin(self, start: int) -> int:
        """Returns the place of the first pair at ``start`` or later."""
        return bisect_left(self, (start, 0))

    def end(self, until: int) -> int:
        """Returns the place after the last pair that is not later than ``until``."""
        return bisect_right(self, (until, _MASK))

    def page(
        self, start: int, until: int, size: int, keep: Callable[[int], bool] | None = None
    ) -> tuple[list[tuple[int, int]], bool]:
        """Returns up to ``size`` pairs from a place on, and whether they are the last ones.

        Pairs later than ``until`` and numbers that ``keep`` refuses are left out.
        """
        end = self.end(until)
        if keep is None:
            return self[start : min(end, start + size)], start + size >= end
        found: list[tuple[int, int]] = []
        for place in range(start, end):
            at, number = self[place]
            if keep(number):
                if len(found) == size:
                    return found, False
                found.append((at, number))
        return found, True


@dataclass(frozen=True)
class Listing:
    """What a list endpoint pages through.

    ``order`` names the parts of a key; ``keys`` ascend; ``row`` makes a key's row. A cursor shows
    the last part plus ``offset``. The list lies between the places ``begin`` and ``end`` of keys.
    """

    order: tuple[str, ...]
    keys: Sequence[Key]
    row: Callable[[Key], Row]
    offset: int = 0
    begin: int = 0
    end: int = sys.maxsize

    @classmethod
    def of(cls, rows: Iterable[Row], *order: str) -> Listing:
        """Returns a small list, ordered by fields of its rows."""
        by_key = {tuple(map(_sortable, map(row.get, order))): row for row in rows}
        return cls(order, sorted(by_key), by_key.__getitem__)


def _sortable(value: object) -> object:
    return "" if value is None else value
