"""Ordered keys to page through: numbers by a time that moves, and small lists of rows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sandbox.table import Order, Row

Key = tuple[Any, ...]


class Feed(Order[int]):
    """(time, number) pairs in order."""

    def begin(self, start: int) -> int:
        """Returns the place of the first pair at ``start`` or later."""
        return self.place((start, 0))

    def page(
        self, start: int, until: int, size: int, keep: Callable[[int], bool] | None = None
    ) -> tuple[list[tuple[int, int]], bool]:
        """Returns up to ``size`` pairs from a place on, and whether they are the last ones.

        Pairs later than ``until`` and numbers that ``keep`` refuses are left out.
        """
        pairs = map(self.__getitem__, range(start, self.begin(until + 1)))
        found = list(islice((pair for pair in pairs if not keep or keep(pair[1])), size + 1))
        return found[:size], len(found) <= size


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
