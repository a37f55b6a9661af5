"""Satisfaction ratings and time entries: account-wide lists whose rows belong to tickets (sheet 2.1, section 3)."""

from __future__ import annotations

from sandbox.dice import Dice
from sandbox.freshdesk import ids
from sandbox.freshdesk.scale import Scale
from sandbox.freshdesk.threads import Threads
from sandbox.freshdesk.tickets import State, Tickets
from sandbox.table import Row, Table
from sandbox.times import DAY, HOUR, MINUTE, date_of, stamp
from sandbox.words import SENTENCES

SCORES = (103, 103, 103, 102, 100, -102, -103)
QUESTIONS = tuple(ids.SETTINGS + 911 + number for number in range(2))
SURVEY = ids.SETTINGS + 901


def ratings(seed: int, tickets: Tickets, threads: Threads) -> Table:
    """The ratings that the account was built with, newest first (inferred)."""
    rated = [ticket for ticket in _tickets_with_extras(tickets) if threads.rated(ticket)]
    rated.sort(key=tickets.base.__getitem__, reverse=True)
    return Table(
        (ids.RATINGS + ticket for ticket in rated),
        lambda rating: rating_row(
            seed, tickets, rating - ids.RATINGS, tickets.base[rating - ids.RATINGS]
        ),
    )


def rating_row(seed: int, tickets: Tickets, ticket: int, at: int) -> Row:
    """A rating of ticket ``id``; ``ratings`` is an object (DOCS, AB-REC)."""
    dice = Dice("rating", seed, ticket, at)
    responder, group = tickets.responder[ticket], tickets.group[ticket]
    scores = {"default_question": dice.pick(SCORES)}
    scores |= {f"question_{question}": dice.pick(SCORES) for question in QUESTIONS[: dice.below(3)]}
    return {
        "id": ids.RATINGS + ticket,
        "survey_id": SURVEY,
        "user_id": ids.CONTACTS + tickets.requester[ticket],
        "agent_id": ids.AGENTS + responder if responder else None,
        "feedback": None if dice.chance(30) else "" if dice.chance(10) else dice.pick(SENTENCES),
        "group_id": ids.GROUPS + group if group else None,
        "ticket_id": ticket,
        "created_at": stamp(at),
        "updated_at": stamp(at),
        "ratings": scores,
    }


class TimeEntries:
    """Derives the time entries that the account was built with."""

    def __init__(self, scale: Scale, tickets: Tickets) -> None:
        self._scale = scale
        self._tickets = tickets

    def table(self) -> Table:
        """All of them, newest first (AB-REC)."""
        entries = [
            ids.TIME_ENTRIES + ticket * ids.ENTRIES_PER_TICKET + number
            for ticket in _tickets_with_extras(self._tickets)
            for number in range(self._count(ticket))
        ]
        return Table(sorted(entries, key=self._created, reverse=True), self._row)

    def _count(self, ticket: int) -> int:
        roll = Dice("entries", self._scale.seed, ticket).below(100)
        return 2 if roll == 0 else 1 if roll < 11 else 0

    def _created(self, entry: int) -> int:
        ticket = (entry - ids.TIME_ENTRIES) // ids.ENTRIES_PER_TICKET
        created = self._tickets.created[ticket]
        return (
            created
            + (self._tickets.base[ticket] - created) * (entry % ids.ENTRIES_PER_TICKET + 1) // 3
        )

    def _row(self, entry: int) -> Row:
        """Some were edited after the last change of their ticket, which an edit doesn't bump (AB-REC)."""
        ticket, number = divmod(entry - ids.TIME_ENTRIES, ids.ENTRIES_PER_TICKET)
        dice = Dice("entry", self._scale.seed, ticket, number)
        created = updated = self._created(entry)
        if dice.chance(30):
            updated = min(self._tickets.base[ticket] + dice.below(5 * DAY), self._scale.epoch)
        agent = ids.AGENTS + 1 + dice.below(self._scale.agents)
        return entry_row(entry, ticket, agent, created, dice) | {"updated_at": stamp(updated)}


def entry_row(entry: int, ticket: int, agent: int, created: int, dice: Dice) -> Row:
    """A time entry; the day worked may be before or after the day it was written down (AB-REC)."""
    minutes = dice.below(300)
    day = date_of(created + dice.below(11) * DAY - 5 * DAY)
    return {
        "id": entry,
        "agent_id": agent,
        "ticket_id": ticket,
        "billable": dice.chance(60),
        "timer_running": dice.chance(5),
        "note": None if dice.chance(30) else "" if dice.chance(20) else dice.pick(SENTENCES),
        "time_spent": f"{minutes // 60:02d}:{minutes % 60:02d}",
        "time_spent_in_seconds": minutes * MINUTE,
        "executed_at": f"{day}T00:00:00Z" if dice.chance(50) else stamp(created),
        "start_time": stamp(created - HOUR),
        "created_at": stamp(created),
        "updated_at": stamp(created),
    }


def _tickets_with_extras(tickets: Tickets) -> list[int]:
    return [
        ticket
        for ticket in range(1, tickets.built + 1)
        if tickets.state[ticket] not in (State.SPAM, State.PURGED)
    ]
