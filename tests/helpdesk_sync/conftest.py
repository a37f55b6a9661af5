"""An account on loopback, with its folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.freshdesk import Account, Options, serve
from tests.helpdesk_sync.cron import Cron


@pytest.fixture
def cron(tmp_path: Path) -> Iterator[Cron]:
    with serve(Account(seed=1, tickets=20), Options(limit=0)) as server:
        yield Cron(tmp_path / "helpdesk of acme", server)
