"""All chats of the account: their rows and orders, and what happens to them."""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sandbox.account import Scale
from sandbox.chance import SENTENCES, TAGS, Dice
from sandbox.table import Order, Row, Rows
from sandbox.template import templates
from sandbox.times import DAY, HOUR, parse, stamp
from sandbox.zendesk_chat import ids
from sandbox.zendesk_chat.talks import Talk, Team, indexed, offline_message

LONGEST = 2 * HOUR
CONVERTS_EVERY = 19
_DELAYS = (60,) * 10 + (3 * DAY,) * 7 + (60 * DAY,) * 3
"""Half of the late changes come within a minute, some after weeks."""
_RATINGS = ("good", "good", "bad")
_ROWS = templates(__file__, "chats")


class Chats:
    """The chats that are over, by their id.

    ``order`` is that of the export: by update time, deleted chats included. ``visible`` is that of
    list and search: by the time of the chat, without the deleted ones.
    """

    def __init__(self, scale: Scale, team: Team) -> None:
        self._seed = scale.seed
        self.team = team
        self._count = 0
        self._begins: dict[int, list[int]] = defaultdict(list)
        self._ends: dict[int, list[int]] = defaultdict(list)
        self.open: dict[str, tuple[int, int]] = {}
        """Number and time of chats that are not over: in no list and no export (inferred)."""
        self.order = Rows()
        self.rows = self.order.rows
        self.visible = Order[str]()
        self._build(scale)

    def _build(self, scale: Scale) -> None:
        """Adds all chats. The first ones, as many as the burst, were tagged in one second."""
        step, burst, end = (scale.span - LONGEST) // max(1, scale.count), scale.burst, scale.end
        added = []
        for number in range(scale.count):
            dice = Dice("chat", self._seed, number)
            created = scale.start + step * number + dice.below(max(step, 1))
            offline = dice.chance(15)
            length = 0 if offline else 30 + dice.below(LONGEST - 30)
            added.append(self.add(created, created + length, offline))
        for number, row in enumerate(added[burst:], burst):
            self._touch(number, row, end)
        bulk = min(end, max((_ended(row) for row in added[:burst]), default=0) + 60)
        for row in added[:burst]:
            tag(row, bulk, "bulk")
            row["update_timestamp"] = stamp(bulk)
        for row in added:
            self.enlist(row)

    def _touch(self, number: int, row: Row, now: int) -> None:
        """Lets happen to a chat what happened before the account was opened to changes."""
        dice = Dice("happenings", self._seed, number)
        ended = _ended(row)
        if number % CONVERTS_EVERY == 7 and row["type"] == "chat":
            convert(row, ended, self.team.goals, 0)
        if dice.chance(40):
            row["zendesk_ticket_id"] = 1_000 + number
        late = min(now, ended + dice.below(dice.pick(_DELAYS)))
        if row.get("agent_ids") and dice.chance(40):
            rate(row, late, dice.pick(_RATINGS))
            if dice.chance(50):
                comment(row, late, dice.pick(SENTENCES))
        else:
            tag(row, late, dice.pick(TAGS))
        row["deleted"] = dice.chance(1)
        row["update_timestamp"] = stamp(late)

    def begin(self, created: int) -> str:
        """Begins a chat that stays open, and returns its id."""
        chat = self._id(self._count, created)
        self.open[chat] = self._count, created
        self._count += 1
        return chat

    def end(self, chat: str, at: int) -> None:
        """Ends an open chat, which puts it into the lists. KeyError for one that is not open."""
        self.enlist(self._add_talk(*self.open.pop(chat), at))

    def add(self, created: int, ended: int, offline: bool = False) -> Row:
        """Adds a chat or an offline message that is over, in no list yet."""
        number = self._count
        self._count += 1
        if not offline:
            return self._add_talk(number, created, ended)
        chat = self._id(number, created)
        row = offline_message(self._seed, self.team, number, chat, created)
        return self.rows.setdefault(chat, row)

    def enlist(self, row: Row) -> None:
        """Puts a chat into the lists, a deleted one into the export only."""
        self.order.add(parse(row["update_timestamp"]), row["id"])
        if not row["deleted"]:
            self.visible.add(parse(row["timestamp"]), row["id"])

    def update(self, row: Row, at: int) -> None:
        """Notes that a chat changed: it comes into the export again [DOC incremental_export].

        A deleted one comes as deleted, and is in no list any longer (inferred).
        """
        self.order.discard(parse(row["update_timestamp"]), row["id"])
        self.order.add(at, row["id"])
        row["update_timestamp"] = stamp(at)
        if row["deleted"]:
            self.visible.discard(parse(row["timestamp"]), row["id"])

    def engaged(self, agent: int, at: int) -> int:
        """Returns how many chats an agent was in at a time."""
        return bisect_right(self._begins[agent], at) - bisect_right(self._ends[agent], at)

    def _add_talk(self, number: int, created: int, ended: int) -> Row:
        chat = self._id(number, created)
        talk = Talk(self._seed, self.team, number, chat, created, ended)
        for service in talk.services:
            insort(self._begins[service.agent["id"]], service.begin)
            insort(self._ends[service.agent["id"]], service.end)
        return self.rows.setdefault(chat, talk.row())

    def _id(self, number: int, created: int) -> str:
        letters = ids.letters(Dice("chat facts", self._seed, number).below(62**12), 12)
        date = stamp(created)
        return f"{date[2:4]}{date[5:7]}.{ids.ACCOUNT}.S{letters}"


