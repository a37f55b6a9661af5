"""A ticket's row, as lists, includes and the single view show it."""

from collections.abc import Sequence
from functools import cache

from sandbox.account import Scale
from sandbox.chance import Dice, html, paragraph
from sandbox.freshdesk.fields import values
from sandbox.freshdesk.threads import Threads
from sandbox.freshdesk.tickets import CLOSED, PENDING, SOLVED, State, Ticket, Tickets
from sandbox.table import Row
from sandbox.template import templates
from sandbox.times import DAY, HOUR

_ROWS = templates(__file__, "tickets")
_VARIANTS = 1_009


class TicketViews:
    """Makes rows of a ticket's numbers and one of a thousand variants of its content."""

    def __init__(
        self, scale: Scale, tickets: Tickets, threads: Threads, fields: Sequence[Row]
    ) -> None:
        self._scale, self._fields = scale, fields
        self._tickets, self._threads = tickets, threads
        self._custom_fields = cache(self._new_custom_fields)

    def row(self, number: int) -> Row:
        """The list form, without any include. Only the trash has ``deleted`` (SIO-TESTS)."""
        ticket, variant = self._tickets[number], _variant_of(number)
        due, created = _due(ticket), ticket.created
        first_due, next_due = due and created + 8 * HOUR, None if number % 4 else created + 2 * DAY
        related = _related(number)
        answers = self._threads.response_times(number)
        listed = _ROWS["listed"](
            **vars(ticket),
            spam=ticket.state == State.SPAM,
            association_type=1 + number % 4 if related else None,
            related=len(related) or None,
            due=due,
            first_due=first_due,
            next_due=next_due,
            is_escalated=_is_later(_since(ticket, *SOLVED), due),
            fr_escalated=_is_later(answers["first"], first_due),
            nr_escalated=_is_later(answers["agent"], next_due),
            custom_fields=self._custom_fields(len(self._fields), variant),
        )
        row = {**_variant(self._scale.seed, variant), **listed}
        if number == self._tickets.nul_ticket:
            row["subject"] = "A NUL \0 character"
        if number % 10 == 0:
            row["urgent"] = True
        row |= ticket.patches
        if ticket.state in (State.DELETED, State.ARCHIVED):
            row[ticket.state.name.lower()] = True
        return row

    def _new_custom_fields(self, count: int, variant: int) -> Row:
        at = self._scale.start + self._scale.span * variant // _VARIANTS
        return values(self._fields[:count], ("ticket fields", self._scale.seed, variant), at)

    def description(self, number: int) -> Row:
        """The three keys of include=description (DOCS)."""
        row = _description(self._scale.seed, _variant_of(number))
        if number != self._tickets.nul_ticket:
            return row
        return {**row, "description_text": f"{row['description_text']}\0"}

    def stats(self, number: int) -> Row:
        """The object of include=stats. Without a public reply no response has a time (AB-REC)."""
        ticket = self._tickets[number]
        return _ROWS["stats"](
            **vars(ticket),
            **self._threads.response_times(number),
            solved=_since(ticket, *SOLVED),
            closed=_since(ticket, CLOSED),
            pending=_since(ticket, PENDING),
        )

    def single_only(self, number: int, serial: int) -> Row:
        """The keys of the single view only; ``serial`` signs addresses anew at each read (DOCS)."""
        row = _ROWS["single"](n=number, serial=serial, **vars(self._tickets[number]))
        if related := _related(number):
            row["associated_tickets_list"] = related
        return row


def _due(ticket: Ticket) -> int | None:
    """When the ticket must be solved; some have no such time."""
    if ticket.id % 11 == 0:
        return None
    return ticket.created + (8 * HOUR if ticket.id % 3 == 0 else 3 * DAY)


def _since(ticket: Ticket, *statuses: int) -> int | None:
    """Since when the ticket has one of these statuses, or None."""
    return ticket.status_at if ticket.status in statuses else None


def _related(number: int) -> list[int]:
    """The two tickets before this one, for some."""
    return [number - 2, number - 1] if number > 2 and number % 25 == 0 else []


def _is_later(at: int | None, due: int | None) -> bool:
    return at is not None and due is not None and at > due


def _variant_of(number: int) -> int:
    return number * 7_919 % _VARIANTS


@cache
def _variant(seed: int, number: int) -> Row:
    dice = Dice("ticket variant", seed, number)
    return _ROWS["ticket"](dice) | _ROWS["addresses"](dice)


@cache
def _description(seed: int, number: int) -> Row:
    dice = Dice("description", seed, number)
    text = paragraph(dice, 2 + dice.below(5))
    return _ROWS["description"](dice, text=text, html=html(text))
