from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sandbox.zendesk_support import Account, Options, ZendeskSupportServer, serve
from tap_zendesk_support.tap import TAP
from tests.harness import Run, Workplace

START = "2015-01-01T00:00:00Z"
Place = Callable[..., tuple[ZendeskSupportServer, Workplace]]
HIDDEN_FROM_LISTS = {"zendesk_ticket_metrics", "ticket_events", "audits", "ticket_comments"}
"""What lists show in part: no metrics of archived tickets, nothing of the past of deleted ones."""
KEYS = {stream.name: stream.key for stream in TAP.streams}


def workplace(server: ZendeskSupportServer, folder: Path, **config: Any) -> Workplace:
    known = server.credentials
    login = {name: known[name] for name in ("email", "api_token", "subdomain")}
    return Workplace(
        folder,
        "tap_zendesk_support",
        {**login, "base_url": server.url, "start_date": START, **config},
    )


def lost(
    server: ZendeskSupportServer, *runs: Run, besides: set[str] = frozenset()
) -> dict[str, list[Any]]:  # type: ignore[assignment]
    """The keys of rows that the account has and none of ``runs`` sent, by stream."""
    gone: dict[str, list[Any]] = {}
    for stream, key in KEYS.items():
        if stream in besides:
            continue
        try:
            there = server.account.rows(stream, server.account.now() - server.options.hold_back)
        except KeyError:
            continue
        sent = {tuple(row[name] for name in key) for run in runs for row in run.records(stream)}
        if left := sorted({tuple(row[name] for name in key) for row in there} - sent, key=str):
            gone[stream] = left
    return gone


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Makes an account on loopback and a folder from which the tap reads it."""
    with ExitStack() as stack:

        def make(
            tickets: int = 60,
            *,
            seed: int = 1,
            config: dict[str, Any] | None = None,
            crowd: dict[str, int] | None = None,
            **options: Any,
        ) -> tuple[ZendeskSupportServer, Workplace]:
            account = Account(seed=seed, tickets=tickets, **(crowd or {}))
            server = stack.enter_context(serve(account, Options(**{"limit": 0, **options})))
            return server, workplace(server, tmp_path, **(config or {}))

        yield make
