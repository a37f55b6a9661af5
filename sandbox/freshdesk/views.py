"""A ticket's row, as lists, includes and the single view show it (sheet 2.1, section 3)."""

from __future__ import annotations

from typing import Any

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.fields import Field, FieldSets, values
from sandbox.freshdesk.scale import Scale
from sandbox.freshdesk.threads import Threads
from sandbox.freshdesk.tickets import State, Tickets
from sandbox.table import Row
from sandbox.times import DAY, HOUR, stamp, stamp_or_none
from sandbox.words import SUBJECTS, TAGS, html, paragraph

_SOURCES = (1, 1, 1, 2, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 15, 101)
_TYPES = ("Question", "Incident", "Problem", "Refund", None)


_VARIANTS = 1_009


class TicketViews:
    """Makes rows out of a ticket's numbers and one of a thousand ready-made variants of all that is mere content."""

    def __init__(
        self,
        scale: Scale,
        tickets: Tickets,
        threads: Threads,
        products: list[int],
        mailboxes: list[int],
    ) -> None:
        self._scale = scale
        self._tickets = tickets
        self._threads = threads
        self._variants = [
            _variant(scale.seed, number, products, mailboxes) for number in range(_VARIANTS)
        ]
        self._descriptions = [_description(scale.seed, number) for number in range(_VARIANTS)]
        self._fields: tuple[Field, ...] = ()
        self._values: list[Row] = []

    def row(self, ticket: int, company: int | None, fields: FieldSets) -> Row:
        """List form, without any include. ``deleted`` is there in the trash only (SIO tests), ``archived`` in the archive."""
        tickets = self._tickets
        variant = self._variant_of(ticket)
        responder, group, state = (
            tickets.responder[ticket],
            tickets.group[ticket],
            tickets.state[ticket],
        )
        created = tickets.created[ticket]
        due = tickets.due_by(ticket)
        row: Row = {
            **self._variants[variant],
            "id": ticket,
            "spam": state == State.SPAM,
            "status": tickets.status[ticket],
            "group_id": ids.GROUPS + group if group else None,
            "requester_id": ids.CONTACTS + tickets.requester[ticket],
            "responder_id": ids.AGENTS + responder if responder else None,
            "company_id": company,
            "due_by": stamp_or_none(due),
            "fr_due_by": stamp_or_none(due and created + 8 * HOUR),
            "nr_due_by": stamp(created + 2 * DAY) if ticket % 4 == 0 else None,
            "created_at": stamp(created),
            "updated_at": stamp(tickets.updated[ticket]),
            "custom_fields": self._custom_fields(fields)[variant],
        }
        if ticket == tickets.odd_one:
            row["subject"] = "A NUL \0 character"
        if ticket % 10 == 0:
            row["urgent"] = True
        if patch := tickets.patches.get(ticket):
            row |= patch
        if state == State.DELETED:
            row["deleted"] = True
        elif state == State.ARCHIVED:
            row["archived"] = True
        return row

    def _variant_of(self, ticket: int) -> int:
        return ticket * 7_919 % _VARIANTS

    def _custom_fields(self, fields: FieldSets) -> list[Row]:
        if fields.ticket is not self._fields:
            scale, self._fields = self._scale, fields.ticket
            times = (scale.start + scale.span * number // _VARIANTS for number in range(_VARIANTS))
            self._values = [
                values(self._fields, ("ticket fields", scale.seed, number), at)
                for number, at in enumerate(times)
            ]
        return self._values

    def description(self, ticket: int) -> Row:
        """The three keys of include=description (DOCS)."""
        row = self._descriptions[self._variant_of(ticket)]
        return (
            {**row, "description_text": f"{row['description_text']}\0"}
            if ticket == self._tickets.odd_one
            else row
        )

    def stats(self, ticket: int) -> Row:
        """The object of include=stats: all response times null without a public reply (AB-REC)."""
        tickets = self._tickets
        created, updated, status = (
            tickets.created[ticket],
            tickets.updated[ticket],
            tickets.status[ticket],
        )
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
        if self._variants[self._variant_of(ticket)]["associated_tickets_count"]:
            row["associated_tickets_list"] = [
                number for number in (ticket + 1, ticket + 2) if number <= len(self._tickets)
            ]
        return row


def _variant(seed: int, number: int, products: list[int], mailboxes: list[int]) -> Row:
    dice = Dice("ticket variant", seed, number)
    emails = dice.below(8)
    support_email = "support@acme.example" if dice.below(4) else None
    copied = ["boss@example.com"] if emails == 1 else []
    shared = dice.below(20) == 0
    scored = dice.below(3) == 0
    return {
        "subject": "" if number % 97 == 5 else None if number % 89 == 6 else dice.pick(SUBJECTS),
        "priority": dice.below(4) + 1,
        "source": dice.pick(_SOURCES),
        "type": dice.pick(_TYPES),
        "tags": [dice.pick(TAGS) for _ in range(dice.below(3))],
        "cc_emails": None if emails == 0 else copied,
        "fwd_emails": None if emails == 0 else [],
        "reply_cc_emails": None if emails == 0 else copied,
        "ticket_cc_emails": None if emails == 0 else copied,
        "ticket_bcc_emails": None if emails == 0 else [],
        "to_emails": None if emails < 3 else ["support@acme.example"],
        "support_email": support_email,
        "email_config_id": dice.pick(mailboxes) if support_email else None,
        "product_id": dice.pick(products) if dice.chance(40) else None,
        "association_type": dice.below(4) + 1 if dice.chance(4) else None,
        "associated_tickets_count": 2 if dice.chance(2) else None,
        "fr_escalated": dice.chance(5),
        "nr_escalated": dice.chance(5),
        "is_escalated": dice.chance(10),
        "internal_agent_id": ids.AGENTS + 1 if shared else None,
        "internal_group_id": ids.GROUPS + 1 if shared else None,
        "sentiment_score": dice.below(100) if scored else None,
        "initial_sentiment_score": dice.below(100) if scored else None,
        "form_id": None,
    }


def _description(seed: int, number: int) -> Row:
    dice = Dice("description", seed, number)
    text = paragraph(dice, 2 + dice.below(5))
    body = html(text)
    structured = (
        {"description_contents": [{"type": "html", "data": {"content": body}}]}
        if number % 5 == 0
        else None
    )
    return {"description": body, "description_text": text, "structured_description": structured}


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
