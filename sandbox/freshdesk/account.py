"""A made-up Freshdesk account of any size: the same seed and size give the same rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from threading import RLock

from sandbox.app import clock_from
from sandbox.dice import Dice
from sandbox.freshdesk import extras, fields, ids, knowledge, office, people, setup
from sandbox.freshdesk.changes import Changes
from sandbox.freshdesk.threads import Threads
from sandbox.freshdesk.tickets import LISTED, State, Tickets
from sandbox.freshdesk.views import TicketViews
from sandbox.table import Row, Table
from sandbox.times import DAY, seconds_of

EPOCH = datetime(2026, 6, 1, tzinfo=timezone.utc)
YEARS_BACK = 2


class Account:
    """Everything in the account. ``changes`` changes it; whoever reads or changes holds ``lock``.

    ``tickets`` counts the live ones; trash (2 %), spam (1 %), archived (3 %) and purged ids (1 %) come on top. All built
    rows lie in the two years up to ``epoch``; later changes get the time of ``clock``. ``burst`` live tickets share one
    updated_at second.
    """

    def __init__(
        self,
        seed: int = 1,
        tickets: int = 1_000,
        *,
        burst: int = 0,
        epoch: datetime = EPOCH,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.seed = seed
        self.clock = clock or clock_from(epoch)
        self.lock = RLock()
        self.version = 0  # goes up with every change
        end = seconds_of(epoch)
        start = end - YEARS_BACK * 365 * DAY
        size = math.sqrt(tickets / 1_000)
        contacts, companies = max(10, tickets * 2 // 5), max(3, tickets * 6 // 100)
        agents, groups = max(3, round(12 * size)), max(2, round(5 * size))
        self.fields = fields.FieldSets()
        self.settings = setup.settings(start)
        self.settings |= knowledge.solutions(seed, start, max(1, tickets // 100))
        self.settings |= knowledge.discussions(seed, start, max(1, tickets // 100))
        skills = [row["id"] for row in self.settings["skills"]]
        self.settings["agents"] = office.agents(seed, agents, groups, skills, start, end)
        self.settings["groups"] = office.groups(seed, groups, self.settings["agents"], self.settings["business_hours"], start)
        self.settings["roles"] = office.roles(start)
        self.contacts = people.Contacts(seed, contacts, companies, start, end)
        self.companies = people.companies(seed, companies, self.fields, start, end)
        self.tickets = Tickets(seed, tickets, contacts, agents, groups, start, end, burst)
        self.threads = Threads(seed, self.tickets, agents)
        self.ratings = extras.ratings(seed, self.tickets, self.threads)
        self.time_entries = extras.TimeEntries(seed, self.tickets, agents, end).table()
        products = [row["id"] for row in self.settings["products"]]
        mailboxes = [row["id"] for row in self.settings["email_configs"]]
        self.views = TicketViews(seed, self.tickets, self.threads, products, mailboxes)
        self.changes = Changes(self)
        self._start = start
        self.api_key = f"Sb{Dice('key', seed).below(36**12):018x}"

    def now(self) -> int:
        """The clock's time in whole seconds."""
        return seconds_of(self.clock())

    def company_of(self, ticket: int) -> int | None:
        """The id of a ticket's company: its requester's."""
        employer = self.contacts.company[self.tickets.requester[ticket]]
        return ids.COMPANIES + employer if employer else None

    def ticket(self, id: int) -> Row:
        """A ticket in list form."""
        return self.views.row(id, self.company_of(id), self.fields)

    def contact(self, number: int) -> Row:
        """A contact in list form."""
        return self.contacts.row(number, self.fields)

    def company_brief(self, id: int | None) -> Row | None:
        """As embedded in a ticket by include=company."""
        return {"id": id, "name": self.companies.row(id)["name"]} if id else None

    def describe(self, plan: str) -> Row:
        """GET /account."""
        agents = self.settings["agents"]
        return setup.account(plan, self.seed, len(agents), agents[0]["contact"]["email"], self._start)

    def definitions(self, stream: str) -> list[Row]:
        """The rows of ticket_fields, admin_ticket_fields, contact_fields or company_fields."""
        if stream == "contact_fields":
            return fields.definitions("contact", self.fields.contact, self._start)
        if stream == "company_fields":
            return fields.definitions("company", self.fields.company, self._start)
        rows = fields.ticket_definitions(self.fields, self.settings["groups"], self.settings["agents"], self._start)
        return fields.admin_ticket_definitions(rows) if stream == "admin_ticket_fields" else rows

    def rows(self, stream: str, trash: bool = False) -> list[Row]:
        """Every row of a stream as its list shows it, for comparison with what a client read.

        tickets: live, spam and deleted. contacts: the default, blocked and deleted lists. conversations: those of live
        tickets, and with ``trash`` those of spam and deleted ones. archived_tickets and archived_conversations: the
        archive's single views and threads. agents and groups: the list's keys plus those of the single view.
        """
        with self.lock:
            return list(self._rows(stream, trash))

    def _rows(self, stream: str, trash: bool) -> Iterator[Row]:
        tickets = self.tickets
        if stream in ("tickets", "archived_tickets"):
            states: tuple[State, ...] = LISTED if stream == "tickets" else (State.ARCHIVED,)
            return (self.ticket(id) for state in states for id in tickets.ids(state))
        if stream in ("conversations", "archived_conversations"):
            states = (State.ARCHIVED,) if stream == "archived_conversations" else LISTED if trash else (State.LIVE,)
            return (row for state in states for id in tickets.ids(state) for row in self.threads.of(id))
        if stream == "contacts":
            return map(self.contact, range(len(self.contacts)))
        tables: dict[str, Table] = {
            "companies": self.companies,
            "satisfaction_ratings": self.ratings,
            "time_entries": self.time_entries,
        }
        if stream in tables:
            return iter(tables[stream])
        if stream.endswith("_fields"):
            return iter(self.definitions(stream))
        return iter(self.settings[stream])

    def add_field(self, kind: str, field: fields.Field) -> None:
        """A new custom field appears on tickets, contacts or companies."""
        self.fields = self.fields.with_field(kind, field)
