"""Tickets: a few numbers for each, kept in sorted lists. Whole rows are made when asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from random import Random
from typing import Any

from sandbox.account import Scale, delay
from sandbox.chance import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.people import Contacts
from sandbox.table import Row
from sandbox.times import DAY

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


@dataclass(eq=False)
class Ticket:
    """What lists, filters and orders need of a ticket.

    ``base`` is ``updated`` as built, from which the times of children follow. ``status_at`` is
    when the status was last set. Responder, group and company are numbers, 0 for none.
    """

    id: int
    created: int
    updated: int
    requester: int
    company: int
    responder: int = 0
    group: int = 0
    status: int = OPEN
    state: State = State.LIVE
    base: int = 0
    status_at: int = 0
    reopened_at: int | None = None
    patches: Row = field(default_factory=dict)

    def settle(self) -> None:
        """The ticket is built: its last change set the status, or reopened some open tickets."""
        self.base = self.updated
        is_open = self.status == OPEN
        self.status_at = self.created if is_open else self.base
        if is_open and self.id % 13 == 0 and self.base > self.created:
            self.status_at = self.reopened_at = self.base


class Tickets(dict[int, Ticket]):
    """All tickets by their ids."""

    def __init__(self, scale: Scale, contacts: Contacts) -> None:
        super().__init__()
        self._contacts = contacts
        self._build(scale)
        self.built = len(self)
        live = self.ids_in(State.LIVE)
        if scale.burst:  # so many changed in one second, as after a bulk update or import
            last = live[min(len(live) - 1, max(scale.burst, len(live) // 2))]
            for number in live[: scale.burst]:
                self[number].updated = self[last].created
        self.nul_ticket = live[len(live) // 3] if live else 0
        for ticket in self.values():
            ticket.settle()

    def _build(self, scale: Scale) -> None:
        states = _states(scale)
        step = max(1, scale.span // max(1, len(states)))
        for number, state in enumerate(states, 1):
            dice = Dice("ticket", scale.seed, number)
            created = scale.start + step * (number - 1) + dice.below(step)
            lasts = delay(dice, number, scale.end - created, 15, range(3 * DAY))
            if state == State.DELETED:
                lasts = max(0, scale.end - created - dice.below(_TRASH_KEPT))
            elif state == State.ARCHIVED:
                lasts = min(lasts, _ARCHIVED_SINCE - _ARCHIVE_AFTER)
            responder = dice.below(scale.agents + 1)
            picked = dice.pick(_STATUSES)
            ticket = self.add(created, ids.CONTACTS + dice.below(scale.customers), responder)
            ticket.updated, ticket.state = min(created + lasts, scale.end), state
            ticket.status = CLOSED if state == State.ARCHIVED else picked
            if responder and dice.below(5):
                ticket.group = (responder - 1) % scale.groups + 1

    def add(self, created: int, requester: int, responder: int = 0) -> Ticket:
        """Adds a ticket at the end of the sequence."""
        company, number = self._contacts[requester].company, len(self) + 1
        ticket = Ticket(number, created, created, requester, company, responder)
        ticket.base = ticket.status_at = created
        self[number] = ticket
        return ticket

    def touch(self, number: int, at: int, state: State | None = None, **fields: Any) -> None:
        """Changes a ticket at a time: fields, and the list that it is in."""
        ticket = self[number]
        ticket.updated = at
        ticket.state = ticket.state if state is None else state
        before, after = ticket.status, fields.get("status", ticket.status)
        if before != after:
            ticket.status, ticket.status_at = after, at
        if before in SOLVED and after not in SOLVED:
            ticket.reopened_at = at
        ticket.patches.update(fields)

    def ids_in(self, state: State) -> list[int]:
        """All ids in a state, from the lowest on."""
        return [ticket.id for ticket in self.values() if ticket.state == state]

    def listed(self, state: State) -> list[Ticket]:
        """The tickets in a list, the longest unchanged first."""
        listed = [ticket for ticket in self.values() if ticket.state == state]
        return sorted(listed, key=lambda ticket: (ticket.updated, ticket.id))


def _states(scale: Scale) -> list[State]:
    """The state of each ticket from the first one on. Only old ones are archived or purged."""
    count = {state: scale.count * share // 1_000 for state, share in _SHARES.items()}
    total = scale.count + sum(count.values())
    old = max(0, total - (_ARCHIVED_SINCE // max(1, scale.span // max(1, total)) + 1))
    for state in (State.ARCHIVED, State.PURGED):
        total -= max(0, count[state] - old // 2)
        count[state] = min(count[state], old // 2)
    random, states = Random(scale.seed), [State.LIVE] * total

    def spread(places: Sequence[int], *chosen: State) -> None:
        """Gives each of the states to so many of the places."""
        marks = [state for state in chosen for _ in range(count[state])]
        for place, state in zip(random.sample(places, len(marks)), marks, strict=True):
            states[place] = state

    spread(range(old), State.ARCHIVED, State.PURGED)
    others = [place for place in range(total) if states[place] == State.LIVE]
    spread(others, State.DELETED, State.SPAM)
    return states
