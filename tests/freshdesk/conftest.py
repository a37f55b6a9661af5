"""A made-up account and the tap that reads it, in this process and with a simulated clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.faults import Fault, Kind
from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from sandbox.freshdesk.changes import Changes
from tap_freshdesk.tap import TAP
from tests.clock import SimulatedClock
from tests.freshdesk.truth import STREAMS, expected, key_of
from tests.harness import Run, Workplace
from tests.inprocess import Offline
from tests.truth import Row, assert_holds, unread

KINDS = (
    "tickets",
    "conversations",
    "agents",
    "contacts",
    "time_entries",
    "automation_rules",
    "custom_object_records",
    "solution_articles",
    "settings",
)
"""Streams of every kind: with lists, children, small, named and swept lists, trees, an object."""
START = "2020-01-01T00:00:00Z"
NOW = datetime(2026, 6, 2, tzinfo=UTC)
"""A day after the last change that the account was built with."""


class Helpdesk:
    """An account, its server, and the tap that reads it, with a simulated clock."""

    def __init__(
        self,
        tickets: int = 60,
        *,
        seed: int = 1,
        burst: int = 0,
        config: Mapping[str, Any] | None = None,
        listens: bool = False,
        **options: Any,
    ) -> None:
        self.clock = SimulatedClock(NOW)
        self.account = Account(seed=seed, tickets=tickets, burst=burst, clock=self.clock.now)
        self.server: FreshdeskServer = serve(self.account, Options(**{"limit": 0, **options}))
        if not listens:
            self.server.stop()
        self.tap = Offline(TAP, self.server, settings(self.server, config), self.clock)

    @property
    def changes(self) -> Changes:
        """Things that happen in the account, a minute after whatever was before."""
        self.clock.advance(60)
        changes: Changes = self.server.changes
        return changes

    @property
    def options(self) -> Options:
        return self.server.app.options

    def fault(self, kind: Kind, **spec: Any) -> Fault:
        """From now on this goes wrong, too."""
        return self.server.faults.add(kind, **spec)

    def run(self, *streams: str, without: Iterable[str] = (), **given: Any) -> Run:
        """Runs the tap over ``streams`` (none named: all, without a catalog)."""
        self.clock.advance(60)
        if streams or without:
            given["catalog"] = self.tap.catalog(*streams, without=list(without))
        return self.tap.run(**given)

    def live_tickets(self) -> list[int]:
        """The ids of the tickets that are neither deleted nor spam, the longest unchanged first."""
        rows = self.account.rows("tickets")
        return [row["id"] for row in rows if not row["spam"] and not row.get("deleted")]

    def requests(self, endpoint: str) -> list[str]:
        """The queries with which an endpoint was asked."""
        return [entry.query for entry in self.server.log.entries if entry.endpoint == endpoint]

    def assert_held(
        self,
        *runs: Run,
        streams: Iterable[str] = STREAMS,
        gone: Mapping[str, set[int]] | None = None,
        catalog: Mapping[str, Any] | None = None,
    ) -> None:
        """A target that got all ``runs`` holds the account's rows, each with exactly its fields."""
        records: dict[str, list[Row]] = {stream: [] for stream in streams}
        for message in (message for run in runs for message in run.messages):
            if message["type"] == "RECORD" and message["stream"] in records:
                records[message["stream"]].append(message["record"])
        for stream, sent_rows in records.items():
            rows = expected(self.server, stream, catalog=catalog)
            left = {(key,) for key in (gone or {}).get(stream, ())}
            assert_holds(rows, unread(sent_rows), key=key_of(stream), stream=stream, gone=left)


def sent(stream: str, *runs: Run) -> list[Row]:
    """All records of ``stream`` in the order in which they were sent."""
    return [row for run in runs for row in run.records(stream)]


def settings(server: FreshdeskServer, config: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the config file holds."""
    login = {**server.credentials, "base_url": server.url}
    return {**login, "start_date": START, "lookback_seconds": 0, **(config or {})}


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Callable[..., tuple[Helpdesk, Workplace]]]:
    """Starts a server on loopback, which the real command reads."""
    with ExitStack() as stack:

        def start(**given: Any) -> tuple[Helpdesk, Workplace]:
            desk = Helpdesk(**given, listens=True)
            stack.enter_context(desk.server)
            return desk, Workplace(tmp_path, "tap_freshdesk", desk.tap.config)

        yield start
