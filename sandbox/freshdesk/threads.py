"""Conversations, which follow from their ticket's numbers until the thread is changed."""

from __future__ import annotations

from typing import Any, Literal

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.data import load, load_templates
from sandbox.freshdesk.scale import Scale
from sandbox.freshdesk.tickets import LONG_THREADS_EVERY, Tickets
from sandbox.table import Row
from sandbox.times import HOUR, parse, stamp, stamp_or_none
from sandbox.words import html, paragraph

Kind = Literal["note", "agent", "requester", "rating"]

_KINDS: dict[Kind, Row] = load("tickets")["kinds"]
"""What tells the kinds of conversations apart: DOCS; the trace of a rating AB-REC (ticket 23)."""
_ROW = load_templates("tickets")["conversation"]


class Threads:
    """Conversations of each ticket, oldest first."""

    def __init__(self, scale: Scale, tickets: Tickets) -> None:
        self._scale = scale
        self._tickets = tickets
        self._kept: dict[int, list[Row]] = {}  # threads that have been changed

    def _built(self, number: int) -> list[tuple[int, Kind]]:
        """When each conversation came, and its kind; the last one is the ticket's last change.

        Every fifth is a note; in the rest agent and requester take turns.
        """
        ticket, dice = self._tickets[number], Dice("thread", self._scale.seed, number)
        lifetime = ticket.base - ticket.created
        if not lifetime:
            return []
        is_long = number % LONG_THREADS_EVERY == 50
        count = 101 + dice.below(150) if is_long else dice.below(7)
        only_notes, is_rated = dice.chance(10), dice.chance(10)
        turns: tuple[Kind, Kind] = ("agent", "requester")
        kinds: list[Kind] = [
            "note" if only_notes or place % 5 == 4 else turns[place % 2] for place in range(count)
        ]
        if is_rated and kinds:
            kinds[-1] = "rating"
        return [(ticket.created + lifetime * n // count, kind) for n, kind in enumerate(kinds, 1)]

    def is_rated(self, ticket: int) -> bool:
        """Whether the ticket was built with a rating, which is its last change."""
        return any(kind == "rating" for _, kind in self._built(ticket))

    def response_times(self, ticket: int) -> tuple[int | None, int | None, int | None]:
        """When an agent and the requester last answered in public, and when an agent first did."""
        outline = self._built(ticket)
        if ticket in self._kept:
            outline = [(parse(row["created_at"]), _kind(row)) for row in self._kept[ticket]]
        by_agent = [at for at, kind in outline if kind == "agent"]
        by_requester = [at for at, kind in outline if kind == "requester"]
        answers = max(by_agent, default=None), max(by_requester, default=None)
        return (*answers, min(by_agent, default=None))

    def of(self, ticket: int) -> list[Row]:
        """The ticket's conversations."""
        if ticket in self._kept:
            return self._kept[ticket]
        outline = enumerate(self._built(ticket))
        return [self._row(ticket, number, at, kind) for number, (at, kind) in outline]

    def keep(self, ticket: int) -> list[Row]:
        """The same list, from now on open to changes."""
        return self._kept.setdefault(ticket, self.of(ticket))

    def append(self, ticket: int, at: int, kind: Kind, **fields: Any) -> Row:
        """Add a conversation to a ticket and return it."""
        thread = self.keep(ticket)
        row = self._row(ticket, len(thread), at, kind, may_be_edited=False) | fields
        thread.append(row)
        return row

    def _row(
        self, ticket: int, number: int, at: int, kind: Kind, may_be_edited: bool = True
    ) -> Row:
        dice = Dice("conversation", self._scale.seed, ticket, number)
        by_contact = _KINDS[kind]["incoming"]
        agent = self._tickets[ticket].responder or 1 + dice.below(self._scale.agents)
        requester = ids.CONTACTS + self._tickets[ticket].requester
        author = requester if by_contact else ids.AGENTS + agent
        text = "" if number % 10 == 9 else paragraph(dice, 1 + dice.below(4))
        edited = dice.chance(4) and may_be_edited and not by_contact
        edited_at = min(at + HOUR, self._scale.epoch) if edited else None
        row: Row = _ROW(
            dice,
            id=ids.CONVERSATIONS + ticket * ids.CONVERSATIONS_PER_TICKET + number,
            ticket=ticket,
            text=text,
            html=html(text) if text else "<div></div>",
            user_id=author,
            thread_id=1_000_000 + ticket,
            created_at=stamp(at),
            updated_at=stamp(edited_at or at),
            last_edited_at=stamp_or_none(edited_at),
            last_edited_user_id=author if edited else None,
            **_KINDS[kind],
        )
        return row


def _kind(row: Row) -> Kind:
    return next(kind for kind, facts in _KINDS.items() if row["category"] == facts["category"])
