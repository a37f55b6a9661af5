"""All chats of the account: their rows, their orders, and who served how many at a time."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from typing import NamedTuple

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, HOUR, parse, stamp
from sandbox.words import SENTENCES, TAGS
from sandbox.zendesk_chat import happenings, ids
from sandbox.zendesk_chat.series import Order, Rows
from sandbox.zendesk_chat.talks import Team, offline_message, talk

LONGEST = 2 * HOUR
CONVERTS_EVERY = 19
_DELAYS = (60,) * 10 + (3 * DAY,) * 7 + (60 * DAY,) * 3
"""Half of the late changes come within a minute, some after weeks."""
_RATINGS = ("good", "good", "bad")


class Begun(NamedTuple):
    """A chat that is still open: in no list and no export (inferred)."""

    number: int
    created: int


class Chats:
    """The chats that are over, by their id.

    ``order`` is that of the export: by update time, deleted chats included. ``visible`` is that of
    list and search: by the time of the chat, without the deleted ones.
    """

    def __init__(self, seed: int, team: Team) -> None:
        self._seed = seed
        self.team = team
        self._count = 0
        self._begins: dict[int, list[int]] = defaultdict(list)
        self._ends: dict[int, list[int]] = defaultdict(list)
        self.rows: dict[str, Row] = {}
        self.open: dict[str, Begun] = {}
        self.order = Rows(self.rows)
        self.visible = Order()

    def build(self, count: int, burst: int, start: int, end: int) -> None:
        """Add ``count`` chats between two times; the first ``burst`` were tagged in one second."""
        step = (end - start - LONGEST) // max(1, count)
        added = []
        for number in range(count):
            dice = Dice("chat", self._seed, number)
            created = start + step * number + dice.below(max(step, 1))
            offline = dice.chance(15)
            length = 0 if offline else 30 + dice.below(LONGEST - 30)
            added.append(self.add(created, created + length, offline))
        for number, row in enumerate(added[burst:], burst):
            self._touch(number, row, end)
        bulk = min(end, max((_ended(row) for row in added[:burst]), default=0) + 60)
        for row in added[:burst]:
            happenings.tag(row, bulk, "bulk")
            row["update_timestamp"] = stamp(bulk)
        keys = [(parse(row["update_timestamp"]), row["id"]) for row in added]
        self.order = Rows(self.rows, keys)
        shown = [row for row in added if not row["deleted"]]
        self.visible = Order((parse(row["timestamp"]), row["id"]) for row in shown)

    def _touch(self, number: int, row: Row, now: int) -> None:
        """Let happen to a chat what happened before the account was opened to changes."""
        dice = Dice("happenings", self._seed, number)
        ended = _ended(row)
        if number % CONVERTS_EVERY == 7 and row["type"] == "chat":
            happenings.convert(row, ended, self.team.goals, 0)
        if dice.chance(40):
            row["zendesk_ticket_id"] = 1_000 + number
        late = min(now, ended + dice.below(dice.pick(_DELAYS)))
        if row.get("agent_ids") and dice.chance(40):
            happenings.rate(row, late, dice.pick(_RATINGS))
            if dice.chance(50):
                happenings.comment(row, late, dice.pick(SENTENCES))
        else:
            happenings.tag(row, late, dice.pick(TAGS))
        row["deleted"] = dice.chance(1)
        row["update_timestamp"] = stamp(late)

    def begin(self, created: int) -> str:
        """Begin a chat that stays open, and return its id."""
        begun = Begun(self._count, created)
        self._count += 1
        chat = self._id(*begun)
        self.open[chat] = begun
        return chat

    def end(self, chat: str, at: int) -> None:
        """End an open chat, which puts it into the lists. KeyError for one that is not open."""
        begun = self.open.pop(chat)
        self._hold(begun.number, begun.created, at)
        self.enlist(self.rows[chat])

    def add(self, created: int, ended: int, offline: bool = False) -> Row:
        """Add a chat or an offline message that is over, in no list yet."""
        number = self._count
        self._count += 1
        if not offline:
            return self._hold(number, created, ended)
        chat = self._id(number, created)
        self.rows[chat] = offline_message(self._seed, self.team, number, chat, created)
        return self.rows[chat]

    def enlist(self, row: Row) -> None:
        """Put a chat into the lists."""
        self.order.add(parse(row["update_timestamp"]), row["id"])
        self.visible.add(parse(row["timestamp"]), row["id"])

    def update(self, row: Row, at: int) -> None:
        """Note that a chat changed, which brings it into the export again [DOC incremental_export].

        A deleted one comes as deleted, and is in no list any longer (inferred).
        """
        self.order.drop(parse(row["update_timestamp"]), row["id"])
        self.order.add(at, row["id"])
        row["update_timestamp"] = stamp(at)
        if row["deleted"]:
            self.visible.drop(parse(row["timestamp"]), row["id"])

    def engaged(self, agent: int, at: int) -> int:
        """Return how many chats an agent was in at a time."""
        return bisect_right(self._begins[agent], at) - bisect_right(self._ends[agent], at)

    def _hold(self, number: int, created: int, ended: int) -> Row:
        chat = self._id(number, created)
        held = talk(self._seed, self.team, number, chat, created, ended)
        for service in held.services:
            insort(self._begins[service.agent["id"]], service.begin)
            insort(self._ends[service.agent["id"]], service.end)
        self.rows[chat] = held.row()
        return self.rows[chat]

    def _id(self, number: int, created: int) -> str:
        letters = ids.letters(Dice("chat facts", self._seed, number).below(62**12), 12)
        date = stamp(created)
        return f"{date[2:4]}{date[5:7]}.{ids.ACCOUNT}.S{letters}"


def _ended(row: Row) -> int:
    return parse(row["end_timestamp"] if row["type"] == "chat" else row["timestamp"])
