"""A made-up Freshdesk account of any size: the same seed and size give the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import RLock

from sandbox.app import clock_from
from sandbox.dice import Dice
from sandbox.freshdesk import extras, fields, ids, knowledge, office, people, setup
from sandbox.freshdesk.changes import Changes
from sandbox.freshdesk.scale import Scale
from sandbox.freshdesk.threads import Threads
from sandbox.freshdesk.tickets import LISTED, State, Tickets
from sandbox.freshdesk.views import TicketViews
from sandbox.table import Row
from sandbox.times import seconds_of

EPOCH = datetime(2026, 6, 1, tzinfo=UTC)


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
        scale = self.scale = Scale.until(epoch, seed, tickets, burst)
        self.fields = fields.FieldSets()
        self.settings = (
            setup.settings(scale.start) | knowledge.solutions(scale) | knowledge.discussions(scale)
        )
        self.settings["agents"] = office.agents(scale, self._ids("skills"))
        self.settings["groups"] = office.groups(
            scale, self.settings["agents"], self.settings["business_hours"]
        )
        self.settings["roles"] = office.roles(scale.start)
        self.contacts = people.Contacts(scale)
        self.companies = people.companies(scale, lambda: self.fields)
        self.company_briefs: dict[int, Row] = {}
        self.tickets = Tickets(scale)
        self.threads = Threads(scale, self.tickets)
        self.ratings = extras.ratings(seed, self.tickets, self.threads)
        self.time_entries = extras.TimeEntries(scale, self.tickets).table()
        self.views = TicketViews(
            scale, self.tickets, self.threads, self._ids("products"), self._ids("email_configs")
        )
        self.changes = Changes(self)
        self.api_key = f"Sb{Dice('key', seed).below(36**12):018x}"

    def _ids(self, stream: str) -> list[int]:
        return [row["id"] for row in self.settings[stream]]

    def now(self) -> int:
        """The clock's time in whole seconds."""
        return seconds_of(self.clock())

    def company_of(self, ticket: int) -> int | None:
        """The id of a ticket's company: its requester's."""
        employer = self.contacts.company[self.tickets.requester[ticket]]
        company = ids.COMPANIES + employer
        return company if company in self.companies else None

    def ticket(self, ticket: int) -> Row:
        """A ticket in list form."""
        return self.views.row(ticket, self.company_of(ticket), self.fields)

    def contact(self, number: int) -> Row:
        """A contact in list form."""
        return self.contacts.row(number, self.fields)

    def time_entry(self, entry: int) -> Row:
        """A time entry, with the company of its ticket."""
        row = self.time_entries.row(entry)
        return {**row, "company_id": self.company_of(row["ticket_id"])}

    def company_brief(self, company: int | None) -> Row | None:
        """As embedded in a ticket by include=company."""
        if company and company not in self.company_briefs:
            self.company_briefs[company] = {
                "id": company,
                "name": self.companies.row(company)["name"],
            }
        return self.company_briefs.get(company or 0)

    def describe(self, plan: str) -> Row:
        """GET /account."""
        agents = self.settings["agents"]
        return setup.account(
            plan, self.seed, len(agents), agents[0]["contact"]["email"], self.scale.start
        )

    def definitions(self, stream: str) -> list[Row]:
        """The rows of ticket_fields, admin_ticket_fields, contact_fields or company_fields."""
        if stream == "contact_fields":
            return fields.definitions("contact", self.fields.contact, self.scale.start)
        if stream == "company_fields":
            return fields.definitions("company", self.fields.company, self.scale.start)
        rows = fields.ticket_definitions(
            self.fields, self.settings["groups"], self.settings["agents"], self.scale.start
        )
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
            return (self.ticket(ticket) for state in states for ticket in tickets.ids(state))
        if stream in ("conversations", "archived_conversations"):
            states = (
                (State.ARCHIVED,)
                if stream == "archived_conversations"
                else LISTED
                if trash
                else (State.LIVE,)
            )
            return (
                row
                for state in states
                for ticket in tickets.ids(state)
                for row in self.threads.of(ticket)
            )
        if stream == "contacts":
            return map(self.contact, range(len(self.contacts)))
        if stream == "companies":
            return iter(self.companies)
        if stream == "satisfaction_ratings":
            return iter(self.ratings)
        if stream == "time_entries":
            return map(self.time_entry, self.time_entries.ids)
        if stream.endswith("_fields"):
            return iter(self.definitions(stream))
        return iter(self.settings[stream])
