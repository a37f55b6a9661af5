"""The tap and an account for it: in this process with a simulated clock, or as a command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.zendesk_chat import Account, Options, ZendeskChatServer, serve
from tap_zendesk_chat.tap import TAP
from tests.clock import SimulatedClock
from tests.harness import Run, Workplace
from tests.inprocess import Offline
from tests.truth import assert_holds, selected
from tests.zendesk_chat.truth import INCREMENTAL, KEYS, STREAMS, expected

NOW = datetime(2026, 6, 8, 12, tzinfo=UTC)
"""The clock's time when a test begins: a week after the account's last built row."""


class ChatTap(Offline):
    """The tap and the sandbox that it reads, in this process."""

    server: ZendeskChatServer

    def __init__(self, server: ZendeskChatServer, clock: SimulatedClock) -> None:
        super().__init__(TAP, server, config_for(server), clock)

    def ago(self, **length: float) -> str:
        """Returns a moment before now as the API writes it."""
        return (self.clock.now() - timedelta(**length)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def asked(self, endpoint: str) -> list[str]:
        """Returns the queries of the requests for an endpoint, in their order."""
        return [one.query for one in self.server.log.entries if one.endpoint == endpoint]


def config_for(server: ZendeskChatServer) -> dict[str, Any]:
    """Returns the config of a tap that reads the server's account from its beginning."""
    return {
        "access_token": server.credentials["access_token"],
        "subdomain": "acme",
        "base_url": server.url,
        "start_date": "2015-01-01",
        "requests_per_minute": 100_000,
    }


@contextmanager
def opened(chats: int = 30, seed: int = 1, **given: Any) -> Iterator[ChatTap]:
    """Opens an account of so many chats; ``given`` are its other sizes and the options."""
    clock = SimulatedClock(NOW)
    sizes = {name: given.pop(name) for name in ("agents", "bans", "burst") if name in given}
    account = Account(seed, chats, clock=clock.now, **sizes)
    server = serve(account, Options(**{"limit": 0, **given}))
    try:
        yield ChatTap(server, clock)
    finally:
        server.stop()


@pytest.fixture
def tap() -> Iterator[ChatTap]:
    """The tap for a small account that has something of everything."""
    with opened() as tap:
        yield tap


@pytest.fixture
def command(tmp_path: Path) -> Iterator[tuple[Workplace, ZendeskChatServer]]:
    """The tap as people run it, with a server on loopback."""
    with serve(Account(chats=40), Options(limit=0)) as server:
        yield Workplace(tmp_path / "tap", "tap_zendesk_chat", config_for(server)), server


def assert_complete(
    server: ZendeskChatServer,
    *runs: Run,
    streams: Sequence[str] = STREAMS,
    catalog: dict[str, Any] | None = None,
) -> None:
    """Fails unless a target that took all of these runs holds what the account holds now.

    The last run alone must bring the streams that are read whole in each run.
    Where ``catalog`` leaves fields out, the rows are compared without them.
    """
    for stream in streams:
        wanted = expected(server, stream)
        if catalog is not None:
            wanted = selected(wanted, catalog, stream)
        counted = runs if stream in INCREMENTAL else runs[-1:]
        sent = [row for run in counted for row in run.records(stream)]
        assert_holds(wanted, sent, key=KEYS[stream], stream=stream)
