"""The figures of the sandbox's accounts, counted in Python from the rows that a target must hold.

Neither the views nor the taps have a part in it.
"""

from __future__ import annotations

import importlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

from tests.truth import Row, schema_of

Rows = Callable[[str], list[Row]]


@dataclass(frozen=True)
class Ticket:
    """What the figures need to know of a ticket. Waiting times are in minutes."""

    id: Any
    status: str
    is_open: bool
    agent: str | None
    group: str | None
    created: datetime
    solved: datetime | None
    first_reply: float | None
    resolution: float | None
    rating: str | None


def schema(tap: str, stream: str) -> Row:
    """The schema of a stream of, for example, "tap-desk"."""
    return schema_of(tap.replace("-", "_"), stream)


def tickets_of(vendor: str, server: Any) -> list[Ticket]:
    """The tickets that the figures count, in the account that ``server`` shows."""
    truth = importlib.import_module(f"tests.{vendor.replace('-', '_')}.truth")
    shown = server.app if vendor == "desk" else server
    return _READERS[vendor](lambda stream: truth.expected(shown, stream))


def _freshdesk(rows: Rows) -> list[Ticket]:
    agents = {row["id"]: row["contact"]["name"] for row in rows("agents")}
    groups = {row["id"]: row["name"] for row in rows("groups")}
    (field,) = [row for row in rows("ticket_fields") if row["name"] == "status"]
    statuses = {int(code): names[0] for code, names in json.loads(field["choices"]).items()}
    newest = _newest(rows("satisfaction_ratings"), "ticket_id")
    tickets = []
    for row in rows("tickets"):
        if row["spam"] or row["deleted"]:
            continue
        created, solved = moment(row["created_at"]), moment(row["stats"]["resolved_at"])
        rating = newest.get(row["id"])
        points = rating["ratings"][0]["value"] if rating else None
        ticket = Ticket(
            id=row["id"],
            status=statuses[row["status"]],
            is_open=row["status"] in (2, 3, 6),
            agent=agents.get(row["responder_id"]),
            group=groups.get(row["group_id"]),
            created=created,
            solved=solved,
            first_reply=_minutes(created, moment(row["stats"]["first_responded_at"])),
            resolution=_minutes(created, solved),
            rating=_sign(points, neutral=(100,)),
        )
        tickets.append(ticket)
    return tickets


def _zendesk_support(rows: Rows) -> list[Ticket]:
    users = {row["id"]: row["name"] for row in rows("users")}
    groups = {row["id"]: row["name"] for row in rows("zendesk_groups")}
    metrics = {row["ticket_id"]: row for row in rows("zendesk_ticket_metrics")}
    tickets = []
    for row in rows("tickets"):
        if row["status"] == "deleted":
            continue
        measured = metrics[row["id"]]
        score = (row["satisfaction_rating"] or {}).get("score")
        ticket = Ticket(
            id=row["id"],
            status=row["status"],
            is_open=row["status"] in ("new", "open", "pending", "hold"),
            agent=users.get(row["assignee_id"]),
            group=groups.get(row["group_id"]),
            created=moment(row["created_at"]),
            solved=moment(measured["solved_at"]),
            first_reply=measured["reply_time_in_minutes"]["calendar"],
            resolution=measured["full_resolution_time_in_minutes"]["calendar"],
            rating=score if score in ("good", "bad") else None,
        )
        tickets.append(ticket)
    return tickets


def _zendesk_chat(rows: Rows) -> list[Ticket]:
    tickets = []
    for row in rows("zopim_chats"):
        if row["deleted"]:
            continue
        created, ended = moment(row["timestamp"]), moment(row.get("end_timestamp"))
        waited = (row.get("response_time") or {}).get("first")
        names = row.get("agent_names") or [None]
        ticket = Ticket(
            id=row["id"],
            status=_state_of_chat(row),
            is_open=row["unread"],
            agent=names[0],
            group=row["department_name"],
            created=created,
            solved=ended,
            first_reply=None if waited is None else waited / 60,
            resolution=_minutes(created, ended),
            rating=row.get("rating"),
        )
        tickets.append(ticket)
    return tickets


def _state_of_chat(row: Row) -> str:
    if row["type"] == "offline_msg":
        return "offline message"
    if row["missed"]:
        return "missed"
    return "dropped" if row["dropped"] else "served"


def _desk(rows: Rows) -> list[Ticket]:
    users = {row["id"]: row["name"] for row in rows("users")}
    groups = {row["id"]: row["name"] for row in rows("groups")}
    newest = _newest(rows("feedbacks"), "case_id")
    sent: dict[int, list[datetime]] = {}
    for row in rows("replies"):
        if row["direction"] == "out":
            sent.setdefault(row["case_id"], []).append(moment(row["sent_at"]))
    tickets = []
    for row in rows("cases"):
        if row["status"] == "deleted":
            continue
        created, solved = moment(row["created_at"]), moment(row["resolved_at"])
        rating = newest.get(row["id"])
        ticket = Ticket(
            id=row["id"],
            status=row["status"],
            is_open=row["status"] in ("new", "open", "pending"),
            agent=users.get(row["assigned_user_id"]),
            group=groups.get(row["assigned_group_id"]),
            created=created,
            solved=solved,
            first_reply=_minutes(created, min(sent.get(row["id"], []), default=None)),
            resolution=_minutes(created, solved),
            rating=_rating_of_case(rating),
        )
        tickets.append(ticket)
    return tickets


