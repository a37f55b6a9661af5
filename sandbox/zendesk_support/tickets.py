"""Which tickets exist, and the times and numbers by which they are found."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from enum import IntEnum
from itertools import islice
from random import Random

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, HOUR
from sandbox.zendesk_support.feed import Feed

LONG_THREADS_EVERY = 250
_ARCHIVED_AFTER = 120 * DAY
_KEPT_AFTER_DELETION = 30 * DAY
_SCRUBBED_AFTER = 10 * DAY
_STATUSES = ("new", "open", "open", "pending", "hold", "solved", "solved", "closed")


class State(IntEnum):
    """LIVE tickets are in lists and exports, ARCHIVED and DELETED ones in exports only, PURGED ones are gone."""

    LIVE, ARCHIVED, DELETED, PURGED = range(4)


class Tickets:
    """The numbers that lists and exports need; index 0 of every array is unused."""

    def __init__(
        self,
        seed: int,
        count: int,
        requesters: tuple[int, int],
        agents: int,
        start: int,
        end: int,
        burst: int,
        event_burst: int,
    ) -> None:
        self.created = array("q", [0])
        self.updated = array("q", [0])
        self.generated = array("q", [0])
        self.base = array(
            "q", [0]
        )  # updated_at as built, from which the thread's times are derived
        self.requester = array("q", [0])  # users' numbers; 0 = none
        self.assignee = array("q", [0])
        self.state = bytearray([State.PURGED])
        self.by_ai = bytearray(1)
        self.status = [""]
        self.scrubbed: set[int] = set()
        self.patches: dict[int, Row] = {}
        self._build(seed, count, requesters, agents, start, end)
        self.built = len(self.created) - 1
        self._bursts(burst, event_burst)
        live = [ticket for ticket in self.ids() if self.state[ticket] == State.LIVE]
        self.exported = Feed((self.generated[ticket], ticket) for ticket in self.ids())
        self.listed = Feed((self.updated[ticket], ticket) for ticket in live)
        self.odd_one = live[len(live) // 3] if live else 0

    def _build(
        self, seed: int, count: int, requesters: tuple[int, int], agents: int, start: int, end: int
    ) -> None:
        purged = count // 100
        gone = set(Random(seed).sample(range(1, count + purged + 1), purged))
        step = (end - start) // max(count + purged, 1)
        first, people = requesters
        for ticket in range(1, count + purged + 1):
            dice = Dice("ticket", seed, ticket)
            created = start + step * (ticket - 1) + dice.below(max(step, 1))
            updated = min(end, created + _delay(dice, ticket, end - created))
            status = dice.pick(_STATUSES)
            if ticket not in gone and dice.chance(2):
                self.add(
                    created,
                    max(created, end - dice.below(_KEPT_AFTER_DELETION)),
                    first + dice.below(people),
                    0,
                    State.DELETED,
                )
                if end - self.updated[ticket] > _SCRUBBED_AFTER:
                    self.scrubbed.add(ticket)
                continue
            old = end - updated > _ARCHIVED_AFTER
            if old and dice.below(4):
                status = "closed"
            state = (
                State.PURGED
                if ticket in gone
                else State.ARCHIVED
                if old and status == "closed"
                else State.LIVE
            )
            by_ai = dice.chance(3)
            assignee = 0 if status == "new" or by_ai else dice.below(agents) + 1
            self.add(created, updated, first + dice.below(people), assignee, state, status, by_ai)
            if dice.chance(5):  # a system update moves generated_timestamp only (OAS)
                self.generated[ticket] = min(end, updated + 1 + dice.below(200 * DAY))

    def _bursts(self, burst: int, event_burst: int) -> None:
        """So many tickets touched by the system, and so many others updated, in one second each."""
        kept = self.ids()
        touched, updated = list(islice(kept, burst)), list(islice(kept, event_burst))
        for ticket in touched:
            self.generated[ticket] = max(self.generated[other] for other in touched)
        second = max((self.generated[ticket] for ticket in updated), default=0)
        for ticket in updated:
            self.updated[ticket] = self.base[ticket] = self.generated[ticket] = second

    def add(
        self,
        created: int,
        updated: int,
        requester: int,
        assignee: int,
        state: State,
        status: str = "deleted",
        by_ai: bool = False,
    ) -> int:
        """One more ticket at the end of the sequence, in no list yet; returns its id."""
        self.created.append(created)
        self.updated.append(updated)
        self.generated.append(updated)
        self.base.append(updated)
        self.requester.append(requester)
        self.assignee.append(assignee)
        self.state.append(state)
        self.status.append(status)
        self.by_ai.append(by_ai)
        return len(self.created) - 1

    def __contains__(self, ticket: int) -> bool:
        return 0 < ticket < len(self.created) and self.state[ticket] != State.PURGED

    def ids(self) -> Iterator[int]:
        """All that are not purged."""
        return (
            ticket for ticket in range(1, len(self.created)) if self.state[ticket] != State.PURGED
        )

    def keep(self, scope: str) -> Callable[[int], bool] | None:
        """What an export's support_type_scope lets through; None = everything."""
        if scope == "all":
            return None
        wanted = scope == "ai_agent"
        return lambda ticket: bool(self.by_ai[ticket]) == wanted

    def touch(
        self, ticket: int, at: int, state: State | None = None, status: str = "", **fields: object
    ) -> None:
        """Change a ticket at a time: its fields, status, and the lists that it is in."""
        self.exported.remove(self.generated[ticket], ticket)
        self.listed.remove(self.updated[ticket], ticket)
        self.updated[ticket] = self.generated[ticket] = at
        self.state[ticket] = self.state[ticket] if state is None else state
        self.status[ticket] = status or self.status[ticket]
        self.patches.setdefault(ticket, {}).update(fields)
        if self.state[ticket] != State.PURGED:
            self.exported.add(at, ticket)
        if self.state[ticket] == State.LIVE:
            self.listed.add(at, ticket)

    def touch_by_system(self, ticket: int, at: int) -> None:
        """Move generated_timestamp and nothing else."""
        self.exported.remove(self.generated[ticket], ticket)
        self.generated[ticket] = at
        self.exported.add(at, ticket)

    def move(self, ticket: int, state: State) -> None:
        """Into another state without a new time: the archive, or nowhere."""
        self.state[ticket] = state
        self.listed.remove(self.updated[ticket], ticket)
        if state == State.PURGED:
            self.exported.remove(self.generated[ticket], ticket)


def _delay(dice: Dice, ticket: int, longest: int) -> int:
    roll = dice.below(100)
    some = dice.below(60 * DAY)
    if ticket % LONG_THREADS_EVERY == 50:
        return 2 * DAY + some
    if roll < 10:
        return 0
    if roll < 75:
        return HOUR + some % (5 * DAY)
    return some if roll < 95 else some * 997 % max(longest, 1)
