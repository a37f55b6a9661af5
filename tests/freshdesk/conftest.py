from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.harness import Workplace

START = "2020-01-01T00:00:00Z"
Place = Callable[..., tuple[FreshdeskServer, Workplace]]


def workplace(server: FreshdeskServer, folder: Path, **config: Any) -> Workplace:
    settings = {
        "api_key": server.api_key,
        "domain": "acme",
        "base_url": server.url,
        "start_date": START,
        "lookback_seconds": 0,
    }
    return Workplace(folder, "tap_freshdesk", {**settings, **config})


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Makes an account on loopback and a folder from which the tap reads it."""
    with ExitStack() as stack:

        def make(
            tickets: int = 60,
            *,
            seed: int = 1,
            burst: int = 0,
            config: dict[str, Any] | None = None,
            **options: Any,
        ) -> tuple[FreshdeskServer, Workplace]:
            account = Account(seed=seed, tickets=tickets, burst=burst)
            server = stack.enter_context(serve(account, Options(**{"limit": 0, **options})))
            return server, workplace(server, tmp_path, **(config or {}))

        yield make
