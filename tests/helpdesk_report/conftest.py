"""SQLite files that the taps and the loader filled from the sandbox's accounts, all in process."""

from __future__ import annotations

import importlib
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.demo.vendors import VENDORS
from singer_to_sqlite.load import load
from singer_to_sqlite.settings import Settings
from tests.clock import SimulatedClock
from tests.helpdesk_report.truth import Ticket, tickets_of
from tests.inprocess import Offline

NOW = datetime(2026, 6, 8, tzinfo=UTC)
SIZES = {
    "freshdesk": {"tickets": 60},
    "zendesk-support": {"tickets": 60},
    "zendesk-chat": {"chats": 80},
    "desk": {"cases": 60},
}
STREAMS = {
    "freshdesk": (
        "tickets",
        "ticket_fields",
        "agents",
        "contacts",
        "companies",
        "groups",
        "satisfaction_ratings",
    ),
    "zendesk-support": (
        "tickets",
        "users",
        "organizations",
        "zendesk_groups",
        "zendesk_ticket_metrics",
    ),
    "zendesk-chat": ("zopim_chats",),
    "desk": ("cases", "customers", "companies", "users", "groups", "replies", "feedbacks"),
}


@dataclass(frozen=True)
class Filled:
    """A file with a vendor's tables, the lines it was loaded from, and the tickets it holds."""

    vendor: str
    tap: str
    path: Path
    lines: bytes
    tickets: list[Ticket]


@pytest.fixture(params=VENDORS, scope="session")
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """A file for each vendor."""
    return fill(request.param, tmp_path_factory.mktemp("filled"), *STREAMS[request.param])


def fill(name: str, folder: Path, *streams: str) -> Filled:
    """Syncs ``streams`` (none named: all) of a vendor's account into a file in ``folder``."""
    vendor, package = VENDORS[name], name.replace("-", "_")
    sandbox = importlib.import_module(f"sandbox.{package}")
    clock = SimulatedClock(NOW)
    account = sandbox.Account(seed=1, **SIZES[name], clock=clock.now)
    server = sandbox.serve(account, sandbox.Options(limit=0))
    server.stop()
    known = server.app.credentials()
    login = {key: known[key] for key in vendor.credentials if key in known}
    config = {**vendor.config, **login, "base_url": server.url, "requests_per_minute": 100_000}
    tap = Offline(importlib.import_module(f"tap_{package}.tap").TAP, server, config, clock)
    run = tap.run(catalog=tap.catalog(*streams))
    assert run.code == 0, run.err
    path = folder / f"{name}.db"
    code = load(io.BytesIO(run.out), Settings(str(path)), lambda state: None, lambda text: None)
    assert code == 0
    return Filled(name, vendor.tap, path, run.out, tickets_of(name, server))
