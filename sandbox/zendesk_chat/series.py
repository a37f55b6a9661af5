"""Rows in the order in which an export walks through them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator

from sandbox.table import Row
from sandbox.times import stamp

MICROS = 1_000_000
Key = tuple[int, str]


class Order:
    """The keys of rows, sorted by time and, within the same time, by id."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self.keys = sorted(keys)

    def add(self, time: int, row_id: str) -> None:
        """Add the key of one more row."""
        insort(self.keys, (time, row_id))

    def drop(self, time: int, row_id: str) -> None:
        """Remove a key, if it is there."""
        place = bisect_left(self.keys, (time, row_id))
        if self.keys[place : place + 1] == [(time, row_id)]:
            del self.keys[place]

    def place(self, start: Key, included: bool) -> int:
        """Return the place of the first row that comes at or after ``start``."""
        return bisect_left(self.keys, start) if included else bisect_right(self.keys, start)


class Rows(Order):
    """An order together with its rows by id."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Row] = {}

    def in_order(self) -> Iterator[Row]:
        """Return all rows, the oldest first."""
        return (self.rows[row_id] for _, row_id in self.keys)

    def append(self, time: int, row_id: str, row: Row) -> None:
        """Add a row at the place of its time."""
        self.rows[row_id] = row
        self.add(time, row_id)


def stamp_micros(micros: int) -> str:
    """Return for example ``2020-12-14T04:08:32.301292Z``."""
    seconds, fraction = divmod(micros, MICROS)
    return f"{stamp(seconds)[:-1]}.{fraction:06d}Z"
