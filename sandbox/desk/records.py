"""Records by number, each derived from the seed, with the time of their last change kept beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sandbox.table import Row
from sandbox.times import stamp


class Records:
    """Rows whose ``updated_at`` is known without making them."""

    def __init__(self, updated: dict[int, int], derive: Callable[[int], Row]) -> None:
        self.updated = updated
        self._derive = derive
        self._patches: dict[int, Row] = {}

    def __contains__(self, id: int) -> bool:
        return id in self.updated

    def __iter__(self) -> Iterable[int]:
        return iter(self.updated)

    def __len__(self) -> int:
        return len(self.updated)

    def ids(self) -> list[int]:
        """All numbers, ascending."""
        return list(self.updated)

    def row(self, id: int) -> Row:
        """The record; KeyError if it is not there."""
        moment = self.updated[id]
        return {**self._derive(id), **self._patches.get(id, {}), "updated_at": stamp(moment)}

    def add(self, moment: int, fields: Row) -> int:
        """One more, with the next number."""
        id = max(self.updated, default=0) + 1
        self.updated[id] = moment
        self._patches[id] = {**fields, "created_at": stamp(moment)}
        return id

    def touch(self, id: int, moment: int, fields: Row) -> None:
        """Change a record; KeyError if it is not there."""
        if id not in self.updated:
            raise KeyError(f"no record {id}")
        self.updated[id] = moment
        self._patches.setdefault(id, {}).update(fields)

    def remove(self, id: int) -> None:
        """Make a record vanish."""
        del self.updated[id]
