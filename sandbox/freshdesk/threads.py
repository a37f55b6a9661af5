"""Conversations, derived from their ticket's numbers until the thread is changed (sheet 2.1, section 3)."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.scale import Scale
from sandbox.freshdesk.tickets import LONG_THREADS_EVERY, Tickets
from sandbox.table import Row
from sandbox.times import parse, stamp
from sandbox.words import html, paragraph

FEEDBACK_SOURCE, FEEDBACK_CATEGORY = 6, 7


class Threads:
    """Conversations of each ticket, oldest first."""

    def __init__(self, scale: Scale, tickets: Tickets) -> None:
        self._scale = scale
        self._tickets = tickets
        self._kept: dict[int, list[Row]] = {}  # threads that have been changed
        self._next: dict[int, int] = {}

    def _shape(self, ticket: int) -> tuple[int, bool, bool]:
        """How many conversations the ticket was built with, whether all are private notes, whether the last is a rating."""
        tickets = self._tickets
        if ticket > tickets.built or tickets.base[ticket] == tickets.created[ticket]:
            return 0, False, False
        dice = Dice("thread", self._scale.seed, ticket)
        count = 101 + dice.below(150) if ticket % LONG_THREADS_EVERY == 50 else dice.below(7)
        only_notes, rated = dice.chance(10), dice.chance(10)
        return count, only_notes, rated and count > 0

    def _time(self, ticket: int, number: int, count: int) -> int:
        created = self._tickets.created[ticket]
        return created + (self._tickets.base[ticket] - created) * (number + 1) // count

    def rated(self, ticket: int) -> bool:
        """Whether the ticket was built with a rating."""
        return self._shape(ticket)[2]

    def response_times(self, ticket: int) -> tuple[int | None, int | None, int | None]:
        """When an agent and the requester last answered in public, and when an agent first did."""
        if ticket in self._kept:
            public = [
                row
                for row in self._kept[ticket]
                if not row["private"] and row["source"] != FEEDBACK_SOURCE
            ]
            by_agent = [parse(row["created_at"]) for row in public if not row["incoming"]]
            by_requester = [parse(row["created_at"]) for row in public if row["incoming"]]
            return (
                max(by_agent, default=None),
                max(by_requester, default=None),
                min(by_agent, default=None),
            )
        size, only_notes, rated = self._shape(ticket)
        answers = size - rated
        if answers == 0 or only_notes:
            return None, None, None
        spoken = [number for number in range(max(0, answers - 4), answers) if not _is_note(number)]
        agent, requester = (
            [self._time(ticket, number, size) for number in spoken if number % 2 == side]
            for side in (0, 1)
        )
        return agent[-1], requester[-1] if requester else None, self._time(ticket, 0, size)

    def of(self, ticket: int) -> list[Row]:
        """The ticket's conversations."""
        if ticket in self._kept:
            return self._kept[ticket]
        count, only_notes, rated = self._shape(ticket)
        thread = [self._one(ticket, number, count, only_notes) for number in range(count)]
        if rated:
            thread[-1] |= feedback_fields(ids.CONTACTS + self._tickets.requester[ticket])
        return thread

    def keep(self, ticket: int) -> list[Row]:
        """The same list, from now on held and open to changes."""
        if ticket not in self._kept:
            self._kept[ticket] = self.of(ticket)
            self._next[ticket] = len(self._kept[ticket])
        return self._kept[ticket]

    def append(self, ticket: int, at: int, **fields: object) -> Row:
        """One more conversation on a ticket."""
        thread = self.keep(ticket)
        times = {
            "created_at": stamp(at),
            "updated_at": stamp(at),
            "last_edited_at": None,
            "last_edited_user_id": None,
        }
        row = self._one(ticket, self._next[ticket], 1, False) | fields | times
        self._next[ticket] += 1
        thread.append(row)
        return row

    def _one(self, ticket: int, number: int, count: int, only_notes: bool) -> Row:
        dice = Dice("conversation", self._scale.seed, ticket, number)
        at = stamp(self._time(ticket, number, count))
        note = only_notes or _is_note(number)
        incoming = number % 2 == 1 and not note
        author = (
            ids.CONTACTS + self._tickets.requester[ticket]
            if incoming
            else ids.AGENTS + 1 + dice.below(self._scale.agents)
        )
        text = paragraph(dice, 1 + dice.below(4))
        if number % 10 == 9:
            text = ""
        edited = not incoming and dice.chance(4)
        mail = not note and dice.below(6) > 0
        return {
            "body": html(text) if text else "<div></div>",
            "body_text": text,
            "id": ids.CONVERSATIONS + ticket * ids.CONVERSATIONS_PER_TICKET + number,
            "incoming": incoming,
            "private": note,
            "user_id": author,
            "support_email": None if note else "support@acme.example",
            "source": 2 if note else 0,
            "category": 2 if note else 1 if incoming else 3,
            "to_emails": ["kunde@example.com"] if mail else None if number % 3 else [],
            "from_email": "Acme <support@acme.example>" if mail else None,
            "cc_emails": None if note else [],
            "bcc_emails": None if number % 2 else [],
            "email_failure_count": dice.below(3) if dice.chance(3) else None,
            "outgoing_failures": None,
            "thread_id": 1_000_000 + ticket if mail else None,
            "thread_message_id": 2_000_000 + ticket if mail else None,
            "created_at": at,
            "updated_at": at,
            "last_edited_at": at if edited else None,
            "last_edited_user_id": author if edited else None,
            "attachments": [],
            "automation_id": None,
            "automation_type_id": None,
            "auto_response": False,
            "ticket_id": ticket,
            "source_additional_info": None,
        }


def _is_note(number: int) -> bool:
    """Every fifth conversation of a thread is a private note."""
    return number % 5 == 4


def feedback_fields(requester: int) -> Row:
    """What makes a conversation the trace of a rating (AB-REC 23)."""
    return {
        "source": FEEDBACK_SOURCE,
        "category": FEEDBACK_CATEGORY,
        "private": False,
        "incoming": True,
        "user_id": requester,
        "support_email": None,
    }
