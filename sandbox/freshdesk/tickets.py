"""Tickets: a few numbers for each, kept in sorted lists. Whole rows are made when asked for."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from enum import IntEnum
from random import Random
from typing import Any, Literal

from sandbox.dice import Dice
from sandbox.freshdesk.scale import Scale
from sandbox.times import DAY, HOUR

OrderBy = Literal["created_at", "due_by", "updated_at", "status"]

ID_BITS = 32
ID_MASK = (1 << ID_BITS) - 1
LONG_THREADS_EVERY = 250
OPEN, PENDING, RESOLVED, CLOSED = 2, 3, 4, 5
SOLVED = (RESOLVED, CLOSED)
_STATUSES = (OPEN, OPEN, PENDING, RESOLVED, CLOSED, CLOSED, CLOSED, 6)
_ARCHIVE_AFTER, _ARCHIVED_SINCE = 120 * DAY, 200 * DAY
_TRASH_KEPT = 30 * DAY


class State(IntEnum):
    """Where a ticket is. Archived ones are in no list, purged ones are gone."""

    LIVE, DELETED, SPAM, ARCHIVED, PURGED = range(5)


LISTED = (State.LIVE, State.DELETED, State.SPAM)
_SHARES = {State.DELETED: 20, State.SPAM: 10, State.ARCHIVED: 30, State.PURGED: 10}
"""Tickets in each state, for a thousand live ones."""


class Tickets:
    """The numbers that lists, filters and orders need; index 0 of every array is unused.

    ``base`` is updated_at as built, from which the times of children follow. ``status_at`` is
    when the status was last set. Responder, group and company are numbers, 0 for none.
    """

    def __init__(self, scale: Scale, employers: Sequence[int]) -> None:
        self._employers = employers
        self.created, self.updated = array("q", [0]), array("q", [0])
        self.base, self.status_at = array("q", [0]), array("q", [0])
        self.requester, self.company = array("i", [0]), array("i", [0])
        self.responder, self.group = array("h", [0]), array("h", [0])
        self.status, self.state = bytearray(1), bytearray([State.PURGED])
        self.reopened_at: dict[int, int] = {}
        self.patches: dict[int, dict[str, Any]] = {}
        self._lists: dict[int, list[int]] = {state: [] for state in LISTED}
        self._orders: dict[tuple[State, OrderBy], list[int]] = {}
        self._build(scale)
        self.built = len(self)
        live = self.ids_in(State.LIVE)
        self._burst(live, scale.burst)
        self.odd_one = live[len(live) // 3] if live else 0
        for ticket in range(1, self.built + 1):
            self._set_status_time(ticket)
            self._list_of(ticket).append(self._key(ticket))
        for keys in self._lists.values():
            keys.sort()

    def _build(self, scale: Scale) -> None:
        states = _states(scale)
        step = max(1, scale.span // len(states))
        for ticket, state in enumerate(states, 1):
            dice = Dice("ticket", scale.seed, ticket)
            created = scale.start + step * (ticket - 1) + dice.below(step)
            delay = _delay(dice, ticket, scale.epoch - created)
            if state == State.DELETED:
                delay = max(0, scale.epoch - created - dice.below(_TRASH_KEPT))
            elif state == State.ARCHIVED:
                delay = min(delay, _ARCHIVED_SINCE - _ARCHIVE_AFTER)
            responder = dice.below(scale.agents + 1)
            picked = dice.pick(_STATUSES)
            self.add(
                min(created + delay, scale.epoch),
                created=created,
                requester=dice.below(scale.contacts),
                responder=responder,
                group=(responder - 1) % scale.groups + 1 if responder and dice.below(5) else 0,
                status=CLOSED if state == State.ARCHIVED else picked,
                state=state,
            )

    def _burst(self, live: list[int], size: int) -> None:
        """``size`` live tickets changed in one second, as after a bulk update or import."""
        if size:
            last = live[min(len(live) - 1, max(size, len(live) // 2))]
            for ticket in live[:size]:
                self.updated[ticket] = self.base[ticket] = self.created[last]

    def _set_status_time(self, ticket: int) -> None:
        """The last change set the status; every thirteenth open ticket was reopened by it."""
        created, base = self.created[ticket], self.base[ticket]
        is_open = self.status[ticket] == OPEN
        self.status_at[ticket] = created if is_open else base
        if is_open and ticket % 13 == 0 and base > created:
            self.status_at[ticket] = self.reopened_at[ticket] = base

    def add(
        self,
        updated: int,
        *,
        created: int,
        requester: int,
        responder: int = 0,
        group: int = 0,
        status: int = OPEN,
        state: State = State.LIVE,
    ) -> int:
        """Add a ticket at the end of the sequence, in no list yet; return its id."""
        self.created.append(created)
        for moments in (self.updated, self.base, self.status_at):
            moments.append(updated)
        self.requester.append(requester)
        self.company.append(self._employers[requester])
        self.responder.append(responder)
        self.group.append(group)
        self.status.append(status)
        self.state.append(state)
        return len(self)

    def __len__(self) -> int:
        return len(self.created) - 1

    def __contains__(self, ticket: int) -> bool:
        return 0 < ticket <= len(self) and self.state[ticket] != State.PURGED

    def _key(self, ticket: int) -> int:
        return self.updated[ticket] << ID_BITS | ticket

    def _list_of(self, ticket: int) -> list[int]:
        """The list that shows the ticket, or a list that nobody sees."""
        return self._lists.get(self.state[ticket], [])

    def enlist(self, ticket: int) -> None:
        """Put a new ticket into the list of its state."""
        self._orders.clear()
        insort(self._list_of(ticket), self._key(ticket))

    def touch(self, ticket: int, at: int, state: State | None = None, **fields: Any) -> None:
        """Change a ticket at a time: fields, and the list that it is in."""
        keys = self._list_of(ticket)
        place = bisect_left(keys, self._key(ticket))
        del keys[place : place + 1]
        self.updated[ticket] = at
        if state is not None:
            self.state[ticket] = state
        before, after = self.status[ticket], fields.get("status", self.status[ticket])
        if before != after:
            self.status[ticket], self.status_at[ticket] = after, at
        if before in SOLVED and after not in SOLVED:
            self.reopened_at[ticket] = at
        self.patches.setdefault(ticket, {}).update(fields)
        self.enlist(ticket)

    def due_by(self, ticket: int) -> int | None:
        """When the ticket must be solved; some have no such time."""
        if ticket % 11 == 0:
            return None
        return self.created[ticket] + (8 * HOUR if ticket % 3 == 0 else 3 * DAY)

    def ids_in(self, state: State) -> list[int]:
        """All ids in a state, from the lowest on."""
        return [ticket for ticket in range(1, len(self) + 1) if self.state[ticket] == state]

    def listed(self, state: State) -> list[int]:
        """The ids in a list, the longest unchanged first."""
        return [key & ID_MASK for key in self._lists[state]]

    def ordered(self, state: State, order_by: OrderBy) -> list[int]:
        """The list as ascending ``value << ID_BITS | id``, nulls first (inferred)."""
        if order_by == "updated_at":
            return self._lists[state]
        if (state, order_by) not in self._orders:
            values: dict[str, Callable[[int], int]] = {
                "created_at": self.created.__getitem__,
                "status": self.status.__getitem__,
                "due_by": lambda ticket: self.due_by(ticket) or 0,
            }
            value = values[order_by]
            keys = sorted(value(ticket) << ID_BITS | ticket for ticket in self.listed(state))
            self._orders[state, order_by] = keys
        return self._orders[state, order_by]


def _states(scale: Scale) -> list[State]:
    """The state of each ticket from the first one on. Only old ones are archived or purged."""
    count = {state: scale.tickets * share // 1_000 for state, share in _SHARES.items()}
    total = scale.tickets + sum(count.values())
    old = max(0, total - (_ARCHIVED_SINCE // max(1, scale.span // total) + 1))
    for state in (State.ARCHIVED, State.PURGED):
        total -= max(0, count[state] - old // 2)
        count[state] = min(count[state], old // 2)
    random, states = Random(scale.seed), [State.LIVE] * total

    def spread(places: Sequence[int], *chosen: State) -> None:
        """Give each of the states to so many of the places."""
        marks = [state for state in chosen for _ in range(count[state])]
        for place, state in zip(random.sample(places, len(marks)), marks, strict=True):
            states[place] = state

    spread(range(old), State.ARCHIVED, State.PURGED)
    others = [place for place in range(total) if states[place] == State.LIVE]
    spread(others, State.DELETED, State.SPAM)
    return states


def _delay(dice: Dice, ticket: int, longest: int) -> int:
    """How long after its creation a ticket last changed: days, or not at all, or much later."""
    roll = dice.below(100)
    some = dice.below(60 * DAY)
    if ticket % LONG_THREADS_EVERY == 50:
        return 2 * DAY + some
    if roll < 15:
        return 0
    if roll < 75:
        return some % (3 * DAY)
    return some if roll < 95 else some * 997 % max(longest, 1)
