"""What happened to a case, from its opening on. All else about the case follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

from sandbox.table import Row
from sandbox.times import stamp, stamp_or_none

Kind = Literal[
    "open",  # the customer's first message
    "take",  # an agent opens the case
    "answer",  # a reply to the customer
    "question",  # a reply by the customer
    "note",
    "draft",
    "edit",  # an earlier reply is changed
    "rating",  # the customer's feedback
    "change",  # fields are set
    "resolve",
    "close",
    "delete",
]
STATUS_AFTER = {
    "open": "new",
    "take": "open",
    "answer": "pending",
    "question": "open",
    "resolve": "resolved",
    "close": "closed",
    "delete": "deleted",
}
COUNTED = {"answer": "replies", "question": "replies", "note": "notes"}
MESSAGES = ("open", "answer", "question")
MILESTONES = {"open": "opened_at", "resolved": "resolved_at"}
"""The fields that say when a case last had a status; "first_..." says when it first had it."""


class Event(NamedTuple):
    """Something that happened to a case, and the fields that it set."""

    at: int
    kind: Kind
    fields: Mapping[str, Any] = {}


class Story:
    """What the events of a case, the oldest first, add up to.

    ``state`` holds the last value of each field that an event set, with the status and the numbers
    of replies and notes. ``times`` are fields of the case, ``entries`` its history as the API
    shows it, the oldest first. Of each kind in ``events`` there are those that happened.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self.state: Row = {"replies": 0, "notes": 0}
        self.times: dict[str, int] = {}
        self.entries: list[Row] = []
        self.replies: list[Event] = []
        self.events: dict[Kind, list[Event]] = {}
        for event in events:
            self._add(event)

    def _add(self, event: Event) -> None:
        before, after = self.state, {**self.state, **self._effects(event)}
        if after["status"] != before.get("status"):
            self._enter(after["status"], event.at)
        self.times["changed_at"] = event.at
        if event.kind in MESSAGES:
            self.times["active_at"] = event.at
        if event.kind in ("answer", "question"):
            self.replies.append(event)
        self.events.setdefault(event.kind, []).append(event)
        self.state = after
        self.entries.append(_entry(event, before, after))

    def _effects(self, event: Event) -> Row:
        effects = dict(event.fields)
        if event.kind in STATUS_AFTER:
            effects.setdefault("status", STATUS_AFTER[event.kind])
        if event.kind in COUNTED:
            counter = COUNTED[event.kind]
            effects[counter] = self.state[counter] + 1
        return effects

    def _enter(self, status: str, at: int) -> None:
        if status in MILESTONES:
            field = MILESTONES[status]
            self.times.setdefault(f"first_{field}", at)
            self.times[field] = at

    def time(self, field: str) -> str | None:
        """Return a time of the case as the API writes it, or None if it has none."""
        return stamp_or_none(self.times.get(field))


def _entry(event: Event, before: Row, after: Row) -> Row:
    """Return an entry of a case's history. Nobody recorded one: only fields' names are known."""
    changes = [
        {"field": name, "from": before.get(name), "to": value}
        for name, value in after.items()
        if before.get(name) != value
    ]
    return {
        "type": "case_created" if event.kind == "open" else "case_updated",
        "context": {"event": event.kind},
        "created_at": stamp(event.at),
        "changes": changes,
    }
