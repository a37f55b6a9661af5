"""Numbers, times and states: what tickets, users and organizations have in common; the tickets."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from random import Random
from typing import Any, Self

from sandbox import table
from sandbox.account import Scale, delay
from sandbox.chance import Dice
from sandbox.table import Order, Row
from sandbox.times import DAY, HOUR
from sandbox.zendesk_support import ids


@dataclass
class Size(Scale):
    """An account's scale, and how many of its rows share one second, as ``Account`` explains."""

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
_ARCHIVED_AFTER = 120 * DAY
_KEPT_AFTER_DELETION = 30 * DAY
_SCRUBBED_AFTER = 10 * DAY
_STATUSES = ("new", "open", "open", "pending", "hold", "solved", "solved", "closed")


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
    for. ``first_id`` is the id that the number 0 would have. List cursors break ties by a number
    that begins at ``first_tie``.
    """

    row: Callable[[int], Row]
    first_id = first_tie = 0

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


class Tickets(Population):
    """Numbers by ticket.

    ``base`` and ``final_status`` are the last update and the status as built, which a ticket's
    history ends with. ``requester`` and ``assignee`` are numbers of users; 0 means none.
    """

    first_tie = ids.INTERNAL_TICKETS

    def __init__(self, size: Size, row: Callable[[int], Row]) -> None:
        super().__init__()
        self.row = row
        self.base, self.requester, self.assignee = (array("q", [0]) for _ in range(3))
        self.by_ai = bytearray(1)
        self.final_status = [""]
        self.scrubbed: set[int] = set()
        self._build(size)
        self.built = len(self.created) - 1
        self._bursts(size)
        self.show_all()
        live = self.in_state(State.LIVE)
        self.nul_ticket = live[len(live) // 3] if live else 0

    def built_numbers(self) -> Iterator[int]:
        """Returns the numbers of those that were there before any change and are not purged."""
        return (ticket for ticket in self.numbers() if ticket <= self.built)

    def _build(self, size: Size) -> None:
        total = size.count + size.count // 100
        purged = set(Random(size.seed).sample(range(1, total + 1), size.count // 100))
        step = size.span // max(total, 1)
        for ticket in range(1, total + 1):
            dice = Dice("ticket", size.seed, ticket)
            created = size.start + step * (ticket - 1) + dice.below(max(step, 1))
            requester = size.agents + 1 + dice.below(size.requesters)
            if ticket in purged:
                self.open(created, created, requester, State.PURGED)
            elif dice.chance(2):
                self._open_deleted(dice, created, requester, size.end)
            else:
                self._open_kept(dice, ticket, created, requester, size)

    def _open_deleted(self, dice: Dice, created: int, requester: int, end: int) -> None:
        deleted = max(created + 1, end - dice.below(_KEPT_AFTER_DELETION))
        ticket = self.open(created, deleted, requester, State.DELETED, "deleted")
        if end - deleted > _SCRUBBED_AFTER:
            self.scrubbed.add(ticket)

    def _open_kept(self, dice: Dice, ticket: int, created: int, requester: int, size: Size) -> None:
        soon = range(HOUR, HOUR + 5 * DAY)
        updated = min(size.end, created + delay(dice, ticket, size.end - created, 10, soon))
        status = dice.pick(_STATUSES) if updated > created else "new"
        is_old = size.end - updated > _ARCHIVED_AFTER
        if is_old and updated > created and dice.below(4):
            status = "closed"
        state = State.ARCHIVED if is_old and status == "closed" else State.LIVE
        self.open(created, updated, requester, state, status)
        self.by_ai[ticket] = by_ai = dice.chance(3)
        if status != "new" and not by_ai:
            self.assignee[ticket] = 1 + dice.below(size.agents)
        if dice.chance(5):  # a system update moves generated_timestamp only (REF)
            self.generated[ticket] = min(size.end, updated + 1 + dice.below(200 * DAY))

    def _bursts(self, size: Size) -> None:
        kept = self.numbers()
        touched, updated = list(islice(kept, size.burst)), list(islice(kept, size.event_burst))
        for ticket in touched:
            self.generated[ticket] = max(self.generated[other] for other in touched)
        second = max((self.generated[ticket] for ticket in updated), default=0)
        for ticket in updated:
            self.updated[ticket] = self.base[ticket] = self.generated[ticket] = second
            if self.final_status[ticket] != "new":
                self.created[ticket] = min(self.created[ticket], second - 1)

    def open(
        self, created: int, updated: int, requester: int, state: State, status: str = "new"
    ) -> int:
        """Adds a ticket that no feed shows yet, and returns its id."""
        self.base.append(updated)
        self.requester.append(requester)
        self.assignee.append(0)
        self.final_status.append(status)
        self.by_ai.append(False)
        return self.add(created, updated, state)

    def scope(self, name: str) -> Callable[[int], bool] | None:
        """Returns what an export's support_type_scope lets through; None means everything."""
        if name == "all":
            return None
        wanted = name == "ai_agent"
        return lambda ticket: bool(self.by_ai[ticket]) == wanted
