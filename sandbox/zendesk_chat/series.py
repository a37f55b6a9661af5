"""Rows in the order in which an export walks through them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator

from sandbox.table import Row

Key = tuple[int, str]


class Order:
    """Keys of rows, sorted by time and, within the same time, by id (sheet 2.1)."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self.keys = sorted(keys)

    def add(self, time: int, row_id: str) -> None:
        """One more row."""
        insort(self.keys, (time, row_id))

    def drop(self, time: int, row_id: str) -> None:
        """A row less, if it is there."""
        place = bisect_left(self.keys, (time, row_id))
        if place < len(self.keys) and self.keys[place] == (time, row_id):
            del self.keys[place]

    def place(self, start: Key, included: bool) -> int:
        """Where a walk goes on that has come to ``start``."""
        return bisect_left(self.keys, start) if included else bisect_right(self.keys, start)


class Rows(Order):
    """An order with ready-made rows."""

    def __init__(self, rows: Iterable[tuple[int, str, Row]] = ()) -> None:
        super().__init__()
        self._rows: dict[str, Row] = {}
        for time, row_id, row in rows:
            self.append(time, row_id, row)

    def __iter__(self) -> Iterator[Row]:
        return (self._rows[row_id] for _, row_id in self.keys)

    def append(self, time: int, row_id: str, row: Row) -> None:
        """One more row, wherever its time puts it."""
        self._rows[row_id] = row
        self.add(time, row_id)

    def row(self, row_id: str) -> Row:
        """The row of an id; KeyError for an unknown one."""
        return self._rows[row_id]
