"""The assets of examples/dagster run in real Dagster, with a real tap and a made-up account."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.environments import programs
from tests.harness import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.process]

PATIENCE = 600
EXAMPLE = ROOT / "examples" / "dagster"
SCRIPTS = Path(sysconfig.get_path("scripts"))
RUN = """
import json

import dagster as dg
import helpdesk

with dg.DagsterInstance.get() as instance:
    done = dg.materialize(helpdesk.assets, instance=instance, raise_on_error=False)
    found = done.asset_materializations_for_node("acme")
    print(json.dumps({
        "success": done.success,
        "metadata": [{key: item.value for key, item in one.metadata.items()} for one in found],
        "failures": [event.event_specific_data.user_failure_data.description
                     for event in done.all_events if event.is_step_failure],
        "retries": sum(event.is_step_up_for_retry for event in done.all_events),
    }))
"""


class Dagster:
    """A Dagster of our own in ``home``, for one account whose folder is there, too."""

    def __init__(self, home: Path, server: FreshdeskServer) -> None:
        self.home, self.place, self._server = home, home / "acme", server
        self.place.mkdir()
        shutil.copy(EXAMPLE / "dagster.yaml", home)
        target = [str(SCRIPTS / "singer-to-sqlite"), "helpdesk.db"]
        account = {"name": "acme", "tap": "tap-freshdesk", "place": str(self.place)}
        (home / "accounts.json").write_text(json.dumps([{**account, "target": target}]), "utf-8")

    def login(self, **config: Any) -> None:
        """Writes the account's config."""
        known = {
            **self._server.credentials,
            "base_url": self._server.url,
        }
        value = {**known, "start_date": "2020-01-01", "retry_seconds": 1, **config}
        (self.place / "config.json").write_text(json.dumps(value), "utf-8")

    def __call__(self, program: str, *arguments: str) -> str:
        """What a program of Dagster's environment writes to stdout. It must succeed."""
        done = subprocess.run(
            [programs("dagster") / program, *arguments],
            env={
                **os.environ,
                "DAGSTER_HOME": str(self.home),
                "HELPDESK_ACCOUNTS": str(self.home / "accounts.json"),
                "HELPDESK_BIN": str(SCRIPTS),
                "HELPDESK_RETRY_SECONDS": "0.1",
                "PYTHONPATH": str(EXAMPLE),
            },
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
        return done.stdout

    def run(self) -> dict[str, Any]:
        """Materializes the asset of the account; returns how that ended."""
        ended: dict[str, Any] = json.loads(self("python", "-c", RUN).splitlines()[-1])
        return ended


@pytest.fixture(scope="module")
def server() -> Iterator[FreshdeskServer]:
    with serve(Account(seed=1, tickets=10), Options(limit=0)) as server:
        yield server


@pytest.fixture
def dagster(server: FreshdeskServer, tmp_path: Path) -> Dagster:
    dagster = Dagster(tmp_path, server)
    dagster.login()
    return dagster


def test_each_account_is_an_asset_with_a_schedule_and_a_pool_for_one(dagster: Dagster) -> None:
    file = str(EXAMPLE / "helpdesk.py")
    assert dagster("dagster", "asset", "list", "-f", file).split() == ["acme"]
    assert "Schedule: acme_often" in dagster("dagster", "schedule", "list", "-f", file)
    assert "default_limit: 1" in dagster("dagster", "instance", "info")


def test_a_run_says_what_it_did(dagster: Dagster) -> None:
    ended = dagster.run()
    report = json.loads((dagster.place / "report.json").read_text("utf-8"))
    assert report["rows"] > 10
    done = {"rows": report["rows"], "requests": report["requests"]}
    assert ended == {"success": True, "metadata": [done], "failures": [], "retries": 0}


def test_a_missing_stream_is_a_success_with_a_note(
    dagster: Dagster, server: FreshdeskServer
) -> None:
    server.faults.add("status", status=500, path="/api/v2/groups*")
    ended = dagster.run()
    server.faults.set([])
    assert ended["success"]
    assert ended["metadata"][0]["note"].endswith("exit 3")


def test_a_failure_is_tried_again(dagster: Dagster) -> None:
    dagster.login(base_url="http://127.0.0.1:9")
    ended = dagster.run()
    assert (ended["success"], ended["retries"]) == (False, 3)
    assert ended["failures"] == ["exit code 1; see stderr"]


def test_refused_credentials_are_not_tried_again(dagster: Dagster) -> None:
    dagster.login(api_key="wrong")
    ended = dagster.run()
    assert (ended["success"], ended["retries"]) == (False, 0)
    assert ended["failures"] == ["exit code 4: the credentials are refused; see stderr"]
