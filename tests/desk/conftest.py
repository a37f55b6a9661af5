from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.desk import Account, DeskServer, Options, serve
from tests.desk.runs import Tap


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Tap]]:
    """Starts a server for an account and gives the command for it."""
    servers: list[DeskServer] = []

    def start(account: Account | None = None, **options: Any) -> Tap:
        server = serve(account or Account(seed=1, cases=250), Options(**{"limit": 0, **options}))
        server.start()
        servers.append(server)
        return Tap(server, tmp_path)

    yield start
    for server in servers:
        server.stop()
