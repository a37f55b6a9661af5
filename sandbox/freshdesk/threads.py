"""Conversations, derived from their ticket's numbers until the thread is changed (sheet 2.1, section 3)."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.scale import Scale
from sandbox.freshdesk.tickets import LONG_THREADS_EVERY, Tickets
from sandbox.table import Row
from sandbox.times import stamp
from sandbox.words import html, paragraph

FEEDBACK_SOURCE, FEEDBACK_CATEGORY = 6, 7


class Threads:
    """Conversations of each ticket, oldest first."""

    def __init__(self, scale: Scale, tickets: Tickets) -> None:
        self._scale = scale
        self._tickets = tickets
        self._kept: dict[int, list[Row]] = {}  # threads that have been changed
        self._next: dict[int, int] = {}

    def _shape(self, id: int) -> tuple[int, bool, bool]:
        """How many conversations the ticket was built with, whether all are private notes, whether the last is a rating."""
        tickets = self._tickets
        if id > tickets.built or tickets.base[id] == tickets.created[id]:
            return 0, False, False
        dice = Dice("thread", self._scale.seed, id)
        count = 101 + dice.below(150) if id % LONG_THREADS_EVERY == 50 else dice.below(7)
        only_notes, rated = dice.chance(10), dice.chance(10)
        return count, only_notes, rated and count > 0

    def _time(self, id: int, number: int, count: int) -> int:
        created = self._tickets.created[id]
        return created + (self._tickets.base[id] - created) * (number + 1) // count

    def rated(self, id: int) -> bool:
        """Whether the ticket was built with a rating."""
        return self._shape(id)[2]

    def response_times(self, id: int) -> tuple[int | None, int | None, int | None]:
        """When an agent and the requester last answered in public, and when an agent first did, as built."""
        count, only_notes, rated = self._shape(id)
        count -= rated
        if count <= 0 or only_notes:
            return None, None, None
        size = count + rated
        first = self._time(id, 0, size)
        last_agent = self._time(id, (count - 1) // 2 * 2, size)
        return last_agent, self._time(id, count // 2 * 2 - 1, size) if count > 1 else None, first

    def of(self, id: int) -> list[Row]:
        """The ticket's conversations."""
        if id in self._kept:
            return self._kept[id]
        count, only_notes, rated = self._shape(id)
        return [
            self._feedback(id, number, count) if rated and number == count - 1 else self._one(id, number, count, only_notes)
            for number in range(count)
        ]

    def keep(self, id: int) -> list[Row]:
        """The same list, from now on held and open to changes."""
        if id not in self._kept:
            self._kept[id] = self.of(id)
            self._next[id] = len(self._kept[id])
        return self._kept[id]

    def append(self, id: int, at: int, **fields: object) -> Row:
        """One more conversation on a ticket."""
        thread = self.keep(id)
        times = {"created_at": stamp(at), "updated_at": stamp(at), "last_edited_at": None, "last_edited_user_id": None}
        row = self._one(id, self._next[id], 1, False) | fields | times
        self._next[id] += 1
        thread.append(row)
        return row

    def _one(self, id: int, number: int, count: int, only_notes: bool) -> Row:
        dice = Dice("conversation", self._scale.seed, id, number)
        at = stamp(self._time(id, number, count))
        note = only_notes or number % 5 == 4
        incoming = number % 2 == 1 and not note
        author = ids.CONTACTS + self._tickets.requester[id] if incoming else ids.AGENTS + 1 + dice.below(self._scale.agents)
        text = paragraph(dice, 1 + dice.below(4))
        if number % 10 == 9:
            text = ""
        edited = not incoming and dice.chance(4)
        mail = not note and dice.below(6) > 0
        return {
            "body": html(text) if text else "<div></div>",
            "body_text": text,
            "id": ids.CONVERSATIONS + id * ids.CONVERSATIONS_PER_TICKET + number,
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
            "thread_id": 1_000_000 + id if mail else None,
            "thread_message_id": 2_000_000 + id if mail else None,
            "created_at": at,
            "updated_at": at,
            "last_edited_at": at if edited else None,
            "last_edited_user_id": author if edited else None,
            "attachments": [],
            "automation_id": None,
            "automation_type_id": None,
            "auto_response": False,
            "ticket_id": id,
            "source_additional_info": None,
        }

    def _feedback(self, id: int, number: int, count: int) -> Row:
        return self._one(id, number, count, False) | feedback_fields(ids.CONTACTS + self._tickets.requester[id])


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
