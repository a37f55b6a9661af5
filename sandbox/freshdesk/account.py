"""The tables of a made-up Freshdesk account: the same seed and size give the same rows."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain

from sandbox.account import BaseAccount, Clock, Scale
from sandbox.chance import Dice
from sandbox.freshdesk import ids, people, threads
from sandbox.freshdesk.knowledge import Knowledge, records
from sandbox.freshdesk.tickets import LISTED, State, Tickets
from sandbox.freshdesk.views import TicketViews
from sandbox.table import Row, Table
from sandbox.template import fill, load
from sandbox.times import parse

EPOCH = datetime(2026, 6, 1, tzinfo=UTC)
_TABLES = load(__file__, "settings")


class Account(BaseAccount):
    """Everything in the account. All built rows lie in the two years up to EPOCH.

    seed: the same seed and size give the same account
    tickets: the live ones; trash (2 %), spam (1 %), archived (3 %) and purged ids (1 %) come on top
    burst: so many live tickets share one updated_at second
    """

    def __init__(
        self, seed: int = 1, tickets: int = 1_000, *, burst: int = 0, clock: Clock | None = None
    ) -> None:
        scale = Scale(EPOCH, seed, tickets, burst)
        super().__init__(scale, clock)
        agents = people.agents(scale)
        groups = people.groups(scale, agents)
        facts = people.facts(scale, agents, groups)
        self.settings: dict[str, list[Row]] = {
            **{stream: fill(rows, facts, Dice(stream)) for stream, rows in _TABLES.items()},
            **Knowledge(scale).rows,
            "agents": agents,
            "groups": groups,
            "admin_groups": [people.admin_group(group) for group in groups],
            "agents_availability": [people.availability(agent) for agent in agents],
        }
        self.contacts = people.Contacts(scale, self.settings["contact_fields"])
        self.tickets = Tickets(scale, self.contacts)
        self.threads = threads.Threads(scale, self.tickets)
        self.tables: dict[str, Table] = {
            "companies": people.companies(scale, self.settings["company_fields"]),
            "satisfaction_ratings": threads.ratings(seed, self.tickets, self.threads),
            "time_entries": threads.time_entries(scale, self.tickets),
        }
        self.records = records(scale)
        for rating in reversed(list(self.tables["satisfaction_ratings"])):
            self.rate_contact(rating)
        fields = self.settings["ticket_fields"]
        self.views = TicketViews(scale, self.tickets, self.threads, fields)
        self.api_key = f"Sb{Dice('key', seed).below(36**12):018x}"

    def _company_of(self, ticket: int) -> Row | None:
        """A ticket's company as include=company embeds it (SIO); none is {} or null."""
        company, companies = ids.COMPANIES + self.tickets[ticket].company, self.tables["companies"]
        if company in companies:
            return {"id": company, "name": companies.row(company)["name"]}
        return {} if ticket % 2 else None

    def included(self, ticket: int, name: str) -> Row:
        """What ``include=name`` adds to a ticket's row (DOCS)."""
        if name == "description":
            return self.views.description(ticket)
        if name == "stats":
            return {name: self.views.stats(ticket)}
        if name == "company":
            return {name: self._company_of(ticket)}
        return {name: self.contacts.brief(self.tickets[ticket].requester)}

    def rate_contact(self, rating: Row) -> None:
        """A rating becomes the csat_rating of the contact who gave it (inferred)."""
        contact = rating["user_id"]
        at = max(self.contacts[contact].updated, parse(rating["created_at"]))
        self.contacts.change(contact, at, csat_rating=rating["ratings"]["default_question"])

    def rows(self, stream: str, trash: bool = False) -> list[Row]:
        """Every row of a stream as its list shows it, agents and groups as their single view does.

        Tickets are live, spam and deleted ones, contacts those of all lists, and conversations
        those of live tickets and, with ``trash``, of spam and deleted ones.
        """
        with self.lock:
            return list(self._rows(stream, trash))

    def _rows(self, stream: str, trash: bool) -> Iterable[Row]:
        tickets = self.tickets
        listed = [ticket.id for state in LISTED for ticket in tickets.listed(state)]
        live = [ticket.id for ticket in tickets.listed(State.LIVE)]
        shown = listed if trash else live
        archived = tickets.ids_in(State.ARCHIVED)
        rows: dict[str, Iterable[Row]] = {
            "tickets": map(self.views.row, listed),
            "archived_tickets": map(self.views.row, archived),
            "conversations": chain.from_iterable(map(self.threads.of, shown)),
            "archived_conversations": chain.from_iterable(map(self.threads.of, archived)),
            "contacts": map(self.contacts.row, self.contacts),
            "custom_object_records": self.records,
            **self.tables,
        }
        return rows[stream] if stream in rows else self.settings[stream]
