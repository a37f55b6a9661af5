"""A made-up Zendesk Support account of any size: the same seed and size give the same rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from threading import RLock

from sandbox.app import clock_from
from sandbox.dice import Dice
from sandbox.table import Row
from sandbox.times import DAY, seconds_of, stamp
from sandbox.zendesk_support import history, ids, knowledge, setup
from sandbox.zendesk_support.changes import Changes
from sandbox.zendesk_support.feed import Listing
from sandbox.zendesk_support.metrics import MetricEvents, metric_set
from sandbox.zendesk_support.people import Organizations, Users
from sandbox.zendesk_support.people import State as PersonState
from sandbox.zendesk_support.threads import Threads
from sandbox.zendesk_support.ticket_views import TicketViews
from sandbox.zendesk_support.tickets import State, Tickets

EPOCH = datetime(2026, 6, 1, tzinfo=UTC)
YEARS_BACK = 2
PREFIX = "zendesk_"
# Names under which sheet 2.4 knows some streams.
ALIASES = {
    "account_attributes": "attributes",
    "talk_calls": "calls",
    "talk_legs": "legs",
    "talk_phone_numbers": "phone_numbers",
    "ticket_activities": "activities",
    "ticket_skips": "skips",
}


class Account:
    """Everything in the account. ``changes`` changes it; whoever reads or changes holds ``lock``.

    ``tickets`` counts what the export shows: live, archived (about half) and deleted ones (2 %); purged ids (1 %) come on
    top. All built rows lie in the two years up to ``epoch``, and what is archived is so as of then; later changes get the
    time of ``clock``. ``burst`` tickets were touched by the system in one second, ``event_burst`` others updated in one
    second, ``user_burst`` users and ``organization_burst`` organizations likewise.
    """

    def __init__(
        self,
        seed: int = 1,
        tickets: int = 1_000,
        *,
        burst: int = 0,
        event_burst: int = 0,
        user_burst: int = 0,
        organization_burst: int = 0,
        epoch: datetime = EPOCH,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.seed = seed
        self._clock = clock or clock_from(epoch)
        self.ahead = 0  # seconds by which the account's time was moved on
        self.lock = RLock()
        self.version = 0  # goes up with every change
        end = seconds_of(epoch)
        start = end - YEARS_BACK * 365 * DAY
        size = math.sqrt(tickets / 1_000)
        agents, groups = max(3, round(12 * size)), max(3, round(5 * size))
        requesters = max(10, tickets * 2 // 5, user_burst)
        companies = max(3, tickets * 6 // 100, organization_burst)
        self.organizations = Organizations(seed, companies, start, end, organization_burst)
        self.users = Users(seed, agents, requesters, companies, start, end, user_burst)
        self.tickets = Tickets(
            seed, tickets, (agents + 1, requesters), agents, start, end, burst, event_burst
        )
        self.threads = Threads(seed, self.tickets, agents)
        self.metric_events = MetricEvents(seed, self.tickets, end)
        self.views = TicketViews(seed, self.tickets, self.threads, self.users)
        self.tables: dict[str, dict[int | str, Row]] = {}
        self._makers: dict[str, Callable[[], Iterable[Row]]] = {
            "groups": lambda: setup.groups(seed, groups, start),
            "group_memberships": lambda: setup.group_memberships(agents, groups, start),
            "macros": lambda: setup.macros(seed, max(8, round(120 * size)), start),
            "tags": lambda: setup.tags(min(20_000, max(30, round(300 * size)))),
            "organization_memberships": self._memberships,
            "satisfaction_ratings": lambda: history.ratings(seed, self.tickets),
            "skips": lambda: history.skips(self.tickets),
            "activities": lambda: history.activities(self.tickets, end),
            "audit_logs": lambda: history.audit_logs(
                seed, max(5, tickets // 10), self._ended(), start, end
            ),
            "calls": lambda: history.calls(seed, self.tickets),
            "legs": lambda: history.legs(list(self.table("calls").values())),
            "phone_numbers": lambda: setup.named(
                980,
                ("Main line",),
                "channels/voice/phone_numbers",
                start,
                "nickname",
                number="+15550100",
            ),
        }
        for stream, rows in {
            **setup.settings(start),
            **knowledge.help_center(seed, start, max(3, tickets // 100)),
        }.items():
            self.tables[stream] = {row["id"]: row for row in rows}
        self._listings: dict[tuple[str, tuple[str, ...]], tuple[int, Listing]] = {}
        self.changes = Changes(self)
        self.secret = f"{Dice('secret', seed).below(36**12):018x}"

    def now(self) -> int:
        """The account's time in whole seconds."""
        return seconds_of(self._clock() + timedelta(seconds=self.ahead))

    def _ended(self) -> list[tuple[int, int]]:
        people = self.organizations
        return [
            (number, people.updated[number])
            for number in people.numbers()
            if people.state[number] != PersonState.ACTIVE
        ]

    def _memberships(self) -> Iterable[Row]:
        for number in self.users.numbers():
            if organization := self.users.organization[number]:
                own_id, at = (
                    ids.ORGANIZATION_MEMBERSHIPS + number,
                    stamp(self.users.created[number]),
                )
                row: Row = {
                    "url": ids.url(f"organization_memberships/{own_id}"),
                    "id": own_id,
                    "user_id": ids.USERS + number,
                }
                row |= {
                    "organization_id": ids.ORGANIZATIONS + organization,
                    "default": True,
                    "organization_name": "",
                    "view_tickets": True,
                }
                yield {**row, "created_at": at, "updated_at": at if number % 4 else None}

    def table(self, stream: str) -> dict[int | str, Row]:
        """A small stream's rows by id (tags: by name), open to change; made when first asked for."""
        if stream not in self.tables:
            key = "name" if stream == "tags" else "id"
            self.tables[stream] = {row[key]: row for row in self._makers[stream]()}
        return self.tables[stream]

    def settle(self) -> None:
        """Make everything that is derived from the account as it was built, before a change; nothing the second time."""
        for stream in self._makers:
            self.table(stream)
        self.threads.build()
        self.metric_events.build()

    # Rows of the big streams

    def ticket(self, ticket: int) -> Row:
        """As lists and exports show it."""
        return self.views.row(ticket, list(self.tables["ticket_fields"].values()))

    def metrics(self, ticket: int) -> Row:
        """A ticket's metric set."""
        return metric_set(self.seed, self.tickets, ticket)

    def user(self, number: int) -> Row:
        """As lists and exports show it."""
        return self.users.row(number, list(self.tables["user_fields"].values()))

    def organization(self, number: int) -> Row:
        """As lists and exports show it."""
        return self.organizations.row(number, list(self.tables["organization_fields"].values()))

    def deleted_ticket(self, ticket: int) -> Row:
        """As /deleted_tickets shows it; updated_at = deleted_at (BRU)."""
        at = stamp(self.tickets.updated[ticket])
        row: Row = {
            "id": ticket,
            "subject": self.ticket(ticket)["subject"],
            "description": None,
            "actor": {"id": ids.USERS + 1, "name": "Ada"},
        }
        return row | {"deleted_at": at, "previous_state": "solved"}

    # Lists

    def listing(self, stream: str, *order: str) -> Listing:
        """A stream in the order of some of its fields; small ones are sorted once until the next change."""
        if stream == "tickets" and order == ("updated_at", "id"):
            return Listing(
                order, self.tickets.listed, lambda key: self.ticket(key[1]), ids.INTERNAL_TICKETS
            )
        if stream == "users" and order == ("updated_at", "id"):
            return Listing(order, self.users.listed, lambda key: self.user(key[1]), ids.USERS)
        if stream == "organizations" and order == ("updated_at", "id"):
            return Listing(
                order,
                self.organizations.listed,
                lambda key: self.organization(key[1]),
                ids.ORGANIZATIONS,
            )
        version, known = self._listings.get((stream, order), (-1, None))
        if known is None or version != self.version:
            known = self._sorted(stream, order)
            self._listings[stream, order] = (self.version, known)
        return known

    def _sorted(self, stream: str, order: tuple[str, ...]) -> Listing:
        tickets, users = self.tickets, self.users
        if stream in ("tickets", "ticket_metrics"):
            numbers = sorted(number for _, number in tickets.listed)
            make = self.ticket if stream == "tickets" else self.metrics
            return Listing(("id",), [(number,) for number in numbers], lambda key: make(key[0]))
        if stream == "users":
            return Listing(
                ("id",),
                sorted((number,) for _, number in users.listed),
                lambda key: self.user(key[0]),
                ids.USERS,
            )
        if stream == "organizations":
            keys = sorted((number,) for _, number in self.organizations.listed)
            return Listing(("id",), keys, lambda key: self.organization(key[0]), ids.ORGANIZATIONS)
        if stream == "deleted_tickets":
            gone = sorted(
                (tickets.updated[ticket], ticket)
                for ticket in tickets.ids()
                if tickets.state[ticket] == State.DELETED
            )
            return Listing(
                ("deleted_at", "id"),
                gone,
                lambda key: self.deleted_ticket(key[1]),
                ids.INTERNAL_TICKETS,
            )
        if stream == "ticket_audits":
            told = [
                key
                for key in self.threads.feed
                if tickets.state[key[1] // ids.AUDITS_PER_TICKET] == State.LIVE
            ]
            return Listing(
                ("at", "id"),
                told,
                lambda key: self.threads.audit(*divmod(key[1], ids.AUDITS_PER_TICKET)),
            )
        if stream == "deleted_users":
            lost = sorted(
                (number,) for number in users.numbers() if users.state[number] != PersonState.ACTIVE
            )
            return Listing(("id",), lost, lambda key: self.user(key[0]), ids.USERS)
        return Listing.of(self.table(stream).values(), *order)

    def rows(self, stream: str, until: int) -> list[Row]:
        """Every row of a stream that a client can reach, for comparison with what one read; KeyError for an unknown stream.

        The seed's and the sheet's names are understood, too. tickets, users, organizations, ticket_events,
        ticket_metric_events: as the exports show them, changes after ``until`` left out. ticket_metrics, audits,
        ticket_comments: of all tickets that are not deleted.
        """
        stream = stream.removeprefix(PREFIX)
        stream = ALIASES.get(stream, stream)
        tickets, users = self.tickets, self.users
        read = [
            ticket
            for ticket in tickets.ids()
            if tickets.state[ticket] != State.DELETED and tickets.generated[ticket] <= until
        ]
        makers: dict[str, Callable[[], Iterable[Row]]] = {
            "tickets": lambda: (
                self.ticket(ticket) for at, ticket in tickets.exported if at <= until
            ),
            "ticket_metrics": lambda: map(self.metrics, read),
            "audits": lambda: (row for ticket in read for row in self.threads.audits(ticket)),
            "ticket_comments": lambda: (
                row for ticket in read for row in self.threads.comments(ticket)
            ),
            "ticket_events": lambda: (
                self.threads.event(number, True) for at, number in self.threads.feed if at <= until
            ),
            "ticket_metric_events": lambda: (
                self.metric_events.row(number)
                for at, number in self.metric_events.feed
                if at <= until
            ),
            "users": lambda: (self.user(number) for at, number in users.exported if at <= until),
            "user_identities": lambda: (
                row for number in users.numbers() for row in users.identities(number)
            ),
            "organizations": lambda: (
                self.organization(number)
                for at, number in self.organizations.exported
                if at <= until
            ),
            "side_conversations": lambda: (
                row
                for ticket in read
                for row in history.side_conversations(self.seed, tickets, ticket)
            ),
            "deleted_tickets": lambda: self._every("deleted_tickets"),
            "deleted_users": lambda: self._every("deleted_users"),
        }
        with self.lock:
            return list(makers[stream]() if stream in makers else self.table(stream).values())

    def _every(self, stream: str) -> Iterable[Row]:
        listing = self.listing(stream)
        return map(listing.row, listing.keys)
