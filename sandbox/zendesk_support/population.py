"""What tickets, users and organizations have in common: numbers, times, states, and lists."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Any, Self

from sandbox import table
from sandbox.account import Scale
from sandbox.table import Order, Row


@dataclass
class Size(Scale):
    """An account's scale, and how many of its rows share one second.

    ``burst`` tickets were touched by the system in one second, ``event_burst`` others were updated
    in one second, and so were ``user_burst`` users and ``organization_burst`` organizations.
    """

    event_burst: int
    user_burst: int
    organization_burst: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.requesters = max(self.customers, self.user_burst)
        self.organizations = max(self.companies, self.organization_burst)


class State(IntEnum):
    """Where something is found: LIVE in lists and exports, PURGED nowhere, others in exports."""

    LIVE, ARCHIVED, DELETED, ERASED, PURGED = range(5)


Key = tuple[Any, ...]


@dataclass(frozen=True)
class Listing(table.Listing):
    """A list in ascending order of its keys, whose parts are named by ``order``.

    A cursor shows the last part of a key plus ``offset``.
    """

    order: tuple[str, ...] = ()
    offset: int = 0

    @classmethod
    def of(cls, rows: Iterable[Row], *order: str) -> Self:
        """Returns a small list, ordered by fields of its rows."""
        by_key = {tuple(map(_sortable, map(row.get, order))): row for row in rows}
        return cls(sorted(by_key), by_key.__getitem__, order)


def _sortable(value: object) -> object:
    return "" if value is None else value


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


class Population:
    """Things by number, from 1 on; index 0 of every array is unused.

    ``generated`` is the time at which the export shows a thing. Rows are made when they are asked
    for.
    """

    def __init__(self) -> None:
        self.created, self.updated, self.generated = (array("q", [0]) for _ in range(3))
        self.state = bytearray([State.PURGED])
        self.exported, self.listed = Feed(), Feed()

    def __contains__(self, number: int) -> bool:
        return 0 < number < len(self.created) and self.state[number] != State.PURGED

    @property
    def last(self) -> int:
        """The greatest number."""
        return len(self.created) - 1

    def numbers(self) -> Iterator[int]:
        """Returns the numbers of all that are not purged."""
        numbers = range(1, len(self.created))
        return (number for number in numbers if self.state[number] != State.PURGED)

    def live(self) -> list[int]:
        """Returns the numbers of those that lists show, by time of update."""
        return [number for _, number in self.listed]

    def in_state(self, *states: State) -> list[int]:
        """Returns the numbers of those in some states."""
        return [number for number in self.numbers() if self.state[number] in states]

    def add(self, created: int, updated: int, state: State = State.LIVE) -> int:
        """Adds one that no feed shows yet, and returns its number."""
        self.created.append(created)
        self.updated.append(updated)
        self.generated.append(updated)
        self.state.append(state)
        return self.last

    def show_all(self) -> None:
        """Puts all into the feeds."""
        self.exported = Feed((self.generated[number], number) for number in self.numbers())
        live = self.in_state(State.LIVE)
        self.listed = Feed((self.updated[number], number) for number in live)

    def touch(self, number: int, at: int, state: State | None = None) -> None:
        """Moves one to a new time of update, and perhaps to another state."""
        self._move(number, at, at, self.state[number] if state is None else state)

    def touch_by_system(self, number: int, at: int) -> None:
        """Moves the time in the export and nothing else."""
        self._move(number, self.updated[number], at, self.state[number])

    def archive(self, number: int) -> None:
        """Takes one out of the lists, without a new time."""
        self._move(number, self.updated[number], self.generated[number], State.ARCHIVED)

    def _move(self, number: int, updated: int, generated: int, state: int) -> None:
        self.exported.discard(self.generated[number], number)
        self.listed.discard(self.updated[number], number)
        self.updated[number], self.generated[number] = updated, generated
        self.state[number] = state
        self.exported.add(generated, number)
        if state == State.LIVE:
            self.listed.add(updated, number)
