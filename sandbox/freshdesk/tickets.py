"""Tickets: a few numbers for each, kept in sorted lists; whole rows are derived when asked for (sheet 2.1, section 3)."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
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
_ARCHIVE_AFTER = 120 * DAY
_TRASH_KEPT = 30 * DAY


class State(IntEnum):
    """Where a ticket is. Spam and deleted ones have lists of their own, archived ones none, purged ones are gone."""

    LIVE, DELETED, SPAM, ARCHIVED, PURGED = range(5)


LISTED = (State.LIVE, State.DELETED, State.SPAM)


class Tickets:
    """The numbers that lists, filters and orders need; index 0 of every array is unused."""

    def __init__(self, scale: Scale) -> None:
        self.created = array("q", [0])
        self.updated = array("q", [0])
        self.base = array("q", [0])  # updated_at as built, from which children's times are derived
        self.requester = array("i", [0])
        self.responder = array("h", [0])  # agent's number, 0 = none
        self.group = array("h", [0])
        self.status = bytearray(1)
        self.state = bytearray([State.PURGED])
        self.patches: dict[int, dict[str, Any]] = {}
        self._build(scale)
        self.built = len(self.created) - 1
        live_ids = [
            ticket for ticket in range(1, self.built + 1) if self.state[ticket] == State.LIVE
        ]
        if scale.burst:
            self._burst(live_ids, scale.burst)
        self.odd_one = live_ids[len(live_ids) // 3] if live_ids else 0
        self._lists: dict[State, list[int]] = {state: [] for state in LISTED}
        for ticket in range(1, self.built + 1):
            if self.state[ticket] in self._lists:
                self._lists[State(self.state[ticket])].append(self._key(ticket))
        for keys in self._lists.values():
            keys.sort()
        self._orders: dict[tuple[State, OrderBy], list[int]] = {}

    def _build(self, scale: Scale) -> None:
        live = scale.tickets
        deleted, spam, archived, purged = (live * share // 1000 for share in (20, 10, 30, 10))
        total = live + deleted + spam + archived + purged
        step = max(1, scale.span // max(total, 1))
        old_enough = max(0, total - (200 * DAY // step + 1))
        archived, purged = min(archived, old_enough // 2), min(purged, old_enough // 2)
        total = live + deleted + spam + archived + purged
        random = Random(scale.seed)
        old = random.sample(range(1, old_enough + 1), archived + purged)
        states = dict.fromkeys(old[:archived], State.ARCHIVED) | dict.fromkeys(
            old[archived:], State.PURGED
        )
        rest = random.sample(
            [ticket for ticket in range(1, total + 1) if ticket not in states], deleted + spam
        )
        states |= dict.fromkeys(rest[:deleted], State.DELETED) | dict.fromkeys(
            rest[deleted:], State.SPAM
        )
        for ticket in range(1, total + 1):
            dice = Dice("ticket", scale.seed, ticket)
            state = states.get(ticket, State.LIVE)
            created = scale.start + step * (ticket - 1) + dice.below(step)
            delay = _delay(dice, ticket, scale.epoch - created)
            if state == State.DELETED:
                delay = max(0, scale.epoch - created - dice.below(_TRASH_KEPT))
            elif state == State.ARCHIVED:
                delay = min(delay, 200 * DAY - _ARCHIVE_AFTER)
            responder = dice.below(scale.agents + 1)
            status = 5 if state == State.ARCHIVED else dice.pick((2, 2, 3, 4, 5, 5, 5, 6))
            group = (responder - 1) % scale.groups + 1 if responder and dice.below(5) else 0
            self.add(created, dice.below(scale.contacts), (responder, group), status, state)
            self.updated[ticket] = self.base[ticket] = min(created + delay, scale.epoch)

    def _burst(self, live_ids: list[int], size: int) -> None:
        """``size`` live tickets changed in one second, as after a bulk update or import (sheet 2.3, step 5)."""
        last = live_ids[min(len(live_ids) - 1, max(size, len(live_ids) // 2))]
        for ticket in live_ids[:size]:
            self.updated[ticket] = self.base[ticket] = self.created[last]

    def add(
        self, created: int, requester: int, assigned: tuple[int, int], status: int, state: State
    ) -> int:
        """One more ticket at the end of the sequence, in no list yet; returns its id."""
        self.created.append(created)
        self.updated.append(created)
        self.base.append(created)
        self.requester.append(requester)
        self.responder.append(assigned[0])
        self.group.append(assigned[1])
        self.status.append(status)
        self.state.append(state)
        return len(self.created) - 1

    def __len__(self) -> int:
        return len(self.created) - 1

    def __contains__(self, ticket: int) -> bool:
        return 0 < ticket <= len(self) and self.state[ticket] != State.PURGED

    def _key(self, ticket: int) -> int:
        return self.updated[ticket] << ID_BITS | ticket

    def enlist(self, ticket: int) -> None:
        """Put a new ticket into the list of its state."""
        self._orders.clear()
        insort(self._lists[State(self.state[ticket])], self._key(ticket))

    def _unlist(self, ticket: int) -> None:
        self._orders.clear()
        keys = self._lists.get(State(self.state[ticket]), [])
        place = bisect_left(keys, self._key(ticket))
        if place < len(keys) and keys[place] == self._key(ticket):
            del keys[place]

    def touch(self, ticket: int, at: int, state: State | None = None, **fields: Any) -> None:
        """Change a ticket at a time: fields, and the list that it is in."""
        self._unlist(ticket)
        self.updated[ticket] = at
        if state is not None:
            self.state[ticket] = state
        self.status[ticket] = fields.get("status", self.status[ticket])
        self.patches.setdefault(ticket, {}).update(fields)
        if self.state[ticket] in self._lists:
            self.enlist(ticket)

    def due_by(self, ticket: int) -> int | None:
        """When the ticket must be solved; some have no such time."""
        return (
            None
            if ticket % 11 == 0
            else self.created[ticket] + (8 * HOUR if ticket % 3 == 0 else 3 * DAY)
        )

    def ids(self, state: State) -> list[int]:
        """All ids in a state, the longest unchanged first where it is a listed state."""
        if state in self._lists:
            return [key & ID_MASK for key in self._lists[state]]
        return [ticket for ticket in range(1, len(self) + 1) if self.state[ticket] == state]

    def ordered(self, state: State, order_by: OrderBy) -> list[int]:
        """The list's tickets as ascending ``value << ID_BITS | id``, nulls first (inferred). Not to be changed."""
        keys = self._lists[state]
        if order_by == "updated_at":
            return keys
        known = self._orders.get((state, order_by))
        if known is None:
            value = {
                "created_at": self.created.__getitem__,
                "status": self.status.__getitem__,
                "due_by": lambda ticket: self.due_by(ticket) or 0,
            }[order_by]
            known = sorted(value(key & ID_MASK) << ID_BITS | key & ID_MASK for key in keys)
            self._orders[state, order_by] = known
        return known


def _delay(dice: Dice, ticket: int, longest: int) -> int:
    """How long after its creation a ticket was last changed: mostly days, sometimes at once or much later."""
    roll = dice.below(100)
    some = dice.below(60 * DAY)
    if ticket % LONG_THREADS_EVERY == 50:
        return 2 * DAY + some
    if roll < 15:
        return 0
    if roll < 75:
        return some % (3 * DAY)
    return some if roll < 95 else some * 997 % max(longest, 1)