def _ended(row: Row) -> int:
    return parse(row["end_timestamp"] if row["type"] == "chat" else row["timestamp"])


def rate(row: Row, at: int, rating: str) -> None:
    """Lets the visitor rate the chat."""
    _trace(row, at, "chat.request.rating", "agent:")
    _trace(row, at, "chat.rating", rating=row["rating"], new_rating=rating)
    _set_last(row, "rating", rating)


def comment(row: Row, at: int, text: str) -> None:
    """Lets the visitor comment on the chat."""
    _trace(row, at, "chat.comment", new_comment=text)
    _set_last(row, "comment", text)


def tag(row: Row, at: int, name: str) -> None:
    """Adds a tag to the chat."""
    tags = [*row["tags"], name]
    _trace(row, at, "chat.tag", "agent:", tags=row["tags"], new_tags=tags)
    row["tags"] = tags


def convert(row: Row, at: int, goals: Sequence[Row], serial: int) -> Row:
    """Lets the visitor reach a goal because of the chat, and returns the conversion."""
    agents, names = row.get("agent_ids"), row.get("agent_names")
    conversion = _ROWS["conversion"](
        chat=row,
        serial=serial,
        goal=goals[serial % len(goals)],
        at=at,
        agent_id=int(agents[0]) if agents else None,
        agent_name=names[0] if names else None,
    )
    _trace(row, at, "chat.conversion", conversion=conversion)
    row["conversions"] = [*row["conversions"], conversion]
    return conversion


def _trace(row: Row, at: int, kind: str, by: str = "visitor:", **more: Any) -> None:
    """Adds an entry to the history at the place of its time. Offline messages have no history."""
    if "history" not in row:
        return
    first = row["history"][0]
    known = [entry for entry in row["history"] if entry["nick"].startswith(by)]
    author = (known or [first])[-1]
    whose = ("name", "nick", "channel", "department_id", "department_name")
    entry = {"type": kind, "timestamp": stamp(at), **{name: author[name] for name in whose}, **more}
    history = sorted([*row["history"], entry], key=lambda entry: str(entry["timestamp"]))
    row["history"] = indexed(history) if "index" in first else history


def _set_last(row: Row, field: str, value: str) -> None:
    """Sets a field of the chat and of its last engagement."""
    row[field] = value
    if row["engagements"]:
        row["engagements"] = [*row["engagements"][:-1], {**row["engagements"][-1], field: value}]
