"""Rows that are made when asked for, alone or in lists, and the orders of rows."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar

from sandbox.times import stamp

Row = dict[str, Any]
Id = TypeVar("Id", bound=int | str)


def without(row: Row, names: Collection[str]) -> Row:
    """Returns the row without some of its fields."""
    return {name: value for name, value in row.items() if name not in names}


@dataclass(frozen=True)
class Listing:
    """What a list shows: the keys of its rows in order, and how a key becomes a row.

    Rows may be their own keys.
    """

    keys: Sequence[Any]
    row: Callable[[Any], Row] = lambda row: row

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[Row]:
        return map(self.row, self.keys)

    def page(self, number: int, size: int) -> Self:
        """Returns a page. The first one has the number 1."""
        return replace(self, keys=self.keys[(number - 1) * size : number * size])


class Table:
    """Rows by id, each derived from its id at every read, overlaid by additions and changes."""

    def __init__(self, ids: Iterable[int], derive: Callable[[int], Row]) -> None:
        self.ids = list(ids)
        self._known = set(self.ids)
        self._derive = derive
        self._added: dict[int, Row] = {}
        self._changes: dict[int, Row] = {}

    def __contains__(self, key: int) -> bool:
        return key in self._known

    def __iter__(self) -> Iterator[Row]:
        return map(self.row, self.ids)

    def row(self, key: int) -> Row:
        """A fresh copy of the row; KeyError for an unknown id."""
        if key not in self._known:
            raise KeyError(key)
        return {**(self._added.get(key) or self._derive(key)), **self._changes.get(key, {})}

    def add(self, row: Row) -> None:
        """Puts a row before all others."""
        self.ids.insert(0, row["id"])
        self._known.add(row["id"])
        self._added[row["id"]] = row

    def remove(self, key: int) -> None:
        """The row is gone; KeyError for an unknown id."""
        self._known.remove(key)
        self.ids.remove(key)

    def change(self, key: int, **fields: Any) -> None:
        """Overlay some fields of a row."""
        self._changes.setdefault(key, {}).update(fields)


class Records:
    """Rows whose ``updated_at`` (seconds since 1970, by number) is known without making them."""

    def __init__(self, updated: dict[int, int], derive: Callable[[int], Row]) -> None:
        self.updated = updated
        self._derive = derive

    def ids(self) -> list[int]:
        """Returns all numbers, ascending."""
        return list(self.updated)

    def row(self, id: int) -> Row:
        """Returns the record. KeyError if it is not there."""
        moment = self.updated[id]
        return {**self._derive(id), "updated_at": stamp(moment)}

    def add(self, moment: int) -> int:
        """Makes room for one more, and returns its number."""
        id = max(self.updated, default=0) + 1
        self.updated[id] = moment
        return id

    def touch(self, id: int, moment: int) -> None:
        """Says that the record changed; its time never goes back. KeyError if it is not there."""
        self.updated[id] = max(self.updated[id], moment)


class Order(list[tuple[int, Id]], Generic[Id]):
    """The times and ids of rows, in order: those of the same time by id."""

    def __init__(self, keys: Iterable[tuple[int, Id]] = ()) -> None:
        super().__init__(sorted(keys))

    def add(self, time: int, id: Id) -> None:
        """Puts in one more row."""
        insort(self, (time, id))

    def discard(self, time: int, id: Id) -> None:
        """Takes a row out, if it is there."""
        place = bisect_left(self, (time, id))
        if self[place : place + 1] == [(time, id)]:
            del self[place]

    def place(self, start: tuple[int, Id], included: bool = True) -> int:
        """The place of the first row at or after ``start``."""
        return bisect_left(self, start) if included else bisect_right(self, start)


class Rows(Order[str]):
    """An order together with its rows by id."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, Row] = {}

    def put(self, time: int, row_id: str, row: Row) -> None:
        """Adds a row at the place of its time."""
        self.rows[row_id] = row
        self.add(time, row_id)
