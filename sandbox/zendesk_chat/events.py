"""What agents and departments did: the exports that have rows of their own (sheet 2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.zendesk_chat import ids
from sandbox.zendesk_chat.series import Rows
from sandbox.zendesk_chat.stamps import MICROS, stamp_micros

STATUSES = ("online", "away", "invisible")


class Timeline(Rows):
    """Spans of one status of one agent, by their start in microseconds.

    They have no id. Within a series ``agent|start`` stands for it. The last span of an agent lasts until the next begins:
    its duration is what it was when last looked at, 0 for a new one (inferred).
    """

    def __init__(self, seed: int, agents: list[Row], spans: int, start: int, end: int) -> None:
        super().__init__()
        self.last: dict[int, Row] = {}
        self._began: dict[int, int] = {}
        length = (end - start) * MICROS // (spans + 1)
        for agent in agents:
            moment = 0
            for number in range(spans):
                dice = Dice("span", seed, agent["id"], number)
                close = number % 10 == 9  # two spans in one second: AB makes one of them
                moment = (
                    moment + 400_000
                    if close
                    else start * MICROS + length * number + dice.below(length // 2)
                )
                self.begin(
                    agent["id"],
                    moment,
                    STATUSES[(number + agent["id"] // ids.STEP) % 3],
                    dice.below(4),
                )
            if spans:
                self.last[agent["id"]]["duration"] = (end * MICROS - moment) / MICROS

    def begin(self, agent: int, at: int, status: str, engagements: int = 0) -> Row:
        """An agent's status changes, at a time in microseconds; the span before gets its duration."""
        if before := self.last.get(agent):
            before["duration"] = (at - self._began[agent]) / MICROS
        row: Row = {
            "agent_id": agent,
            "start_time": stamp_micros(at),
            "status": status,
            "duration": 0.0,
            "engagement_count": engagements,
        }
        self.last[agent], self._began[agent] = row, at
        self.append(at, f"{agent}|{at}", row)
        return row


class Change(NamedTuple):
    """Something that changed its value, at a time in microseconds."""

    at: int
    whose: int
    field: str
    before: Any
    after: Any


class EventLog(Rows):
    """Events of agents or departments by their second; the ids are in the order of the events (shape: DOC agent events)."""

    def __init__(self, kind: str, seed: int, changes: Iterable[Change], more: Row) -> None:
        super().__init__()
        self._kind = kind
        self._seed = seed
        self._more = more
        self._count = 0
        for change in sorted(changes, key=lambda change: change.at):
            self.write(change)

    def write(self, change: Change) -> str:
        """One more event; returns its id."""
        self._count += 1
        tail = ids.letters(Dice(self._kind, self._seed, self._count).below(62**6), 6)
        event = f"{ids.letters(self._count, 7)}.{self._kind}:{change.whose}.{tail}"
        row = {
            **self._more,
            f"{self._kind}_id": change.whose,
            "field_name": change.field,
            "id": event,
            "previous_value": change.before,
            "timestamp": stamp_micros(change.at),
            "value": change.after,
        }
        self.append(change.at // MICROS, event, row)
        return event


def agent_events(seed: int, timeline: Timeline) -> EventLog:
    """The status changes of the timeline, and some of the number of chats: values are texts or integers."""
    status: dict[int, str] = {}
    changes = []
    for at, span in timeline.keys:
        row = timeline.row(span)
        agent = row["agent_id"]
        changes.append(Change(at, agent, "status", status.get(agent, "offline"), row["status"]))
        status[agent] = row["status"]
        if row["engagement_count"]:
            changes.append(Change(at + 7, agent, "engagements", 0, row["engagement_count"]))
    return EventLog("agent", seed, changes, {"account_id": ids.ACCOUNT})


def department_events(
    seed: int, departments: list[Row], each: int, start: int, end: int
) -> EventLog:
    """Changes of departments; values are texts, integers or objects (inferred; AB's schema has objects)."""
    changes = []
    for department in departments:
        for number in range(each):
            dice = Dice("department event", seed, department["id"], number)
            at = (start + (end - start) * number // each) * MICROS + dice.below(MICROS)
            values: tuple[str, Any, Any] = (
                ("status", "offline", "online"),
                ("agents", number % 7, number % 7 + 1),
                ("settings", None, {"chat_enabled": True, "support_group_id": department["id"]}),
            )[number % 3]
            changes.append(Change(at, department["id"], *values))
    return EventLog("department", seed, changes, {})
