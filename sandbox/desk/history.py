"""What happened to a case, from its opening on. All else about the case follows from it."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sandbox.table import Row
from sandbox.template import load
from sandbox.times import stamp

EVENTS = load(__file__, "events")
"""The status and the count that each kind of event changes, and what else is known of them.

"milestones" are the fields that say when a case last had a status; "first_..." says when it first
had it.
"""
MILESTONES = ("opened_at", "resolved_at", "first_opened_at", "first_resolved_at")
TIMES = ("active_at", "changed_at", *MILESTONES)


class Event(NamedTuple):
    """Something that happened to a case, and the fields that it set.

    Its kind is open (the customer's first message), take (an agent opens the case), answer,
    question (a reply by the customer), note, draft, edit (of an earlier reply), change (of fields),
    rating, resolve, close or delete.
    """

    at: int
    kind: str
    fields: Mapping[str, Any] = {}


class Story:
    """What the events of a case, the oldest first, add up to.

    ``state`` holds the last value of each field that an event set, with the status and the numbers
    of replies and notes. ``times`` are fields of the case, null before their time. ``entries`` is
    its history as the API shows it, the oldest first. Of each kind in ``events`` there are those
    that happened.
    """

    def __init__(self, events: Iterable[Event]) -> None:
        self.state: Row = {"replies": 0, "notes": 0}
        self.times: dict[str, str | None] = dict.fromkeys(TIMES)
        self.entries: list[Row] = []
        self.replies: list[Event] = []
        self.events: dict[str, list[Event]] = {}
        for event in events:
            self._add(event)

    def _add(self, event: Event) -> None:
        before, after, at = self.state, {**self.state, **self._effects(event)}, stamp(event.at)
        milestone = EVENTS["milestones"].get(after["status"])
        if milestone and after["status"] != before.get("status"):
            self.times[f"first_{milestone}"] = self.times[f"first_{milestone}"] or at
            self.times[milestone] = at
        self.times["changed_at"] = at
        is_reply = event.kind in ("answer", "question")
        if is_reply or event.kind == "open":
            self.times["active_at"] = at
        if is_reply:
            self.replies.append(event)
        self.events.setdefault(event.kind, []).append(event)
        self.state = after
        self.entries.append(_entry(event, before, after))

    def _effects(self, event: Event) -> Row:
        effects = dict(event.fields)
        if status := EVENTS["status_after"].get(event.kind):
            effects.setdefault("status", status)
        if counter := EVENTS["counted"].get(event.kind):
            effects[counter] = self.state[counter] + 1
        return effects


def _entry(event: Event, before: Row, after: Row) -> Row:
    """Returns an entry of a case's history. Nobody recorded one: only fields' names are known."""
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
