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
        self, seed: int, count: int, requesters: tuple[int, int], agents: int, start: int, end: int, burst: int, event_burst: int
    ) -> None:
        self.created = array("q", [0])
        self.updated = array("q", [0])
        self.generated = array("q", [0])
        self.base = array("q", [0])  # updated_at as built, from which the thread's times are derived
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
        live = [id for id in self.ids() if self.state[id] == State.LIVE]
        self.exported = Feed((self.generated[id], id) for id in self.ids())
        self.listed = Feed((self.updated[id], id) for id in live)
        self.odd_one = live[len(live) // 3] if live else 0

    def _build(self, seed: int, count: int, requesters: tuple[int, int], agents: int, start: int, end: int) -> None:
        purged = count // 100
        gone = set(Random(seed).sample(range(1, count + purged + 1), purged))
        step = (end - start) // max(count + purged, 1)
        first, people = requesters
        for id in range(1, count + purged + 1):
            dice = Dice("ticket", seed, id)
            created = start + step * (id - 1) + dice.below(max(step, 1))
            updated = min(end, created + _delay(dice, id, end - created))
            status = dice.pick(_STATUSES)
            if id not in gone and dice.chance(2):
                self.add(
                    created, max(created, end - dice.below(_KEPT_AFTER_DELETION)), first + dice.below(people), 0, State.DELETED
                )
                if end - self.updated[id] > _SCRUBBED_AFTER:
                    self.scrubbed.add(id)
                continue
            old = end - updated > _ARCHIVED_AFTER
            if old and dice.below(4):
                status = "closed"
            state = State.PURGED if id in gone else State.ARCHIVED if old and status == "closed" else State.LIVE
            by_ai = dice.chance(3)
            assignee = 0 if status == "new" or by_ai else dice.below(agents) + 1
            self.add(created, updated, first + dice.below(people), assignee, state, status, by_ai)
            if dice.chance(5):  # a system update moves generated_timestamp only (OAS)
                self.generated[id] = min(end, updated + 1 + dice.below(200 * DAY))

    def _bursts(self, burst: int, event_burst: int) -> None:
        """So many tickets touched by the system, and so many others updated, in one second each."""
        kept = self.ids()
        touched, updated = list(islice(kept, burst)), list(islice(kept, event_burst))
        for id in touched:
            self.generated[id] = max(self.generated[other] for other in touched)
        second = max((self.generated[id] for id in updated), default=0)
        for id in updated:
            self.updated[id] = self.base[id] = self.generated[id] = second

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

    def __contains__(self, id: int) -> bool:
        return 0 < id < len(self.created) and self.state[id] != State.PURGED

    def ids(self) -> Iterator[int]:
        """All that are not purged."""
        return (id for id in range(1, len(self.created)) if self.state[id] != State.PURGED)

    def keep(self, scope: str) -> Callable[[int], bool] | None:
        """What an export's support_type_scope lets through; None = everything."""
        if scope == "all":
            return None
        wanted = scope == "ai_agent"
        return lambda id: bool(self.by_ai[id]) == wanted

    def touch(self, id: int, at: int, state: State | None = None, status: str = "", **fields: object) -> None:
        """Change a ticket at a time: its fields, status, and the lists that it is in."""
        self.exported.remove(self.generated[id], id)
        self.listed.remove(self.updated[id], id)
        self.updated[id] = self.generated[id] = at
        self.state[id] = self.state[id] if state is None else state
        self.status[id] = status or self.status[id]
        self.patches.setdefault(id, {}).update(fields)
        if self.state[id] != State.PURGED:
            self.exported.add(at, id)
        if self.state[id] == State.LIVE:
            self.listed.add(at, id)

    def touch_by_system(self, id: int, at: int) -> None:
        """Move generated_timestamp and nothing else."""
        self.exported.remove(self.generated[id], id)
        self.generated[id] = at
        self.exported.add(at, id)

    def move(self, id: int, state: State) -> None:
        """Into another state without a new time: the archive, or nowhere."""
        self.state[id] = state
        self.listed.remove(self.updated[id], id)
        if state == State.PURGED:
            self.exported.remove(self.generated[id], id)


def _delay(dice: Dice, id: int, longest: int) -> int:
    roll = dice.below(100)
    some = dice.below(60 * DAY)
    if id % LONG_THREADS_EVERY == 50:
        return 2 * DAY + some
    if roll < 10:
        return 0
    if roll < 75:
        return HOUR + some % (5 * DAY)
    return some if roll < 95 else some * 997 % max(longest, 1)
