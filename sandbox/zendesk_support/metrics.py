"""A ticket's metrics and metric events, counted from its history."""

from collections import Counter

from sandbox.table import Row
from sandbox.template import load, templates
from sandbox.times import HOUR
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.history import Step

REPLY_TARGET = 8 * HOUR
_SLA = load(__file__, "rows")["sla"]
_METRIC_SET = templates(__file__, "rows")["metric_set"]
_WAITS = {"agent": ("pending",), "requester": ("new", "open", "hold"), "on_hold": ("hold",)}
_COUNTED = ("reopens", "replies", "groups", "assignees")
_TIMED = ("first_reply", "first_solved", "solved", "initially_assigned", "assigned", "commented")


class Metrics:
    """What was counted and timed while a ticket's audits were read. Times are in epoch seconds.

    A first reply that is due before ``breached_until`` and comes late, or never, is a breach.
    """

    def __init__(self, steps: list[Step], breached_until: int) -> None:
        self._created, self._requester = steps[0].at, steps[0].author
        self._status = "new"
        self._spent: Counter[str] = Counter()
        self._counts = Counter(dict.fromkeys(_COUNTED, 0))
        self._times: dict[str, int | None] = dict.fromkeys(_TIMED)
        self.events: list[Row] = []
        self._begin(steps, breached_until)
        for step in steps:
            self._read(step)

    def _moved(self, at: int, *times: str) -> None:
        self._times |= dict.fromkeys(times, at)

    def _begin(self, steps: list[Step], breached_until: int) -> None:
        at, due = self._created, self._created + REPLY_TARGET
        self._moved(at, "created", "updated", "requester_updated", "status_updated")
        self._event("agent_work_time", "measure", at)
        self._event("reply_time", "activate", at)
        self._event("reply_time", "apply_sla", at, sla=_SLA)
        self._event("requester_wait_time", "activate", at)
        in_time = [event for step in steps if step.at <= due for event in step.events]
        if not any(map(self._is_reply, in_time)) and due <= breached_until:
            self._event("reply_time", "breach", due, deleted=False)

    def _is_reply(self, event: Row) -> bool:
        is_public = event["type"] == "Comment" and bool(event["public"])
        return is_public and event["author_id"] != self._requester

    def _read(self, step: Step) -> None:
        for event in step.events:
            name = event.get("field_name") if event["type"] == "Change" else None
            if event["type"] in ("Comment", "VoiceComment"):
                self._commented(step.at, event)
            elif name == "status":
                self._changed_status(step.at, event["value"])
            elif name == "group_id":
                self._counts["groups"] += 1
                self._event("group_ownership_time", "apply_group_sla", step.at, sla=_SLA)
                self._moved(step.at, "updated")
            elif name == "assignee_id":
                self._counts["assignees"] += 1
                self._times["initially_assigned"] = self._times["initially_assigned"] or step.at
                self._moved(step.at, "assigned", "updated")
        if step.author == self._requester:
            self._moved(step.at, "requester_updated")

    def _commented(self, at: int, comment: Row) -> None:
        self._moved(at, "commented", "updated")
        if not self._is_reply(comment):
            return
        self._counts["replies"] += 1
        if self._times["first_reply"] is None:
            self._times["first_reply"] = at
            self._event("reply_time", "fulfill", at)
            spent = _minutes(at - self._created)
            self._event("reply_time", "update_status", at, status=spent)

    def _changed_status(self, at: int, status: str) -> None:
        before, self._status = self._status, status
        self._spent[before] += at - (self._times["status_updated"] or 0)
        self._moved(at, "status_updated", "updated")
        if status == "solved":
            self._times["first_solved"] = self._times["first_solved"] or at
            self._moved(at, "solved")
            self._event("resolution_time", "fulfill", at)
            self._event("requester_wait_time", "fulfill", at)
        elif before == "solved" and status == "open":
            self._counts["reopens"] += 1
            self._times["solved"] = None
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

    def _since_creation(self, time: str) -> int | None:
        at = self._times[time]
        return None if at is None else at - self._created

    def row(self, ticket: int) -> Row:
        """Returns the metric set. Its updated_at is often older than the ticket's (LIVE)."""
        replied, spent = self._since_creation("first_reply"), self._spent
        return _METRIC_SET(
            **self._counts,
            **self._times,
            id=ids.METRICS + ticket,
            ticket=ticket,
            reply_seconds=replied,
            reply_minutes=_minutes(replied),
            first_resolution=_minutes(self._since_creation("first_solved")),
            full_resolution=_minutes(self._since_creation("solved")),
            **{who: _minutes(sum(map(spent.__getitem__, _WAITS[who]))) for who in _WAITS},
        )


def _minutes(seconds: int | None) -> Row:
    if seconds is None:
        return {"calendar": None, "business": None}
    return {"calendar": seconds // 60, "business": seconds // 180}
