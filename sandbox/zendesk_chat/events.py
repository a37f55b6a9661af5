"""What agents and departments did: the exports that have rows of their own."""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.account import Scale
from sandbox.chance import Dice
from sandbox.table import Row, Rows
from sandbox.times import MICROS, stamp, stamp_micros
from sandbox.zendesk_chat import ids

STATUSES = ("online", "away", "invisible")
Engaged = Callable[[int, int], int]
"""How many chats an agent was in at a time in seconds."""
_FIRST = {"status": "offline", "engagements": 0, "agents": 0, "settings": None}
"""The values before the first event."""


class Timeline(Rows):
    """Spans of one status of one agent, by their start in microseconds.

    They have no id. ``agent|start`` stands for it inside the sandbox. The last span of an agent
    lasts until the next one begins; until then a span that was built lasts until the account's last
    second, and a new one has the duration 0 (inferred).
    """

    def __init__(self, engaged: Engaged) -> None:
        super().__init__()
        self._engaged = engaged
        self._last: dict[int, tuple[int, Row]] = {}
        self._logins: dict[int, list[int]] = defaultdict(list)

    def build(self, scale: Scale, agent: int) -> None:
        """Adds spans of an agent. Each tenth begins in the second of the one before.

        A client that takes whole seconds for a key makes one row of such two [AB].
        """
        spans = max(3, scale.count * 3 // 11 // scale.agents)
        length = scale.span * MICROS // (spans + 1)
        moment = 0
        for span in range(spans):
            dice = Dice("span", scale.seed, agent, span)
            wide = scale.start * MICROS + length * span + dice.below(length // 2)
            moment = moment + 400_000 if span % 10 == 9 else wide
            self.begin(agent, moment, STATUSES[(span + agent // ids.STEP) % len(STATUSES)])
        self._last[agent][1]["duration"] = (scale.end * MICROS - moment) / MICROS

    def begin(self, agent: int, at: int, status: str) -> Row:
        """Begins a span of an agent at a time in microseconds. The one before ends."""
        if agent in self._last:
            began, before = self._last[agent]
            at = max(at, began + 1)
            before["duration"] = (at - began) / MICROS
        engaged = self._engaged(agent, at // MICROS)
        row: Row = {"agent_id": agent, "start_time": stamp_micros(at), "status": status}
        row |= {"duration": 0.0, "engagement_count": engaged}
        self._last[agent] = at, row
        if status == "online":
            insort(self._logins[agent], at // MICROS)
        self.put(at, f"{agent}|{at}", row)
        return row

    def logins(self, agent: int) -> Row:
        """Returns the fields of an agent's row that follow from going online."""
        logins = self._logins.get(agent, [])
        return {"login_count": len(logins), "last_login": stamp(logins[-1]) if logins else None}


class EventLog(Rows):
    """What agents or departments changed, by second and id [DOC incremental_agent_events_api].

    ``kind`` is agent or department. ``more`` are the columns that all events have beside their own.
    """

    def __init__(self, kind: str, seed: int, more: Row) -> None:
        super().__init__()
        self._kind = kind
        self._seed = seed
        self._more = more
        self._count = 0
        self._latest: dict[tuple[int, str], Any] = {}

    def latest(self, whose: int, field: str) -> Any:
        """Returns the value of a field of an agent or department after the last event."""
        return self._latest.get((whose, field), _FIRST[field])

    def write(self, at: int, whose: int, field: str, value: Any) -> list[str]:
        """Writes a value of a time in microseconds. Returns the event's id if the value changed."""
        before = self.latest(whose, field)
        if value == before:
            return []
        self._latest[whose, field] = value
        self._count += 1
        tail = ids.letters(Dice(self._kind, self._seed, self._count).below(62**6), 6)
        event = f"{ids.letters(self._count, 7)}.{self._kind}:{whose}.{tail}"
        row = {
            **self._more,
            "id": event,
            f"{self._kind}_id": whose,
            "timestamp": stamp_micros(at),
            "field_name": field,
            "previous_value": before,
            "value": value,
        }
        self.put(at // MICROS, event, row)
        return [event]

    def write_span(self, at: int, span: Row) -> list[str]:
        """Writes what changed when a span of the timeline began: a text, a number or both."""
        agent = span["agent_id"]
        return [
            *self.write(at, agent, "status", span["status"]),
            *self.write(at + 7, agent, "engagements", span["engagement_count"]),
        ]


def agent_events(seed: int, timeline: Timeline) -> EventLog:
    """Returns the changes of status and number of chats that the timeline shows."""
    log = EventLog("agent", seed, {"account_id": ids.ACCOUNT})
    for at, key in timeline:
        log.write_span(at, timeline.rows[key])
    return log


def department_events(scale: Scale, departments: Sequence[Row]) -> EventLog:
    """Returns the changes that led to what departments are (types inferred; [AB] has objects)."""
    log = EventLog("department", scale.seed, {})
    each = max(5, scale.count // 11 // len(departments))
    length = scale.span // each * MICROS
    for number in range(each):
        for place, department in enumerate(departments):
            dice = Dice("department event", scale.seed, department["id"], number)
            at = scale.start * MICROS + length * number + length * place // len(departments)
            left = (each - 1 - number) // 3
            settings = department["settings"]
            closed = settings | {"chat_enabled": not settings["chat_enabled"]}
            field, value = (
                ("status", STATUSES[number % 2]),
                ("agents", len(department["members"]) + left),
                ("settings", closed if left % 2 else settings),
            )[number % 3]
            log.write(at + dice.below(MICROS), department["id"], field, value)
    return log
