"""The DAGs of examples/airflow run in real Airflow, with real taps and accounts on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.environments import programs
from tests.harness import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.process]

PATIENCE = 600
SCRIPTS = Path(sysconfig.get_path("scripts"))


@dataclass
class Airflow:
    """An Airflow of our own in ``home``, for one account whose folder is there, too."""

    home: Path

    @property
    def place(self) -> Path:
        return self.home / "acme"

    def __post_init__(self) -> None:
        self.place.mkdir()
        target = [str(SCRIPTS / "singer-to-sqlite"), str(self.place / "helpdesk.db")]
        accounts = [
            {"name": "acme", "tap": "tap-freshdesk", "place": str(self.place), "target": target}
        ]
        (self.home / "accounts.json").write_text(json.dumps(accounts), "utf-8")
        self("db", "migrate")
        self("pools", "set", "acme", "1", "one run of an account at a time")

    def __call__(self, *arguments: str, code: int = 0) -> str:
        """Runs a command of Airflow, which ends with this exit code; returns what it wrote."""
        done = subprocess.run(
            [programs("airflow") / "airflow", *arguments],
            env={
                **os.environ,
                "AIRFLOW_HOME": str(self.home),
                "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
                "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "examples" / "airflow"),
                "HELPDESK_ACCOUNTS": str(self.home / "accounts.json"),
                "HELPDESK_BIN": str(SCRIPTS),
                "NO_COLOR": "1",
            },
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == code, done.stdout[-3_000:] + done.stderr[-3_000:]
        return done.stdout + done.stderr

    def login(self, server: FreshdeskServer, **config: Any) -> None:
        """Puts the account's config into Airflow's Variable."""
        known = {**server.credentials, "base_url": server.url}
        value = {**known, "start_date": "2020-01-01", "retry_seconds": 1, **config}
        self("variables", "set", "helpdesk_acme", json.dumps(value))

    def run(self, dag: str, code: int = 0) -> str:
        """Runs a DAG once; returns its log. The ``code`` is 1 if it fails."""
        return self("dags", "test", dag, code=code)

    def read(self, name: str) -> Any:
        return json.loads((self.place / name).read_text("utf-8"))


@pytest.fixture(scope="module")
def server() -> Iterator[FreshdeskServer]:
    with serve(Account(seed=1, tickets=20), Options(limit=0)) as server:
        yield server


@pytest.fixture(scope="module")
def airflow(server: FreshdeskServer, tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    airflow = Airflow(tmp_path_factory.mktemp("airflow"))
    airflow.login(server)
    return airflow


def test_runs_of_an_account(airflow: Airflow, server: FreshdeskServer) -> None:
    """The catalog, a sync, and an alert that finds nothing to say."""
    airflow.run("helpdesk_catalogs")
    assert airflow.read("catalog.json")["streams"]
    log = airflow.run("helpdesk_sync")
    rows = airflow.read("last-success.json")["rows"]
    assert f"'rows': {rows}" in log
    assert rows > len(server.account.rows("tickets"))
    airflow.run("helpdesk_alert")


def test_a_choice_in_the_catalog_is_kept_when_it_is_made_anew(airflow: Airflow) -> None:
    catalog = airflow.read("catalog.json")
    chosen = catalog["streams"][0]["metadata"][0]["metadata"]
    chosen["selected"] = False
    (airflow.place / "catalog.json").write_text(json.dumps(catalog), "utf-8")
    airflow.run("helpdesk_catalogs")
    assert airflow.read("catalog.json") == catalog
    chosen["selected"] = True
    (airflow.place / "catalog.json").write_text(json.dumps(catalog), "utf-8")


def test_a_missing_stream_is_a_success_with_a_note(
    airflow: Airflow, server: FreshdeskServer
) -> None:
    server.faults.add("status", status=403, path="/api/v2/groups*")
    log = airflow.run("helpdesk_sync")
    server.faults.set([])
    assert "exit 3" in log.partition("'note': ")[2].partition("\n")[0]
    assert airflow.read("report.json")["exit_code"] == 3


def test_refused_credentials_are_not_tried_again(airflow: Airflow, server: FreshdeskServer) -> None:
    airflow.login(server, api_key="wrong")
    log = airflow.run("helpdesk_sync", code=1)
    airflow.login(server)
    assert "exit code 4: the credentials are refused; see the log" in log
    assert "new_state=failed" in log
    assert "up_for_retry" not in log


def test_an_old_success_is_an_alert(airflow: Airflow) -> None:
    old = datetime.now(UTC) - timedelta(hours=3)
    success = {**airflow.read("last-success.json"), "time": old.isoformat()}
    (airflow.place / "last-success.json").write_text(json.dumps(success), "utf-8")
    assert f"acme was last synced at {old:%d %B, %H:%M} UTC" in airflow.run(
        "helpdesk_alert", code=1
    )
