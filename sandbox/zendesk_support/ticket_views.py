"""A ticket's row as lists and exports show it (section 3)."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, stamp
from sandbox.words import SUBJECTS, TAGS
from sandbox.zendesk_support import ids
from sandbox.zendesk_support.fields import ticket_values
from sandbox.zendesk_support.people import Users
from sandbox.zendesk_support.threads import Threads
from sandbox.zendesk_support.tickets import State, Tickets

_SCRUBBED = "SCRUBBED"
_STATUS_NUMBERS = {
    "new": 1,
    "open": 2,
    "pending": 3,
    "hold": 4,
    "solved": 5,
    "closed": 5,
    "deleted": 5,
}
_CHANNELS: tuple[str | int, ...] = (
    "web",
    "email",
    "email",
    "api",
    "chat",
    "voice",
    "native_messaging",
    "web",
    29,
)


class TicketViews:
    """Makes rows out of a ticket's numbers and its seed."""

    def __init__(self, seed: int, tickets: Tickets, threads: Threads, users: Users) -> None:
        self._seed = seed
        self._tickets = tickets
        self._threads = threads
        self._users = users

    def row(self, ticket: int, definitions: list[Row]) -> Row:
        """Without any sideload."""
        tickets, users = self._tickets, self._users
        dice = Dice("ticket row", self._seed, ticket)
        created, status = tickets.created[ticket], tickets.status[ticket]
        requester, assignee = tickets.requester[ticket], tickets.assignee[ticket]
        organization = users.organization[requester]
        scrubbed = ticket in tickets.scrubbed
        subject = (
            _SCRUBBED
            if scrubbed
            else dice.pick(SUBJECTS) + (" \0" if ticket == tickets.odd_one else "")
        )
        custom = ticket_values(definitions, self._seed, ticket, created)
        row: Row = {
            "url": ids.url(f"tickets/{ticket}"),
            "id": ticket,
            "external_id": None if dice.chance(80) else f"order-{ticket}",
            "encoded_id": f"Y{ticket:05X}-XM{ticket % 10}",
            "via": _via(dice, ticket),
            "created_at": stamp(created),
            "updated_at": stamp(tickets.updated[ticket]),
            "generated_timestamp": tickets.generated[ticket],
            "type": dice.pick((None, "question", "incident", "problem", "task")),
            "subject": subject,
            "raw_subject": subject,
            "description": _SCRUBBED if scrubbed else self._threads.opening_text(ticket),
            "priority": dice.pick((None, "low", "normal", "high", "urgent")),
            "status": status,
            "recipient": "support@acme.example" if dice.chance(50) else None,
            "requester_id": ids.USERS + requester,
            "submitter_id": ids.USERS + requester,
            "assignee_id": ids.USERS + assignee if assignee else None,
            "organization_id": ids.ORGANIZATIONS + organization if organization else None,
            "group_id": ids.GROUPS + 1 + assignee % 2 if assignee else None,
            "collaborator_ids": [ids.USERS + 1] if ticket % 7 == 0 else [],
            "follower_ids": [ids.USERS + 1] if ticket % 7 == 0 else [],
            "email_cc_ids": [],
            "forum_topic_id": None,
            "problem_id": ticket - 1 if ticket % 40 == 2 else None,
            "has_incidents": ticket % 40 == 1,
            "is_public": ticket % 15 > 0,
            "due_at": stamp(created + 3 * DAY) if ticket % 10 == 0 else None,
            "tags": [dice.pick(TAGS) for _ in range(dice.below(3))],
            "custom_fields": custom,
            "satisfaction_rating": self._rating(dice, ticket),
            "sharing_agreement_ids": [],
            "custom_status_id": ids.SETTINGS + 800 + _STATUS_NUMBERS[status],
            "fields": custom,
            "followup_ids": [ticket + 1] if ticket % 60 == 3 else [],
            "ticket_form_id": ids.SETTINGS + 151 if ticket % 5 else None,
            "brand_id": ids.SETTINGS + 251,
            "allow_channelback": False,
            "allow_attachments": True,
            "from_messaging_channel": False,
            **tickets.patches.get(ticket, {}),
        }
        if tickets.by_ai[ticket] or ticket % 3 == 0:
            row["support_type"] = "ai_agent" if tickets.by_ai[ticket] else "agent"
        if tickets.state[ticket] == State.DELETED:
            row["status"] = "deleted"
        return row

    def _rating(self, dice: Dice, ticket: int) -> object:
        roll = dice.below(20)
        if roll == 0:
            return None
        if roll == 1:
            return "unoffered"
        if roll < 5:
            score = "good" if roll < 4 else "bad"
            return {
                "score": score,
                "id": ids.RATINGS + ticket,
                "comment": "Merci !",
                "reason": "No reason provided",
                "reason_id": 0,
            }
        return {"score": "unoffered"}


def _via(dice: Dice, ticket: int) -> Row:
    channel = dice.pick(_CHANNELS)
    origin: Row = {}
    if channel == "email":
        origin = {
            "address": "kunde@example.com",
            "name": "Zoë",
            "original_recipients": ["support@acme.example"],
        }
    elif channel == "voice":
        origin = {"phone": "+15550100", "formatted_phone": "+1 (555) 010-0", "name": "Caller"}
    elif ticket % 60 == 4:
        origin = {
            "ticket_id": ticket - 1,
            "ticket_ids": [ticket - 1],
            "subject": "follow-up",
            "channel": "web",
        }
    rel = "follow_up" if "ticket_id" in origin else "inbound" if channel == "voice" else None
    return {"channel": channel, "source": {"from": origin, "to": {}, "rel": rel}}