def _rating_of_case(feedback: Row | None) -> str | None:
    if feedback is None:
        return None
    if feedback["rating_type"] == "yes_no":
        return "good" if feedback["rating"] else "bad"
    return ("bad", "bad", "neutral", "good", "good")[int(feedback["rating"])]


def _newest(rows: Iterable[Row], parent: str) -> dict[Any, Row]:
    in_order = sorted(rows, key=lambda row: (row["created_at"], row["id"]))
    return {row[parent]: row for row in in_order}


def _sign(points: int | None, neutral: Sequence[int]) -> str | None:
    if points is None:
        return None
    if points in neutral:
        return "neutral"
    return "good" if points > 0 else "bad"


def moment(text: str | None) -> Any:
    """The time that a text names, in UTC."""
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _minutes(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else (end - start).total_seconds() / 60


_READERS = {
    "freshdesk": _freshdesk,
    "zendesk-support": _zendesk_support,
    "zendesk-chat": _zendesk_chat,
    "desk": _desk,
}


def week(moment: datetime) -> str:
    """The Monday of the week in which a moment lies."""
    return (moment.date() - timedelta(days=moment.weekday())).isoformat()


def by_week(tickets: Sequence[Ticket]) -> list[Row]:
    """Tickets created and solved in each week."""
    created = Counter(week(ticket.created) for ticket in tickets)
    solved = Counter(week(ticket.solved) for ticket in tickets if ticket.solved)
    return [
        {"week": name, "created": created[name], "solved": solved[name]}
        for name in sorted(created | solved)
    ]


def by_day(tickets: Sequence[Ticket]) -> list[Row]:
    """Tickets created, solved and left unsolved on each day on which something happened."""
    created = Counter(ticket.created.date().isoformat() for ticket in tickets)
    solved = Counter(ticket.solved.date().isoformat() for ticket in tickets if ticket.solved)
    unsolved, rows = 0, []
    for day in sorted(created | solved):
        unsolved += created[day] - solved[day]
        rows.append(
            {"day": day, "created": created[day], "solved": solved[day], "unsolved": unsolved}
        )
    return rows


def backlog(tickets: Sequence[Ticket]) -> dict[str, tuple[int, datetime]]:
    """The open tickets by status, and when the oldest of them was created."""
    open_ones = [ticket for ticket in tickets if ticket.is_open]
    newest_first = sorted(open_ones, key=lambda ticket: ticket.created, reverse=True)
    oldest = {ticket.status: ticket.created for ticket in newest_first}
    number = Counter(ticket.status for ticket in open_ones)
    return {status: (number[status], oldest[status]) for status in oldest}


def satisfaction(tickets: Sequence[Ticket]) -> list[Row]:
    """Ratings by the week in which the ticket was created."""
    weeks: dict[str, list[Ticket]] = {}
    for ticket in tickets:
        if ticket.rating:
            weeks.setdefault(week(ticket.created), []).append(ticket)
    return [{"week": name, **ratings(weeks[name])} for name in sorted(weeks)]


def ratings(tickets: Sequence[Ticket]) -> dict[str, int]:
    """How many of the tickets have each rating."""
    number = Counter(ticket.rating for ticket in tickets)
    return {rating: number[rating] for rating in ("good", "neutral", "bad")}


def hours(tickets: Sequence[Ticket]) -> dict[tuple[int, int], int]:
    """Tickets by weekday and hour."""
    return Counter((ticket.created.isoweekday(), ticket.created.hour) for ticket in tickets)


def summary(tickets: Sequence[Ticket]) -> Row:
    """How many tickets there are, how many of them are open, and the medians of their waits."""
    replies = [ticket.first_reply for ticket in tickets if ticket.first_reply is not None]
    solutions = [ticket.resolution for ticket in tickets if ticket.resolution is not None]
    return {
        "tickets": len(tickets),
        "open": sum(ticket.is_open for ticket in tickets),
        "median_first_reply_minutes": median(replies) if replies else None,
        "median_resolution_minutes": median(solutions) if solutions else None,
        **ratings(tickets),
    }


def by(word: str, tickets: Sequence[Ticket]) -> dict[str | None, Row]:
    """The summary for each agent or group."""
    groups: dict[str | None, list[Ticket]] = {}
    for ticket in tickets:
        groups.setdefault(getattr(ticket, word), []).append(ticket)
    return {name: summary(members) for name, members in groups.items()}


def weeks_before(monday: str, number: int) -> str:
    """The Monday so many weeks earlier."""
    return (date.fromisoformat(monday) - timedelta(weeks=number)).isoformat()


def month(monday: str) -> str:
    """The month of a Monday as charts write it, such as "Nov '26"."""
    return date.fromisoformat(monday).strftime("%b '%y")
