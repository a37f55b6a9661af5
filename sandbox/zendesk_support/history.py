"""What happened in the account besides tickets' threads: ratings, skips, activities, audit logs, calls, side conversations."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp, stamp_millis
from sandbox.words import paragraph
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.tickets import State, Tickets

_SCORES = ("offered", "unoffered", "good", "bad", "good", "goodwithcomment", "received")


def rating(tickets: Tickets, ticket: int, at: int, number: int, seed: int) -> Row:
    """A requester's answer to "how was it"."""
    dice = Dice("rating", seed, number)
    reasoned = dice.chance(50)
    row: Row = {
        "url": ids.url(f"satisfaction_ratings/{ids.RATINGS + number}"),
        "id": ids.RATINGS + number,
        "assignee_id": ids.USERS + tickets.assignee[ticket] if tickets.assignee[ticket] else None,
        "group_id": ids.GROUPS + 1 if dice.chance(80) else None,
        "requester_id": ids.USERS + tickets.requester[ticket],
        "ticket_id": ticket,
        "score": dice.pick(_SCORES),
        "created_at": stamp(at - min(at - tickets.created[ticket], dice.below(DAY))),
        "updated_at": stamp(at),
        "comment": paragraph(dice, 1) if dice.chance(30) else None,
    }
    return row | (
        {"reason": "No reason provided", "reason_id": 0, "reason_code": 0} if reasoned else {}
    )


def ratings(seed: int, tickets: Tickets) -> list[Row]:
    """For about every sixth ticket that was solved."""
    rated = (
        ticket
        for ticket in tickets.ids()
        if tickets.status[ticket] in ("solved", "closed") and ticket % 3 == 0
    )
    return [rating(tickets, ticket, tickets.base[ticket], ticket, seed) for ticket in rated]


def skips(tickets: Tickets) -> list[Row]:
    """Agents who passed a ticket by."""
    return [
        {
            "id": ids.SKIPS + ticket,
            "ticket_id": ticket,
            "user_id": ids.USERS + 1,
            "reason": "Not mine 😕",
            "ticket": {"id": ticket, "status": tickets.status[ticket]},
            "created_at": stamp(tickets.base[ticket]),
            "updated_at": stamp(tickets.base[ticket]),
        }
        for ticket in tickets.ids()
        if ticket % 50 == 7
    ]


def activities(tickets: Tickets, end: int) -> list[Row]:
    """What the asking agent was told in the last 30 days."""
    rows = []
    for ticket in tickets.ids():
        if end - tickets.base[ticket] > 30 * DAY or ticket % 4:
            continue
        row: Row = {
            "url": ids.url(f"activities/{ids.ACTIVITIES + ticket}"),
            "id": ids.ACTIVITIES + ticket,
            "title": f"Ticket {ticket} was assigned.",
        }
        row |= {
            "verb": "tickets.assignment",
            "user_id": ids.USERS + 1,
            "actor_id": ids.USERS + tickets.requester[ticket],
        }
        row |= {"object": {"ticket": {"id": ticket}}, "target": {"ticket": {"id": ticket}}}
        rows.append(
            {
                **row,
                "created_at": stamp(tickets.base[ticket]),
                "updated_at": stamp(tickets.base[ticket]),
            }
        )
    return rows


def audit_log(number: int, at: int, action: str, kind: str, source: int, label: str) -> Row:
    """Somebody changed the account."""
    return {
        "url": ids.url(f"audit_logs/{ids.LOGS + number}"),
        "id": ids.LOGS + number,
        "action_label": action.title(),
        "actor_id": ids.USERS + 1 if number % 9 else -1,
        "actor_name": "Ada Müller",
        "source_id": source,
        "source_type": kind,
        "source_label": label,
        "action": action,
        "change_description": "Position set to 1" if number % 2 else "",
        "ip_address": None if number % 5 == 0 else "192.0.2.1",
        "created_at": stamp(at),
    }


