"""Ratings and time entries, whose rows belong to tickets, and records of custom objects."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.data import load_templates
from sandbox.freshdesk.scale import Scale
from sandbox.freshdesk.threads import Threads
from sandbox.freshdesk.tickets import State, Ticket, Tickets
from sandbox.table import Row, Table
from sandbox.times import DAY, HOUR, MINUTE, date_of, stamp
from sandbox.words import SENTENCES

SCORES = (103, 103, 103, 102, 100, -102, -103)
_ROWS, _RECORDS = load_templates("tickets"), load_templates("records")


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
    row: Row = _ROWS["rating"](
        dice,
        **ticket.facts(),
        rating=rating,
        rated=at,
        score=dice.pick(SCORES),
        sentence=dice.pick(SENTENCES),
    )
    return row


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
            edited = min(ticket.base + dice.below(5 * DAY), scale.epoch)
            made["updated_at"] = stamp(edited)
        return made

    return Table(sorted(times, key=times.__getitem__, reverse=True), row)


def entry_row(ticket: Ticket, entry: int, agent: int, created: int, dice: Dice) -> Row:
    """A time entry. The day worked may be before or after the day it was written down (AB-REC)."""
    minutes = dice.below(300)
    row: Row = _ROWS["time_entry"](
        dice,
        **ticket.facts(),
        entry=entry,
        agent_id=agent,
        hours=minutes // 60,
        minutes=minutes % 60,
        seconds=minutes * MINUTE,
        sentence=dice.pick(SENTENCES),
        day=date_of(created + dice.below(11) * DAY - 5 * DAY),
        started=created - HOUR,
        written=created,
    )
    return row


def _with_extras(tickets: Tickets) -> list[Ticket]:
    """The tickets that may have ratings and time entries: none that is spam or purged."""
    built = (tickets[number] for number in range(1, tickets.built + 1))
    return [ticket for ticket in built if ticket.state not in (State.SPAM, State.PURGED)]


def records(scale: Scale) -> list[Row]:
    """The records of the custom objects, oldest first; one in eight belongs to the second one."""
    rows = []
    for number in range(1, scale.tickets // 4 + 9):
        dice = Dice("record", scale.seed, number)
        created = scale.start + scale.span * number // (scale.tickets + 9)
        times = {"created": 1_000 * created + 4, "updated": 1_000 * (created + dice.below(DAY)) + 9}
        rows.append(_RECORDS["30" if number % 8 else "31"](dice, number=number, **times))
    return rows
