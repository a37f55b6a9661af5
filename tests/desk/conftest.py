from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from sandbox.desk import Account, DeskServer, Options, serve
from tests.harness import Workplace

START = "2015-01-01"
Place = Callable[..., tuple[DeskServer, Workplace]]


def workplace(server: DeskServer, folder: Path) -> Workplace:
    known = server.app.credentials()
    login = {
        name: known[name]
        for name in ("site_url", "consumer_key", "consumer_secret", "token", "token_secret")
    }
    return Workplace(folder, "tap_desk", {**login, "base_url": server.url, "start_date": START})


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Puts an account on loopback and makes a folder from which the tap reads it."""
    with ExitStack() as stack:

        def make(account: Account | None = None, **options: Any) -> tuple[DeskServer, Workplace]:
            account = account or Account(seed=1, cases=250)
            server = stack.enter_context(serve(account, Options(**{"limit": 0, **options})))
            return server, workplace(server, tmp_path)

        yield make
