"""Taps and loader need nothing of POSIX. Windows itself is in the matrix of the workflow."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.harness import ROOT

pytestmark = pytest.mark.process

PATIENCE = 120
LOADER = "singer_to_sqlite.cli"
TAPS = sorted(path.name for path in (ROOT / "schemas").iterdir())


def without_posix(package: str, *arguments: str, lines: bytes = b"") -> bytes:
    """What the command writes to stdout. It must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.install.without_posix", package, *arguments],
        input=lines,
        cwd=ROOT,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.fixture
def server() -> Iterator[FreshdeskServer]:
    with serve(Account(seed=1, tickets=4), Options(limit=0)) as server:
        yield server


@pytest.mark.parametrize("package", [*TAPS, LOADER])
def test_each_command_starts(package: str) -> None:
    about = json.loads(without_posix(package, "--about", "--format", "json"))
    assert about["name"] == package.removesuffix(".cli").replace("_", "-")


def test_a_sync_runs_to_its_end(server: FreshdeskServer, tmp_path: Path) -> None:
    config = {**server.credentials, "base_url": server.url}
    file, database = tmp_path / "config.json", tmp_path / "helpdesk.db"
    file.write_text(json.dumps({**config, "start_date": "2020-01-01"}), "utf-8")
    report = ("--report", str(tmp_path / "report.json"))
    lines = without_posix("tap_freshdesk", "--config", str(file), *report)
    state = without_posix(LOADER, str(database), lines=lines).splitlines()[-1]
    assert json.loads(state)["bookmarks"]["tickets"]["live"]
    with closing(sqlite3.connect(database)) as loaded:
        [(count,)] = loaded.execute("SELECT count(*) FROM tickets")
    assert count == len(server.account.rows("tickets"))
