"""The facts of all chats in a few numbers each, and the orders in which they are listed (sheet 2.1)."""

from __future__ import annotations

from array import array
from enum import IntEnum
from typing import Any, NamedTuple

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, HOUR, stamp
from sandbox.zendesk_chat import ids
from sandbox.zendesk_chat.series import Order

LONGEST = 2 * HOUR


class Kind(IntEnum):
    """What a row's ``type`` says; a chat that is still open is in no list and no export (inferred)."""

    OFFLINE, CHAT, OPEN = range(3)


class Team(NamedTuple):
    """How many there are of each."""

    agents: int
    departments: int
    visitors: int


class Chats:
    """All chats, numbered from 0 as they began; ``ids`` has their names in the API.

    ``order`` is the export's: by update time, deleted ones included. ``visible`` is that of list and search, by the time
    of the chat, without the deleted.
    """

    def __init__(self, seed: int, count: int, team: Team, start: int, end: int, burst: int) -> None:
        self._seed = seed
        self._team = team
        self.ids: list[str] = []
        self.number: dict[str, int] = {}
        self.kind = bytearray()
        self.created = array("q")
        self.ended = array("q")  # an offline message ends when it is sent
        self.updated = array("q")
        self.agent = array("i")  # 0 = nobody answered
        self.department = array("i")  # 0 = none
        self.visitor = array("i")
        self.deleted: set[int] = set()
        self.patches: dict[int, Row] = {}
        self.later: dict[int, list[Row]] = {}  # what was added to a history afterwards
        step = (end - start - LONGEST) // max(1, count)
        for number in range(count):
            dice = Dice("chat", seed, number)
            created = start + step * number + dice.below(max(step, 1))
            kind = Kind.OFFLINE if dice.chance(15) else Kind.CHAT
            self.add(
                kind, created, created + (30 + dice.below(LONGEST - 30) if kind == Kind.CHAT else 0)
            )
            self.updated[number] = min(end, self.ended[number] + _delay(dice))
            if dice.chance(1):
                self.deleted.add(number)
        if burst := min(burst, count):
            moment = min(end, max(self.ended[number] for number in range(burst)) + 60)
            self.updated[:burst] = array("q", [moment]) * burst
        numbers = range(count)
        self.order = Order((self.updated[number], self.ids[number]) for number in numbers)
        self.visible = Order(
            (self.created[number], self.ids[number])
            for number in numbers
            if number not in self.deleted
        )

    def add(self, kind: Kind, created: int, ended: int) -> int:
        """One more chat, in no list yet; returns its number."""
        number = len(self.ids)
        dice = Dice("chat facts", self._seed, number)
        date = stamp(created)
        chat = f"{date[2:4]}{date[5:7]}.{ids.ACCOUNT}.S{ids.letters(dice.below(62**12), 12)}"
        self.ids.append(chat)
        self.number[chat] = number
        self.kind.append(kind)
        self.created.append(created)
        self.ended.append(ended)
        self.updated.append(ended)
        missed = kind == Kind.OFFLINE or dice.chance(8)
        self.agent.append(0 if missed else 1 + dice.below(self._team.agents))
        self.department.append(dice.below(self._team.departments + 1))
        self.visitor.append(dice.below(self._team.visitors))
        return number

    def enlist(self, number: int) -> None:
        """Put an ended chat into the lists."""
        self.order.add(self.updated[number], self.ids[number])
        self.visible.add(self.created[number], self.ids[number])

    def touch(self, number: int, at: int, **fields: Any) -> None:
        """Change fields of a chat at a time; whatever changes brings it into the export again (DOC incremental_export)."""
        self.patches.setdefault(number, {}).update(fields)
        if self.kind[number] != Kind.OPEN:
            self.order.drop(self.updated[number], self.ids[number])
            self.order.add(at, self.ids[number])
        self.updated[number] = at

    def delete(self, number: int, at: int) -> None:
        """A deleted chat comes once more, as deleted (inferred), and is in no list any longer."""
        self.deleted.add(number)
        self.visible.drop(self.created[number], self.ids[number])
        self.touch(number, at)

    def __len__(self) -> int:
        return len(self.ids)


def _delay(dice: Dice) -> int:
    """How long after its end a chat was last changed: at once, when the visitor rates it, or when someone tags it."""
    roll = dice.below(100)
    if roll < 50:
        return dice.below(60)
    return dice.below(3 * DAY) if roll < 85 else dice.below(60 * DAY)
