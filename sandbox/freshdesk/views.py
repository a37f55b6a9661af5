"""A ticket's row, as lists, includes and the single view show it (sheet 2.1, section 3)."""

from __future__ import annotations

from typing import Any

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.fields import FieldSets, values
from sandbox.freshdesk.threads import Threads
from sandbox.freshdesk.tickets import State, Tickets
from sandbox.table import Row
from sandbox.times import DAY, HOUR, stamp, stamp_or_none
from sandbox.words import SUBJECTS, TAGS, html, paragraph

_SOURCES = (1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 101)
_TYPES = ("Question", "Incident", "Problem", "Refund", None)


class TicketViews:
    """Makes rows out of a ticket's numbers and its seed."""

    def __init__(self, seed: int, tickets: Tickets, threads: Threads, products: list[int], mailboxes: list[int]) -> None:
        self._seed = seed
        self._tickets = tickets
        self._threads = threads
        self._products = products
        self._mailboxes = mailboxes

    def row(self, ticket: int, company: int | None, fields: FieldSets) -> Row:
        """List form, without any include. ``deleted`` is there in the trash only (SIO tests), ``archived`` in the archive."""
        tickets = self._tickets
        dice = Dice("ticket row", self._seed, ticket)
        responder, group, state = tickets.responder[ticket], tickets.group[ticket], tickets.state[ticket]
        created = tickets.created[ticket]
        due = tickets.due_by(ticket)
        emails = dice.below(8)
        support_email = "support@acme.example" if dice.below(4) else None
        row: Row = {
            "cc_emails": None if emails == 0 else ["boss@example.com"] if emails == 1 else [],
            "fwd_emails": None if emails == 0 else [],
            "reply_cc_emails": None if emails == 0 else ["boss@example.com"] if emails == 1 else [],
            "ticket_cc_emails": None if emails == 0 else [],
            "ticket_bcc_emails": None if emails == 0 else [],
            "fr_escalated": dice.chance(5),
            "spam": state == State.SPAM,
            "email_config_id": dice.pick(self._mailboxes) if support_email else None,
            "group_id": ids.GROUPS + group if group else None,
            "priority": dice.below(4) + 1,
            "requester_id": ids.CONTACTS + tickets.requester[ticket],
            "responder_id": ids.AGENTS + responder if responder else None,
            "source": dice.pick(_SOURCES),
            "company_id": company,
            "status": tickets.status[ticket],
            "subject": self._subject(dice, ticket),
            "association_type": dice.below(4) + 1 if dice.chance(4) else None,
            "support_email": support_email,
            "to_emails": None if emails < 3 else ["support@acme.example"],
            "product_id": dice.pick(self._products) if dice.chance(40) else None,
            "id": ticket,
            "type": dice.pick(_TYPES),
            "due_by": stamp_or_none(due),
            "fr_due_by": stamp_or_none(due and created + 8 * HOUR),
            "is_escalated": dice.chance(10),
            "custom_fields": values(fields.ticket, ("ticket fields", self._seed, ticket), created),
            "created_at": stamp(created),
            "updated_at": stamp(tickets.updated[ticket]),
            "associated_tickets_count": 2 if ticket % 50 == 1 else None,
            "tags": [dice.pick(TAGS) for _ in range(dice.below(3))],
            "nr_due_by": stamp(created + 2 * DAY) if ticket % 4 == 0 else None,
            "nr_escalated": False,
            "internal_agent_id": ids.AGENTS + 1 if ticket % 20 == 0 else None,
            "internal_group_id": ids.GROUPS + 1 if ticket % 20 == 0 else None,
            "sentiment_score": dice.below(100) if ticket % 3 == 0 else None,
            "initial_sentiment_score": dice.below(100) if ticket % 3 == 0 else None,
            "form_id": None,
        }
        if ticket % 10 == 0:
            row["urgent"] = True
        if patch := tickets.patches.get(ticket):
            row |= patch
        if state == State.DELETED:
            row["deleted"] = True
        elif state == State.ARCHIVED:
            row["archived"] = True
        return row

    def _subject(self, dice: Dice, ticket: int) -> str | None:
        subject = dice.pick(SUBJECTS)
        if ticket == self._tickets.odd_one:
            return f"{subject}\0 (with a NUL character)"
        return "" if ticket % 97 == 0 else None if ticket % 89 == 0 else subject

    def description(self, ticket: int) -> Row:
        """The three keys of include=description (DOCS)."""
        dice = Dice("description", self._seed, ticket)
        text = paragraph(dice, 2 + dice.below(5))
        if ticket == self._tickets.odd_one:
            text += "\0"
        body = html(text)
        structured = {"description_contents": [{"type": "html", "data": {"content": body}}]} if ticket % 5 == 0 else None
        return {"description": body, "description_text": text, "structured_description": structured}

    def stats(self, ticket: int) -> Row:
        """The object of include=stats: all response times null without a public reply (AB-REC)."""
        tickets = self._tickets
        created, updated, status = tickets.created[ticket], tickets.updated[ticket], tickets.status[ticket]
        agent, requester, first = self._threads.response_times(ticket)
        solved = stamp(updated) if status >= 4 and status != 6 else None
        return {
            "agent_responded_at": stamp_or_none(agent),
            "requester_responded_at": stamp_or_none(requester),
            "first_responded_at": stamp_or_none(first),
            "status_updated_at": stamp(updated if solved else created),
            "reopened_at": stamp(updated) if status == 2 and ticket % 13 == 0 else None,
            "resolved_at": solved,
            "closed_at": solved if status == 5 else None,
            "pending_since": stamp(updated) if status == 3 else None,
        }

    def single_only(self, ticket: int, serial: int) -> Row:
        """The keys that only the single view has; attachment URLs are signed anew at each read."""
        row: dict[str, Any] = {"attachments": [], "source_additional_info": None}
        if ticket % 6 == 0:
            row["attachments"] = [attachment(ticket, self._tickets.created[ticket], serial)]
        if ticket % 50 == 1:
            row["associated_tickets_list"] = [number for number in (ticket + 1, ticket + 2) if number <= len(self._tickets)]
        return row


def attachment(number: int, at: int, serial: int) -> Row:
    """A file that hangs on a ticket or conversation."""
    url = f"https://files.example/{number}/bild%20{number}.png?Expires=300&Signature=s{serial}"
    return {
        "id": 8_000_000 + number,
        "name": f"bild {number}.png",
        "content_type": "image/png",
        "size": 1_000 + number,
        "attachment_url": url,
        "thumb_url": None if number % 4 else f"{url}&thumb=1",
        "created_at": stamp(at),
        "updated_at": stamp(at),
    }
