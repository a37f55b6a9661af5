"""A made-up Zendesk Support account of any size: the same seed and size give the same rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from sandbox.account import Clock
from sandbox.table import Row
from sandbox.zendesk_support.population import Size, State
from sandbox.zendesk_support.records import Records

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


class Account(Records):
    """The account's rows. All built rows lie in the two years up to ``epoch``.

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
        epoch: datetime = EPOCH,
        clock: Clock | None = None,
        burst: int = 0,
        event_burst: int = 0,
        user_burst: int = 0,
        organization_burst: int = 0,
    ) -> None:
        crowds = burst, event_burst, user_burst, organization_burst
        super().__init__(Size(epoch, seed, tickets, *crowds), clock)

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
