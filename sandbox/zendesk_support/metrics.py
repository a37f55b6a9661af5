"""Ticket metrics and the events that they are made of (sheet 2.2, 2.4, section 3)."""

from __future__ import annotations

from functools import cached_property

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import HOUR, stamp, stamp_or_none
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.feed import Feed
from sandbox.zendesk_support.tickets import Tickets

_METRICS = (
    "agent_work_time",
    "pausable_update_time",
    "periodic_update_time",
    "reply_time",
    "requester_wait_time",
    "resolution_time",
    "group_ownership_time",
)
_TYPES = (
    "measure",
    "activate",
    "apply_sla",
    "pause",
    "activate",
    "breach",
    "fulfill",
    "update_status",
    "apply_group_sla",
)
_POLICY = {"id": ids.SETTINGS + 201, "title": "VIP", "description": None}


def metric_set(seed: int, tickets: Tickets, ticket: int) -> Row:
    """A ticket's metrics; their updated_at is not the ticket's, and often older (BRU)."""
    dice = Dice("metrics", seed, ticket)
    created, base, status = tickets.created[ticket], tickets.base[ticket], tickets.status[ticket]
    solved = base if status in ("solved", "closed") else None
    minutes = (base - created) // 60
    assigned = created + (base - created) // 4 if tickets.assignee[ticket] else None

    def duration(known: bool) -> Row:
        share = dice.below(100)
        return (
            {"calendar": minutes * share // 100, "business": minutes * share // 300}
            if known
            else {"calendar": None, "business": None}
        )

    return {
        "url": ids.url(f"ticket_metrics/{ids.METRICS + ticket}"),
        "id": ids.METRICS + ticket,
        "ticket_id": ticket,
        "created_at": stamp(created),
        "updated_at": stamp(created + (base - created) // 2 if ticket % 3 else base),
        "group_stations": dice.below(4),
        "assignee_stations": dice.below(4) if assigned else 0,
        "reopens": dice.below(3),
        "replies": dice.below(9),
        "assignee_updated_at": stamp_or_none(assigned),
        "requester_updated_at": stamp(created),
        "status_updated_at": stamp(base),
        "initially_assigned_at": stamp_or_none(assigned),
        "assigned_at": stamp_or_none(assigned),
        "solved_at": stamp_or_none(solved),
        "latest_comment_added_at": stamp(base),
        "reply_time_in_minutes": duration(assigned is not None),
        "first_resolution_time_in_minutes": duration(solved is not None),
        "full_resolution_time_in_minutes": duration(solved is not None),
        "agent_wait_time_in_minutes": duration(True),
        "requester_wait_time_in_minutes": duration(True),
        "on_hold_time_in_minutes": {"calendar": 0, "business": 0},
        "reply_time_in_seconds": {"calendar": minutes * 7 if assigned else None},
        "custom_status_updated_at": stamp(base),
    }


class MetricEvents:
    """Two to eight for each ticket; some come later than anything else on it (an SLA breach touches no ticket, BRU)."""

    def __init__(self, seed: int, tickets: Tickets, end: int) -> None:
        self._seed = seed
        self._tickets = tickets
        self._end = end
        self._added: dict[int, list[int]] = {}

    def _built(self, ticket: int) -> int:
        return 2 + ticket * 5 % 7 if ticket <= self._tickets.built else 1

    @cached_property
    def feed(self) -> Feed:
        """``(time, ticket * METRIC_EVENTS_PER_TICKET + number)`` for all."""
        size = ids.METRIC_EVENTS_PER_TICKET
        return Feed(
            (self.at(ticket, number), ticket * size + number)
            for ticket in self._tickets.ids()
            for number in range(self._built(ticket))
        )

    def build(self) -> None:
        """Make the feed now, from the tickets as they are."""
        _ = self.feed

    def at(self, ticket: int, number: int) -> int:
        """When it happened."""
        built = self._built(ticket)
        if number >= built:
            return self._added[ticket][number - built]
        created, base = self._tickets.created[ticket], self._tickets.base[ticket]
        at = created + (base - created) * number // built
        return (
            min(max(self._end, created), at + 8 * HOUR)
            if _TYPES[number % len(_TYPES)] == "breach"
            else at
        )

    def append(self, ticket: int, at: int) -> int:
        """One more; returns its id."""
        added = self._added.setdefault(ticket, [])
        packed = ticket * ids.METRIC_EVENTS_PER_TICKET + self._built(ticket) + len(added)
        self.feed.add(at, packed)
        added.append(at)
        return ids.METRIC_EVENTS + packed

    def row(self, packed: int) -> Row:
        """By its number in the feed."""
        ticket, number = divmod(packed, ids.METRIC_EVENTS_PER_TICKET)
        dice = Dice("metric event", self._seed, packed)
        kind = _TYPES[number % len(_TYPES)]
        row: Row = {
            "id": ids.METRIC_EVENTS + packed,
            "ticket_id": ticket,
            "metric": dice.pick(_METRICS),
            "instance_id": 0 if kind == "measure" else 1 + number // 8,
            "type": kind,
            "time": stamp(self.at(ticket, number)),
        }
        if kind == "update_status":
            row["status"] = {"calendar": dice.below(5_000), "business": dice.below(900)}
        elif kind in ("apply_sla", "apply_group_sla"):
            target = 60 * (1 + dice.below(48))
            row["sla"] = {
                "target": target,
                "target_in_seconds": target * 60,
                "business_hours": dice.chance(50),
                "policy": _POLICY,
            }
        elif kind == "breach":
            row["deleted"] = dice.chance(10)
        return row
