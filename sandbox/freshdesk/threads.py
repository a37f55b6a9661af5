"""Conversations, ratings and time entries, which follow from their tickets until they change."""

from typing import Any, Literal

from sandbox.account import Scale, is_long
from sandbox.chance import SENTENCES, Dice, html, paragraph
from sandbox.freshdesk import ids
from sandbox.freshdesk.tickets import State, Ticket, Tickets
from sandbox.table import Row, Table
from sandbox.template import load, templates
from sandbox.times import DAY, HOUR, MINUTE, date_of, parse, stamp

Kind = Literal["note", "agent", "requester", "rating"]

_KINDS: dict[Kind, Row] = load(__file__, "tickets")["kinds"]
"""What tells the kinds of conversations apart: DOCS; the trace of a rating AB-REC (ticket 23)."""
_ROWS = templates(__file__, "tickets")
_SCORES = (103, 103, 103, 102, 100, -102, -103)


class Threads:
    """Conversations of each ticket, oldest first. Threads that were changed are kept."""

    def __init__(self, scale: Scale, tickets: Tickets) -> None:
        self._scale = scale
        self._tickets = tickets
        self._changed: dict[int, list[Row]] = {}

    def _built(self, number: int) -> list[tuple[int, Kind]]:
        """When each conversation came, and its kind; the last one is the ticket's last change."""
        ticket, dice = self._tickets[number], Dice("thread", self._scale.seed, number)
        lifetime = ticket.base - ticket.created
        if not lifetime:
            return []
        count = 101 + dice.below(150) if is_long(number) else dice.below(7)
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

    def response_times(self, ticket: int) -> dict[str, int | None]:
        """When the "agent" and the "contact" last answered in public, and the agent "first" did."""
        outline = self._built(ticket)
        if ticket in self._changed:
            outline = [(parse(row["created_at"]), _kind(row)) for row in self._changed[ticket]]
        by_agent = [at for at, kind in outline if kind == "agent"]
        by_requester = [at for at, kind in outline if kind == "requester"]
        last, first = max(by_agent, default=None), min(by_agent, default=None)
        return {"agent": last, "contact": max(by_requester, default=None), "first": first}

    def of(self, ticket: int) -> list[Row]:
        """The ticket's conversations."""
        if ticket in self._changed:
            return self._changed[ticket]
        outline = enumerate(self._built(ticket))
        return [self._row(ticket, number, at, kind) for number, (at, kind) in outline]

    def keep(self, ticket: int) -> list[Row]:
        """The same list, from now on open to changes."""
        return self._changed.setdefault(ticket, self.of(ticket))

    def append(self, ticket: int, at: int, kind: Kind, **fields: Any) -> Row:
        """Adds a conversation to a ticket and returns it."""
        thread = self.keep(ticket)
        thread.append(self._row(ticket, len(thread), at, kind, may_be_edited=False) | fields)
        return thread[-1]

    def _row(self, key: int, number: int, at: int, kind: Kind, may_be_edited: bool = True) -> Row:
        dice, ticket = Dice("conversation", self._scale.seed, key, number), self._tickets[key]
        by_contact = _KINDS[kind]["incoming"]
        agent = ids.AGENTS + (ticket.responder or 1 + dice.below(self._scale.agents))
        author = ticket.requester if by_contact else agent
        text = "" if number % 10 == 9 else paragraph(dice, 1 + dice.below(4))
        edited = dice.chance(4) and may_be_edited and not by_contact
        edited_at = min(at + HOUR, self._scale.end) if edited else None
        return _ROWS["conversation"](
            dice,
            id=ids.CONVERSATIONS + key * ids.CONVERSATIONS_PER_TICKET + number,
            ticket=key,
            text=text,
            html=html(text) if text else "<div></div>",
            author=author,
            created=at,
            updated=edited_at or at,
            edited=edited_at,
            editor=author if edited else None,
            **_KINDS[kind],
        )


def _kind(row: Row) -> Kind:
    return next(kind for kind, facts in _KINDS.items() if row["category"] == facts["category"])


def ratings(seed: int, tickets: Tickets, threads: Threads) -> Table:
    """The ratings that the account was built with, newest first (inferred)."""
    rated = [ticket for ticket in _with_extras(tickets) if threads.is_rated(ticket.id)]
    rated.sort(key=lambda ticket: ticket.base, reverse=True)

    def row(key: int) -> Row:
        ticket = tickets[key - ids.RATINGS]
        return rating_row(seed, ticket, key, ticket.base)

    return Table((ids.RATINGS + ticket.id for ticket in rated), row)


def rating_row(seed: int, ticket: Ticket, rating: int, at: int) -> Row:
    """A rating of a ticket; ``ratings`` is an object (DOCS, AB-REC)."""
    dice = Dice("rating", seed, ticket.id, at)
    given = {"score": dice.pick(_SCORES), "sentence": dice.pick(SENTENCES)}
    return _ROWS["rating"](dice, **vars(ticket), rating=rating, rated=at, **given)


def time_entries(scale: Scale, tickets: Tickets) -> Table:
    """The time entries that the account was built with, newest first (AB-REC)."""
    times: dict[int, int] = {}
    for ticket in _with_extras(tickets):
        roll = Dice("entries", scale.seed, ticket.id).below(100)
        for number in range((roll < 11) + (roll == 0)):
            entry = ids.TIME_ENTRIES + ticket.id * ids.ENTRIES_PER_TICKET + number
            times[entry] = ticket.created + (ticket.base - ticket.created) * (number + 1) // 3

    def row(entry: int) -> Row:
        """Some were edited after their ticket last changed, which that doesn't move (AB-REC)."""
        ticket = tickets[(entry - ids.TIME_ENTRIES) // ids.ENTRIES_PER_TICKET]
        dice = Dice("entry", scale.seed, entry)
        agent = ids.AGENTS + 1 + dice.below(scale.agents)
        made = entry_row(ticket, entry, agent, times[entry], dice)
        if dice.chance(30):
            edited = min(ticket.base + dice.below(5 * DAY), scale.end)
            made["updated_at"] = stamp(edited)
        return made

    return Table(sorted(times, key=times.__getitem__, reverse=True), row)


def entry_row(ticket: Ticket, entry: int, agent: int, created: int, dice: Dice) -> Row:
    """A time entry. The day worked may be before or after the day it was written down (AB-REC)."""
    minutes = dice.below(300)
    return _ROWS["time_entry"](
        dice,
        **vars(ticket),
        entry=entry,
        agent_id=agent,
        hours=minutes // 60,
        minutes=minutes % 60,
        seconds=minutes * MINUTE,
        sentence=dice.pick(SENTENCES),
        day=date_of(created + dice.below(11) * DAY - 5 * DAY),
        written=created,
    )


def _with_extras(tickets: Tickets) -> list[Ticket]:
    """The tickets that may have ratings and time entries: none that is spam or purged."""
    built = (tickets[number] for number in range(1, tickets.built + 1))
    return [ticket for ticket in built if ticket.state not in (State.SPAM, State.PURGED)]
