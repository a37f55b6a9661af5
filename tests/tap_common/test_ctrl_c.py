"""A real tap in a real terminal, and the person who presses Ctrl-C."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.freshdesk.conftest import settings
from tests.harness import Workplace
from tests.screen import Session

pytestmark = pytest.mark.process

CTRL_C = b"\x03"


@pytest.fixture
def server() -> Iterator[FreshdeskServer]:
    with serve(Account(seed=5, tickets=120), Options(limit=0)) as running:
        running.faults.add("hang", path="/api/v2/companies*")
        yield running


@pytest.mark.parametrize("columns", [80, 40])
def test_ctrl_c_leaves_a_clean_terminal(
    server: FreshdeskServer, tmp_path: Path, columns: int
) -> None:
    tap = Workplace(tmp_path, "tap_freshdesk", settings(server))
    session = Session(tap.command(), columns, tmp_path / "out")
    while not any(line.startswith("companies ") for line in session.shown()):
        assert session.read(), session.shown()
    live = [line for line in session.shown() if line.startswith("companies ")]
    assert len(live) == 1
    assert len(live[0]) <= columns
    session.press(CTRL_C)
    assert session.end() == 130
    shown = session.shown()
    assert not [line for line in shown if line.startswith(("companies ", "0."))], shown
    text = "".join(line.ljust(columns) for line in shown).rstrip()
    last = text[text.index("WARNING stopped by SIGINT") :]
    assert re.search(r"; \d+ streams done, 1 unfinished \(companies\), \d+ not begun, ", last)
    assert last.endswith("; exit 130")
    assert (session.screen.cursor.x, session.screen.cursor.hidden) == (0, False)
    assert b'"currently_syncing":"companies"' in (tmp_path / "out").read_bytes().splitlines()[-1]
