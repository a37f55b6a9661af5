"""Which tickets exist, and the times and numbers by which lists and exports find them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from itertools import islice
from random import Random

from sandbox.account import delay
from sandbox.chance import Dice
from sandbox.times import DAY, HOUR
from sandbox.zendesk_support.population import Population, Size, State

_ARCHIVED_AFTER = 120 * DAY
_KEPT_AFTER_DELETION = 30 * DAY
_SCRUBBED_AFTER = 10 * DAY
_STATUSES = ("new", "open", "open", "pending", "hold", "solved", "solved", "closed")


class Tickets(Population):
    """Numbers by ticket.

    ``base`` and ``final_status`` are the last update and the status as built, which a ticket's
    history ends with. ``requester`` and ``assignee`` are numbers of users; 0 means none.
    """

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.base, self.requester, self.assignee = (array("q", [0]) for _ in range(3))
        self.by_ai = bytearray(1)
        self.final_status = [""]
        self.scrubbed: set[int] = set()
        self._build(size)
        self.built = len(self.created) - 1
        self._bursts(size)
        self.show_all()
        live = self.in_state(State.LIVE)
        self.odd_one = live[len(live) // 3] if live else 0

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
