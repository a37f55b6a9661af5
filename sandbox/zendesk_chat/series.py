"""Rows in the order in which an export walks through them."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.table import Order, Row
from sandbox.times import stamp

MICROS = 1_000_000
Key = tuple[int, str]


class Rows(Order[str]):
    """An order together with its rows by id."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Row] = {}

    def in_order(self) -> Iterator[Row]:
        """Return all rows, the oldest first."""
        return (self.rows[row_id] for _, row_id in self)

    def put(self, time: int, row_id: str, row: Row) -> None:
        """Add a row at the place of its time."""
        self.rows[row_id] = row
        self.add(time, row_id)


def stamp_micros(micros: int) -> str:
    """Return for example ``2020-12-14T04:08:32.301292Z``."""
    seconds, fraction = divmod(micros, MICROS)
    return f"{stamp(seconds)[:-1]}.{fraction:06d}Z"
