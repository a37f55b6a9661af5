"""The example project for Meltano runs as it is shipped: only the account and addresses are ours.

Meltano installs the taps from a wheel of this checkout, which stands in for the package index.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox import zendesk_chat
from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.environments import programs
from tests.freshdesk.conftest import settings
from tests.harness import ROOT
from tests.postgres import Postgres

pytestmark = [pytest.mark.stack, pytest.mark.process]

PATIENCE = 600
TICKETS = 20
NOT_COPIED = shutil.ignore_patterns(".*", "*cache*", "demo", "tests", "*.egg-info", "build", "dist")


@dataclass
class Project:
    """A copy of the example project, and what its environment holds."""

    folder: Path
    environment: Mapping[str, str]

    def meltano(self, *arguments: str) -> str:
        """What the command says. It must succeed."""
        done = subprocess.run(
            [str(programs("meltano") / "meltano"), *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said[-5000:]
        return said


@pytest.fixture(scope="module")
def server() -> Iterator[FreshdeskServer]:
    with serve(Account(seed=5, tickets=TICKETS), Options(limit=0)) as running:
        yield running


@pytest.fixture(scope="module")
def project(
    server: FreshdeskServer, postgres: Postgres, tmp_path_factory: pytest.TempPathFactory
) -> Project:
    folder = tmp_path_factory.mktemp("meltano")
    shutil.copytree(ROOT / "examples" / "meltano", folder / "project")
    wheels = _wheel(folder)
    login = settings(server)
    project = Project(
        folder / "project",
        {
            "UV_FIND_LINKS": str(wheels),
            "TAP_FRESHDESK_API_KEY": login["api_key"],
            "TAP_FRESHDESK_BASE_URL": login["base_url"],
            "TAP_FRESHDESK_START_DATE": login["start_date"],
            "TARGET_POSTGRES_HOST": postgres.host,
            "TARGET_POSTGRES_PORT": str(postgres.port),
            "TARGET_POSTGRES_USER": postgres.user,
            "TARGET_POSTGRES_PASSWORD": "x",
            "TARGET_POSTGRES_DATABASE": postgres.database,
        },
    )
    project.meltano("install", "--plugin-type", "extractor", "tap-freshdesk")
    project.meltano("install", "--plugin-type", "loader", "singer-to-sqlite", "target-postgres")
    return project


def _wheel(folder: Path) -> Path:
    checkout = shutil.copytree(ROOT, folder / "checkout", ignore=NOT_COPIED)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "wheel"]
    command = [*pip, "--no-deps", "--wheel-dir", str(folder / "wheels"), str(checkout)]
    subprocess.run(command, check=True, timeout=PATIENCE, capture_output=True)
    return folder / "wheels"


def test_meltano_finds_the_settings_valid(project: Project) -> None:
    assert "Plugin configuration is valid" in project.meltano("config", "test", "tap-freshdesk")


def test_meltano_lists_what_is_selected(project: Project) -> None:
    listed = project.meltano("select", "--list", "--all", "tap-freshdesk")
    choices = {path: choice for choice, path in re.findall(r"\[(\w+) *\] (\S+)", listed)}
    assert choices["tickets.id"] == "automatic"
    assert choices["tickets.subject"] == "selected"


def test_two_runs_fill_sqlite_and_the_second_one_goes_on_from_the_first(
    project: Project, server: FreshdeskServer
) -> None:
    server.log.reset()
    project.meltano("run", "tap-freshdesk", "singer-to-sqlite")
    assert (_tickets(project), _conversation_lists(server)) == (TICKETS, TICKETS)
    server.log.reset()
    project.meltano("run", "tap-freshdesk", "singer-to-sqlite")
    assert (_tickets(project), _conversation_lists(server)) == (TICKETS, 1)


def _conversation_lists(server: FreshdeskServer) -> int:
    """The tickets whose conversations were asked for."""
    return sum(entry.path.endswith("/conversations") for entry in server.log.entries)


def _tickets(project: Project) -> int:
    with sqlite3.connect(project.folder / "tap_freshdesk.db") as database:
        (count,) = database.execute("select count(*) from tickets").fetchone()
    database.close()
    return int(count)


def test_two_runs_fill_postgresql(project: Project, postgres: Postgres) -> None:
    for _ in range(2):
        project.meltano("run", "tap-freshdesk", "target-postgres")
        rows = postgres.query("select count(*) from tap_freshdesk.tickets")
        assert rows == [(str(TICKETS),)]


def test_a_refresh_token_that_is_good_for_one_use_lasts_for_many_runs(project: Project) -> None:
    options = zendesk_chat.Options(limit=0, token_requests=40)
    account = zendesk_chat.Account(seed=1, chats=5)
    with zendesk_chat.serve(account, options) as server:
        known = server.app.credentials()
        keys = ("client_id", "client_secret", "refresh_token", "subdomain")
        login = {f"TAP_ZENDESK_CHAT_{key.upper()}": known[key] for key in keys}
        url = {"TAP_ZENDESK_CHAT_BASE_URL": server.url}
        chat = Project(project.folder, {**project.environment, **login, **url})
        chat.meltano("install", "--plugin-type", "extractor", "tap-zendesk-chat")
        for _ in range(2):
            said = chat.meltano("run", "tap-zendesk-chat", "singer-to-sqlite")
            assert "would be lost" not in said
            saved = json.loads((project.folder / "tokens" / "zendesk-chat.json").read_text())
            assert saved["refresh_token"] == server.account.tokens.refresh_token
        assert saved["refresh_token"] != known["refresh_token"]


def test_a_warning_of_the_tap_is_a_warning_in_meltano(project: Project) -> None:
    environment = {**project.environment, "TAP_FRESHDESK_START_DATE": "2100-01-01"}
    said = Project(project.folder, environment).meltano("run", "tap-freshdesk", "singer-to-sqlite")
    lines = [line for line in said.splitlines() if "start_date is in the future" in line]
    assert len(lines) == 1
    assert "[warning" in lines[0]