def audit_logs(
    seed: int, count: int, organizations: list[tuple[int, int]], start: int, end: int
) -> list[Row]:
    """Changes of rules and log-ins, and the end of each deleted organization ``(number, when)``."""
    rows = []
    for number in range(1, count + 1):
        dice = Dice("audit log", seed, number)
        kind, action = dice.pick(
            (
                ("rule", "update"),
                ("user", "login"),
                ("ticket_field", "create"),
                ("account_setting", "update"),
            )
        )
        at = start + (end - start) * number // count
        rows.append(
            audit_log(number, at, action, kind, ids.SETTINGS + dice.below(900), f"Rule: {number}")
        )
    for number, at in organizations:
        rows.append(
            audit_log(
                count + number,
                at,
                "destroy",
                "organization",
                ids.ORGANIZATIONS + number,
                f"Organization: {number}",
            )
        )
    return rows


def calls(seed: int, tickets: Tickets) -> list[Row]:
    """Talk calls, a twentieth of the tickets; each has two legs."""
    rows = []
    for ticket in tickets.ids():
        if ticket % 20 != 5 or tickets.state[ticket] == State.DELETED:
            continue
        dice = Dice("call", seed, ticket)
        row: Row = {
            "id": ids.CALLS + ticket,
            "ticket_id": ticket,
            "agent_id": ids.USERS + 1,
            "customer_id": ids.USERS + tickets.requester[ticket],
        }
        row |= {
            "direction": dice.pick(("inbound", "outbound")),
            "completion_status": "completed",
            "duration": dice.below(900),
        }
        row |= {
            "talk_time": dice.below(600),
            "wait_time": 3,
            "hold_time": 0,
            "recording_time": 0,
            "phone_number": "+15550100",
        }
        row |= {
            "phone_number_id": ids.SETTINGS + 981,
            "voicemail": False,
            "callback": False,
            "overflowed": False,
            "call_charge": "0.012",
        }
        rows.append(
            {
                **row,
                "minutes_billed": 2,
                "created_at": stamp(tickets.base[ticket]),
                "updated_at": stamp(tickets.base[ticket] + 60),
            }
        )
    return rows


def legs(calls: list[Row]) -> list[Row]:
    """Both ends of each call."""
    return [
        {
            "id": ids.LEGS + (call["id"] - ids.CALLS) * 2 + place,
            "call_id": call["id"],
            "type": side,
            "user_id": call["agent_id"] if side == "agent" else call["customer_id"],
            "agent_id": call["agent_id"] if side == "agent" else 0,
            "duration": call["duration"],
            "talk_time": call["talk_time"],
            "hold_time": 0,
            "completion_status": "completed",
            "quality_issues": [] if side == "agent" else ["information_not_available"],
            "minutes_billed": 1,
            "call_charge": None,
            "created_at": call["created_at"],
            "updated_at": call["updated_at"],
        }
        for call in calls
        for place, side in enumerate(("customer", "agent"))
    ]


def refuses_side_conversations(ticket: int) -> bool:
    """Single tickets are refused on their own (AB#84353)."""
    return ticket % 97 == 96


def side_conversations(seed: int, tickets: Tickets, ticket: int) -> list[Row]:
    """A ticket's side conversations, with milliseconds in their times."""
    if ticket % 10 != 3 or refuses_side_conversations(ticket):
        return []
    dice = Dice("side conversation", seed, ticket)
    name = f"8566255a-ece5-11e8-857d-{ticket:012x}"
    at = tickets.base[ticket]
    who: Row = {
        "user_id": ids.USERS + 1,
        "group_ids": [],
        "name": "Ada Müller",
        "email": "ada@acme.example",
    }
    return [
        {
            "url": ids.url(f"tickets/{ticket}/side_conversations/{name}"),
            "id": name,
            "ticket_id": ticket,
            "subject": "Return of the parcel",
            "preview_text": paragraph(dice, 1),
            "state": dice.pick(("open", "closed")),
            "participants": [who],
            "created_at": stamp_millis(tickets.created[ticket], 17),
            "updated_at": stamp_millis(at, 250),
            "message_added_at": stamp_millis(at, 250),
            "state_updated_at": stamp_millis(tickets.created[ticket], 17),
            "external_ids": {},
        }
    ]
