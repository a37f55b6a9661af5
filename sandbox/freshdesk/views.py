"""A ticket's row, as lists, includes and the single view show it."""

from __future__ import annotations

from functools import cache, partial

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.data import load_templates
from sandbox.freshdesk.fields import CUSTOM, values
from sandbox.freshdesk.scale import Scale
from sandbox.freshdesk.threads import Threads
from sandbox.freshdesk.tickets import CLOSED, PENDING, SOLVED, State, Tickets
from sandbox.table import Row
from sandbox.times import DAY, HOUR, stamp, stamp_or_none
from sandbox.words import html, paragraph

_ROWS = load_templates("tickets")
_VARIANTS = 1_009


class TicketViews:
    """Makes rows of a ticket's numbers and one of a thousand variants of its content."""

    def __init__(self, scale: Scale, tickets: Tickets, threads: Threads) -> None:
        self._scale = scale
        self._tickets = tickets
        self._threads = threads
        self._variant = cache(partial(_variant, scale.seed))
        self._description = cache(partial(_description, scale.seed))
        self._custom_fields = cache(self._new_custom_fields)
        self.fields = CUSTOM["ticket"]

    def row(self, ticket: int) -> Row:
        """List form, without any include. ``deleted`` is there in the trash only (SIO-TESTS)."""
        tickets = self._tickets
        created, state = tickets.created[ticket], tickets.state[ticket]
        due = tickets.due_by(ticket)
        first_due = due and created + 8 * HOUR
        next_due = created + 2 * DAY if ticket % 4 == 0 else None
        related = self._related(ticket)
        answered, _, first_answered = self._threads.response_times(ticket)
        row: Row = {
            **self._variant(_variant_of(ticket)),
            "id": ticket,
            "spam": state == State.SPAM,
            "status": tickets.status[ticket],
            "group_id": ids.or_none(ids.GROUPS, tickets.group[ticket]),
            "requester_id": ids.CONTACTS + tickets.requester[ticket],
            "responder_id": ids.or_none(ids.AGENTS, tickets.responder[ticket]),
            "company_id": ids.or_none(ids.COMPANIES, tickets.company[ticket]),
            "association_type": 1 + ticket % 4 if related else None,
            "associated_tickets_count": len(related) or None,
            "due_by": stamp_or_none(due),
            "fr_due_by": stamp_or_none(first_due),
            "nr_due_by": stamp_or_none(next_due),
            "is_escalated": _is_later(self._solved_at(ticket), due),
            "fr_escalated": _is_later(first_answered, first_due),
            "nr_escalated": _is_later(answered, next_due),
            "created_at": stamp(created),
            "updated_at": stamp(tickets.updated[ticket]),
            "custom_fields": self._custom_fields(len(self.fields), _variant_of(ticket)),
        }
        if ticket == tickets.odd_one:
            row["subject"] = "A NUL \0 character"
        if ticket % 10 == 0:
            row["urgent"] = True
        row |= tickets.patches.get(ticket, {})
        if state == State.DELETED:
            row["deleted"] = True
        elif state == State.ARCHIVED:
            row["archived"] = True
        return row

    def _solved_at(self, ticket: int) -> int | None:
        tickets = self._tickets
        return tickets.status_at[ticket] if tickets.status[ticket] in SOLVED else None

    def _related(self, ticket: int) -> list[int]:
        """The two tickets before this one, for some."""
        return [ticket - 2, ticket - 1] if ticket > 2 and ticket % 25 == 0 else []

    def _new_custom_fields(self, count: int, variant: int) -> Row:
        at = self._scale.start + self._scale.span * variant // _VARIANTS
        return values(self.fields[:count], ("ticket fields", self._scale.seed, variant), at)

    def description(self, ticket: int) -> Row:
        """The three keys of include=description (DOCS)."""
        row = self._description(_variant_of(ticket))
        if ticket != self._tickets.odd_one:
            return row
        return {**row, "description_text": f"{row['description_text']}\0"}

    def stats(self, ticket: int) -> Row:
        """The object of include=stats. Without a public reply no response has a time (AB-REC)."""
        tickets = self._tickets
        agent, requester, first = self._threads.response_times(ticket)
        status, status_at = tickets.status[ticket], stamp(tickets.status_at[ticket])
        return {
            "agent_responded_at": stamp_or_none(agent),
            "requester_responded_at": stamp_or_none(requester),
            "first_responded_at": stamp_or_none(first),
            "status_updated_at": status_at,
            "reopened_at": stamp_or_none(tickets.reopened_at.get(ticket)),
            "resolved_at": stamp_or_none(self._solved_at(ticket)),
            "closed_at": status_at if status == CLOSED else None,
            "pending_since": status_at if status == PENDING else None,
        }

    def single_only(self, ticket: int, serial: int) -> Row:
        """The keys that only the single view has; ``serial`` signs the address of an attachment.

        It is signed anew at each read (DOCS).
        """
        row: Row = {"attachments": [], "source_additional_info": None}
        if ticket % 6 == 0:
            facts = {"id": 8_000_000 + ticket, "ticket": ticket, "size": 1_000 + ticket}
            created = stamp(self._tickets.created[ticket])
            file = _ROWS["attachment"](
                Dice("attachment", ticket), **facts, serial=serial, created_at=created
            )
            row["attachments"] = [file]
        if related := self._related(ticket):
            row["associated_tickets_list"] = related
        return row


def _is_later(at: int | None, due: int | None) -> bool:
    return at is not None and due is not None and at > due


def _variant_of(ticket: int) -> int:
    return ticket * 7_919 % _VARIANTS


def _variant(seed: int, number: int) -> Row:
    dice = Dice("ticket variant", seed, number)
    row: Row = _ROWS["ticket"](dice) | _ROWS["addresses"](dice)
    return row


def _description(seed: int, number: int) -> Row:
    dice = Dice("description", seed, number)
    text = paragraph(dice, 2 + dice.below(5))
    row: Row = _ROWS["description"](dice, text=text, html=html(text))
    return row
