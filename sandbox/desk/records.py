"""Rows by number, each made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.table import Row
from sandbox.times import stamp


class Records:
    """Rows whose ``updated_at`` (seconds since 1970, by number) is known without making them."""

    def __init__(self, updated: dict[int, int], derive: Callable[[int], Row]) -> None:
        self.updated = updated
        self._derive = derive

    def ids(self) -> list[int]:
        """Return all numbers, ascending."""
        return list(self.updated)

    def row(self, id: int) -> Row:
        """Return the record. KeyError if it is not there."""
        moment = self.updated[id]
        return {**self._derive(id), "updated_at": stamp(moment)}

    def add(self, moment: int) -> int:
        """Make room for one more, and return its number."""
        id = max(self.updated, default=0) + 1
        self.updated[id] = moment
        return id

    def touch(self, id: int, moment: int) -> None:
        """Say that the record changed; its time never goes back. KeyError if it is not there."""
        self.updated[id] = max(self.updated[id], moment)
