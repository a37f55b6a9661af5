"""A made-up Zendesk Support account of any size: the same seed and size give the same rows."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property

from sandbox.account import BaseAccount, Clock
from sandbox.chance import Dice
from sandbox.table import Row, without
from sandbox.template import templates
from sandbox.times import stamp
from sandbox.zendesk_support import ids, tables
from sandbox.zendesk_support.audits import Audits
from sandbox.zendesk_support.history import EVENTS, STATUS_IDS, History
from sandbox.zendesk_support.login import Login
from sandbox.zendesk_support.metrics import Metrics
from sandbox.zendesk_support.people import Organizations, People, Users
from sandbox.zendesk_support.population import Feed, Listing, Population, Size, State, Tickets
from sandbox.zendesk_support.tables import SmallStreams

EPOCH = datetime(2026, 6, 1, tzinfo=UTC)
PREFIX = "zendesk_"
ALIASES = {
    "account_attributes": "attributes",
    "talk_calls": "calls",
    "talk_legs": "legs",
    "talk_phone_numbers": "phone_numbers",
    "ticket_activities": "activities",
    "ticket_skips": "skips",
}
"""Streams that the tap calls otherwise than the API."""

_ROWS = templates(__file__, "rows")
_UNSET = dict.fromkeys(EVENTS["opening"])
_CHANNELS: tuple[str | int, ...] = ("web", "email", "email", "api", "chat", "native_messaging", 29)


class Account(BaseAccount):
    """Everything in the account. All built rows lie in the two years up to EPOCH.

    ``ahead`` is by how many seconds the account's time was moved on.

    seed: the same seed and size give the same account
    tickets: what the export shows: live, archived (about half) and deleted ones (2 %); purged ids
        (1 %) come on top
    burst: so many tickets were touched by the system in one second
    event_burst: so many others were updated in one second
    user_burst, organization_burst: so many users, or organizations, were updated in one second
    """

    def __init__(
        self,
        seed: int = 1,
        tickets: int = 1_000,
        *,
        clock: Clock | None = None,
        burst: int = 0,
        event_burst: int = 0,
        user_burst: int = 0,
        organization_burst: int = 0,
    ) -> None:
        size = Size(EPOCH, seed, tickets, burst, event_burst, user_burst, organization_burst)
        super().__init__(size, clock)
        self.ahead = 0
        self.organizations = Organizations(size, lambda: self.table("organization_fields").values())
        self.users = Users(size, lambda: self.table("user_fields").values())
        self.tickets = Tickets(size, self.ticket)
        self.history = History(size, self.tickets)
        self.audits = Audits(size.seed, self.history)
        self.login = Login(f"{Dice('secret', seed).below(36**12):018x}", self.now)
        self.people: dict[str, People] = {"users": self.users, "organizations": self.organizations}
        self.big: dict[str, Population] = {"tickets": self.tickets, **self.people}
        """The streams whose rows are made of numbers, by name; the small ones are tables."""
        self.children: dict[str, tuple[str, Callable[[int], list[Row]]]] = {
            "audits": ("tickets", self.audits.audits),
            "ticket_comments": ("tickets", self.audits.comments),
            "side_conversations": ("tickets", self._side_conversations),
            "conversation_log": ("tickets", self.audits.conversation_log),
            "user_identities": ("users", self.users.identities),
        }
        self._tables: dict[str, dict[int | str, Row]] = {}
        self._metric_events: dict[int, dict[int, Row]] = {}
        self._small = SmallStreams(size, self.tickets, self.history)
        gone = self.organizations.in_state(State.DELETED)
        ended = [(number, self.organizations.updated[number]) for number in gone]
        self._makers: dict[str, Callable[[], Iterable[Row]]] = {
            "tags": lambda: tables.tags(size),
            "organization_memberships": self._memberships,
            "satisfaction_ratings": self._ratings,
            "audit_logs": lambda: tables.audit_logs(size, ended),
        }
        """The small streams that no table describes."""

    def _ratings(self) -> Iterator[Row]:
        """Returns the ratings of tickets that were rated before any change to the account."""
        rated = filter(self.history.is_rated, self.tickets.built_numbers())
        return filter(None, map(self.rating, rated))

    def rating(self, ticket: int) -> Row | None:
        """Returns a ticket's rating, or None where it was never asked for."""
        return self.audits.rating(ticket, ids.USERS + self.tickets.requester[ticket])

    def _side_conversations(self, ticket: int) -> list[Row]:
        rows = self.table("side_conversations").values()
        return [row for row in rows if row["ticket_id"] == ticket]

    def _memberships(self) -> Iterator[Row]:
        for number, organization in self.users.organization.items():
            yield _ROWS["organization_membership"](
                n=number,
                id=ids.ORGANIZATION_MEMBERSHIPS + number,
                user=ids.USERS + number,
                organization=ids.ORGANIZATIONS + organization,
                name=self.organizations.name(organization),
                created=self.users.created[number],
            )

    def seconds(self) -> float:
        """Returns the clock's time in seconds since 1970, moved on."""
        return super().seconds() + self.ahead

    def table(self, stream: str) -> dict[int | str, Row]:
        """Returns a small stream's rows by id (tags: by name), open to change.

        Rows without an id are there by their places. KeyError if there is no such stream.
        """
        if stream not in self._tables:
            is_small = stream in self._small
            rows = self._small.rows(stream).values() if is_small else self._makers[stream]()
            key = "name" if stream == "tags" else "id"
            self._tables[stream] = {row.get(key, n): row for n, row in enumerate(rows, 1)}
        return self._tables[stream]

    @cached_property
    def events(self) -> Feed:
        """All audits of tickets that are not purged: (time, ticket * AUDITS_PER_TICKET + n)."""
        return Feed(
            (at, ticket * ids.AUDITS_PER_TICKET + number)
            for ticket in self.tickets.numbers()
            for number, at in enumerate(self.history.times(ticket))
        )

    @cached_property
    def metric_events(self) -> Feed:
        """All metric events: (time, ticket * METRIC_EVENTS_PER_TICKET + number)."""
        return Feed(
            (event["at"], ticket * ids.METRIC_EVENTS_PER_TICKET + number)
            for ticket in self.tickets.numbers()
            for number, event in self.metric_events_of(ticket).items()
        )

    def metric_events_of(self, ticket: int) -> dict[int, Row]:
        """Returns a ticket's metric events by number, with ``at`` in epoch seconds."""
        if ticket not in self._metric_events:
            self._metric_events[ticket] = dict(enumerate(self.counted(ticket).events))
        return self._metric_events[ticket]

    def counted(self, ticket: int) -> Metrics:
        """Returns what the ticket's history adds up to."""
        end = self.scale.end if ticket <= self.tickets.built else 0
        return Metrics(self.history.steps(ticket), end)

    # Rows

    def ticket(self, ticket: int) -> Row:
        """Returns a ticket as lists and exports show it, without any sideload."""
        tickets, known = self.tickets, self.history.fields(ticket)
        requester = tickets.requester[ticket]
        assignee, group = known.get("assignee_id"), known.get("group_id")
        via = self._via(ticket)
        row = _ROWS["ticket"](
            n=ticket,
            known={**_UNSET, **known},
            created=tickets.created[ticket],
            updated=tickets.updated[ticket],
            generated=tickets.generated[ticket],
            description=self.history.opening_text(ticket),
            requester=ids.USERS + requester,
            assignee=int(assignee) if assignee else None,
            organization=self.users.organization_id(requester),
            group=int(group) if group else None,
            collaborators=[row["id"] for row in known.get("collaborators") or ()],
            custom=[
                {"id": field["id"], "value": known.get(str(field["id"]))}
                for field in self.table("ticket_fields").values()
                if field["removable"] and field["active"]
            ],
            rating=self._rating(ticket),
            status=STATUS_IDS[known["status"]],
            via=via,
            is_messaging=via["channel"] == "native_messaging",
        )
        if tickets.by_ai[ticket] or ticket % 3 == 0:
            row["support_type"] = "ai_agent" if tickets.by_ai[ticket] else "agent"
        if ticket in tickets.scrubbed:
            row |= dict.fromkeys(("subject", "raw_subject", "description"), "SCRUBBED")
        return row

    def is_messaging(self, ticket: int) -> bool:
        """Returns whether the ticket came by messaging."""
        return bool(self._via(ticket)["channel"] == "native_messaging")

    def _via(self, ticket: int) -> Row:
        picked = Dice("ticket row", self.seed, ticket).pick(_CHANNELS)
        channel = "voice" if ticket % 20 == 5 else picked
        origin: Row = EVENTS["via"].get(str(channel), {})
        rel = "inbound" if channel == "voice" else None
        if ticket % 60 == 4:
            about = {"ticket_id": ticket - 1, "ticket_ids": [ticket - 1]}
            origin, rel = {**about, "subject": "follow-up", "channel": "web"}, "follow_up"
        return {"channel": channel, "source": {"from": origin, "to": {}, "rel": rel}}

    def _rating(self, ticket: int) -> object:
        """Returns the rating inside a ticket; unrated ones say so in three ways (AIRBYTE)."""
        rating = self.rating(ticket)
        if rating is None:
            return (None, "unoffered", {"score": "unoffered"})[min(ticket % 20, 2)]
        return {
            name: rating.get(name) for name in ("id", "score", "comment", "reason", "reason_id")
        }

    def metrics(self, ticket: int) -> Row:
        """Returns a ticket's metric set."""
        return self.counted(ticket).row(ticket)

    def metric_event(self, packed: int) -> Row:
        """Returns a metric event by its number in the feed."""
        ticket, number = divmod(packed, ids.METRIC_EVENTS_PER_TICKET)
        event = self.metric_events_of(ticket)[number]
        about = {"id": ids.METRIC_EVENTS + packed, "ticket_id": ticket}
        return {**about, **without(event, ("at",)), "time": stamp(event["at"])}

    def deleted_ticket(self, ticket: int) -> Row:
        """Returns a ticket as /deleted_tickets shows it (LIVE)."""
        steps = self.history.steps(ticket)
        changes = [event for step in steps for event in step.events]
        deletions = [event for event in changes if event.get("value") == "deleted"]
        agent = steps[-1].author
        return {
            "id": ticket,
            "subject": self.ticket(ticket)["subject"],
            "description": None,
            "actor": {"id": agent, "name": self.users.row(agent - ids.USERS)["name"]},
            "deleted_at": stamp(self.tickets.updated[ticket]),
            "previous_state": deletions[-1]["previous_value"],
        }

    # Lists

    def rows(self, stream: str, until: int) -> list[Row]:
        """Returns every row of a stream that a client can reach, changes after ``until`` left out.

        The tap's names are understood as well as the API's. ticket_metrics, audits and
        ticket_comments are those of all tickets that are not deleted. KeyError if there is no
        such stream.
        """
        plain = stream.removeprefix(PREFIX)
        with self.lock:
            return list(self._rows(ALIASES.get(plain, plain), until))

    def _rows(self, stream: str, until: int) -> Iterable[Row]:
        if stream in self.big:
            big = self.big[stream]
            return (big.row(number) for at, number in big.exported if at <= until)
        if stream == "ticket_events":
            return (self.audits.event(number, True) for at, number in self.events if at <= until)
        if stream == "ticket_metric_events":
            feed = self.metric_events
            return (self.metric_event(number) for at, number in feed if at <= until)
        if stream in ("deleted_tickets", "deleted_users"):
            listing = self.listing(stream)
            return map(listing.row, listing.keys)
        shown = [
            ticket
            for ticket in self.tickets.in_state(State.LIVE, State.ARCHIVED)
            if self.tickets.generated[ticket] <= until
        ]
        if stream == "ticket_metrics":
            return map(self.metrics, shown)
        if stream in self.children:
            above, below = self.children[stream]
            parents = shown if above == "tickets" else self.users.numbers()
            return (row for parent in parents for row in below(parent))
        return self.table(stream).values()

    def listing(self, stream: str, *order: str) -> Listing:
        """Returns a stream in the order of some of its fields, sorted once until it changes."""
        if stream in self.big and order == ("updated_at", "id"):
            big = self.big[stream]
            return Listing(big.listed, lambda key: big.row(key[1]), order, big.first_tie)
        listing: Listing = self.cached((stream, order), lambda: self._sorted(stream, order))
        return listing

    def _sorted(self, stream: str, order: tuple[str, ...]) -> Listing:
        tickets, users = self.tickets, self.users
        gone, ended = users.in_state(State.DELETED, State.ERASED), tickets.in_state(State.DELETED)
        numbered = {
            **{name: (big.live(), big.row, big.first_id) for name, big in self.big.items()},
            "ticket_metrics": (tickets.live(), self.metrics, 0),
            "deleted_users": (gone, users.row, ids.USERS),
            "deleted_tickets": (ended, self.deleted_ticket, ids.INTERNAL_TICKETS),
        }
        if stream not in numbered:
            return Listing.of(self.table(stream).values(), *order)
        numbers, make, offset = numbered[stream]
        by_time = stream == "deleted_tickets" and order != ("id",)
        at = tickets.updated if by_time else None
        keys = sorted((at[number], number) if at else (number,) for number in numbers)
        return Listing(keys, lambda key: make(key[-1]), order if at else ("id",), offset)
