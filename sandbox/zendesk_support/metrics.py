"""A ticket's metrics and metric events, counted from its history."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.table import Row
from sandbox.template import fill, load
from sandbox.times import HOUR, stamp_or_none
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.history import Step

REPLY_TARGET = 8 * HOUR
_SLA = load(__file__, "rows")["sla"]
_METRIC_SET = load(__file__, "rows")["metric_set"]
_WAITS = {"agent": ("pending",), "requester": ("new", "open", "hold"), "on_hold": ("hold",)}
_MOMENTS = (
    *("created", "updated", "assigned", "initially_assigned", "solved", "commented"),
    *("requester_updated", "status_updated"),
)


@dataclass
class Metrics:
    """What was counted and timed while a history was read. Times are in epoch seconds."""

    created: int
    reopens: int = 0
    replies: int = 0
    groups: int = 0
    assignees: int = 0
    first_reply: int | None = None
    first_solved: int | None = None
    solved: int | None = None
    initially_assigned: int | None = None
    assigned: int | None = None
    requester_updated: int = 0
    status_updated: int = 0
    commented: int = 0
    updated: int = 0
    status: str = "new"
    spent: dict[str, int] = field(default_factory=dict)
    events: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, steps: list[Step], breached_until: int = 0) -> Metrics:
        """Returns the metrics after all of a ticket's audits.

        A first reply that is due before ``breached_until`` and comes late, or never, is a breach.
        """
        created, requester = steps[0].at, steps[0].author
        metrics = cls(created)
        metrics.status_updated = metrics.requester_updated = metrics.updated = created
        metrics._begin(steps, requester, breached_until)
        for step in steps:
            metrics._read(step, requester)
        return metrics

    def _begin(self, steps: list[Step], requester: int, breached_until: int) -> None:
        at, due = self.created, self.created + REPLY_TARGET
        self._event("agent_work_time", "measure", at)
        self._event("reply_time", "activate", at)
        self._event("reply_time", "apply_sla", at, sla=_SLA)
        self._event("requester_wait_time", "activate", at)
        in_time = [step for step in steps if step.at <= due]
        replies = [
            event for step in in_time for event in step.events if _is_reply(event, requester)
        ]
        if not replies and due <= breached_until:
            self._event("reply_time", "breach", due, deleted=False)

    def _read(self, step: Step, requester: int) -> None:
        for event in step.events:
            kind, name = event["type"], event.get("field_name")
            if kind in ("Comment", "VoiceComment"):
                self._commented(step.at, event, requester)
            elif kind == "Change" and name == "status":
                self._status(step.at, event["value"])
            elif kind == "Change" and name == "group_id":
                self.groups += 1
                self._event("group_ownership_time", "apply_group_sla", step.at, sla=_SLA)
                self.updated = step.at
            elif kind == "Change" and name == "assignee_id":
                self.assignees += 1
                self.initially_assigned = self.initially_assigned or step.at
                self.assigned = self.updated = step.at
        if step.author == requester:
            self.requester_updated = step.at

    def _commented(self, at: int, comment: Row, requester: int) -> None:
        self.commented = self.updated = at
        if not _is_reply(comment, requester):
            return
        self.replies += 1
        if self.first_reply is None:
            self.first_reply = at
            self._event("reply_time", "fulfill", at)
            spent = _minutes(at - self.created)
            self._event("reply_time", "update_status", at, status=spent)

    def _status(self, at: int, status: str) -> None:
        before = self.status
        self.spent[before] = self.spent.get(before, 0) + at - self.status_updated
        self.status, self.status_updated, self.updated = status, at, at
        if status == "solved":
            self.solved = at
            self.first_solved = self.first_solved or at
            self._event("resolution_time", "fulfill", at)
            self._event("requester_wait_time", "fulfill", at)
        elif before == "solved" and status == "open":
            self.reopens += 1
            self.solved = None
            self._event("requester_wait_time", "activate", at)
        elif status == "pending":
            self._event("requester_wait_time", "pause", at)
        elif before == "pending":
            self._event("requester_wait_time", "activate", at)

    def _event(self, metric: str, kind: str, at: int, **more: object) -> None:
        same = sum(event["metric"] == metric and event["type"] == kind for event in self.events)
        number = 0 if kind == "measure" else 1 + same
        row = {"metric": metric, "instance_id": number, "type": kind, "at": at}
        self.events.append({**row, **more})

    def _since_creation(self, at: int | None) -> Row:
        return _minutes(None if at is None else at - self.created)

    def _waited(self, who: str) -> Row:
        return _minutes(sum(self.spent.get(status, 0) for status in _WAITS[who]))

    def row(self, ticket: int) -> Row:
        """Returns the metric set. Its updated_at is often older than the ticket's (LIVE)."""
        replied = None if self.first_reply is None else self.first_reply - self.created
        values = {
            **vars(self),
            **{name: stamp_or_none(vars(self)[name]) for name in _MOMENTS},
            "id": ids.METRICS + ticket,
            "ticket": ticket,
            "reply_seconds": replied,
            "reply_minutes": _minutes(replied),
            "first_resolution": self._since_creation(self.first_solved),
            "full_resolution": self._since_creation(self.solved),
            **{who: self._waited(who) for who in _WAITS},
        }
        return dict(fill(_METRIC_SET, values))


def _is_reply(event: Row, requester: int) -> bool:
    is_public = event["type"] == "Comment" and bool(event["public"])
    return is_public and event["author_id"] != requester


def _minutes(seconds: int | None) -> Row:
    if seconds is None:
        return {"calendar": None, "business": None}
    return {"calendar": seconds // 60, "business": seconds // 180}
