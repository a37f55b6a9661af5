"""Rows that are made when asked for, and remember what was changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Row = dict[str, Any]


class Table:
    """Rows by id: each is derived from its id at every read, until a change or an addition overlays it."""

    def __init__(self, ids: Iterable[int], derive: Callable[[int], Row]) -> None:
        self.ids = list(ids)
        self._known = set(self.ids)
        self._derive = derive
        self._added: dict[int, Row] = {}
        self._changes: dict[int, Row] = {}

    @classmethod
    def of(cls, rows: Iterable[Row], key: str = "id") -> Table:
        """A table of ready-made rows."""
        by_id = {row[key]: row for row in rows}
        return cls(by_id, by_id.__getitem__)

    def __contains__(self, id: int) -> bool:
        return id in self._known

    def __iter__(self) -> Iterator[Row]:
        return map(self.row, self.ids)

    def row(self, id: int) -> Row:
        """A fresh copy of the row; KeyError for an unknown id."""
        if id not in self._known:
            raise KeyError(id)
        return {**(self._added.get(id) or self._derive(id)), **self._changes.get(id, {})}

    def add(self, row: Row, first: bool = False) -> None:
        """Append a row, or put it before all others."""
        self.ids.insert(0 if first else len(self.ids), row["id"])
        self._known.add(row["id"])
        self._added[row["id"]] = row

    def change(self, id: int, **fields: Any) -> None:
        """Overlay some fields of a row."""
        self._changes.setdefault(id, {}).update(fields)
