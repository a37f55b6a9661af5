"""The published targets and the embedded loader take every row of every tap."""

from __future__ import annotations

import csv
import importlib
import json
import sqlite3
import sys
from pathlib import Path

import pytest

from examples.demo.vendors import VENDORS
from tests.environments import programs
from tests.harness import Run, Workplace, execute
from tests.postgres import Postgres

pytestmark = pytest.mark.process

SIZES = {
    "freshdesk": {"tickets": 30},
    "zendesk-support": {"tickets": 30},
    "zendesk-chat": {"chats": 30},
    "desk": {"cases": 30},
}


SMALLEST = "zendesk-chat"
"""Targets are slow: make test-stacks gives them the rows of the other vendors, too."""


@pytest.fixture(
    params=[
        SMALLEST,
        *(pytest.param(name, marks=pytest.mark.stack) for name in VENDORS if name != SMALLEST),
    ],
    scope="module",
)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A first run of a tap, and behind it a second one after the account's people have worked."""
    vendor = VENDORS[request.param]
    sandbox = importlib.import_module(f"sandbox.{request.param.replace('-', '_')}")
    account = sandbox.Account(seed=1, **SIZES[request.param])
    with sandbox.serve(account, sandbox.Options(limit=0)) as server:
        known = server.app.credentials()
        login = {key: known[key] for key in vendor.credentials if key in known}
        config = {**vendor.config, **login, "base_url": server.url}
        taps = Workplace(tmp_path_factory.mktemp("tap"), vendor.tap.replace("-", "_"), config)
        first = taps.run()
        server.changes.live(seed=3, n=40)
        second = taps.run(state=first.state)
    assert (first.code, second.code) == (0, 0), first.err + second.err
    return Run(0, first.out + second.out, "")


def distinct(run: Run) -> dict[str, int]:
    """Returns the rows by stream that a target which upserts by key holds after the run."""
    counts = dict.fromkeys(run.counts(), 0)
    for stream, *_ in run.keys():  # noqa: SIM118 - a method, not a dict's
        counts[stream] += 1
    return counts


def loaded(command: list[str], run: Run) -> None:
    """Gives a run to a target, which must take it and print the tap's last state as its own."""
    target = execute(command, run.out)
    assert target.code == 0, target.err[-3000:]
    assert json.loads(target.out.splitlines()[-1]) == run.state


def test_target_postgres_loads_every_row(
    run: Run, postgres: Postgres, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    schema = request.node.callspec.params["run"].replace("-", "_")
    config = tmp_path / "target.json"
    login = {"host": postgres.host, "port": postgres.port, "user": postgres.user, "password": "x"}
    place = {"database": postgres.database, "default_target_schema": schema}
    config.write_text(json.dumps(login | place), "utf-8")
    loaded([str(programs("target-postgres") / "target-postgres"), "--config", str(config)], run)
    for stream, count in distinct(run).items():
        assert postgres.query(f"select count(*) from {schema}.{stream}") == [(str(count),)], stream


@pytest.mark.stack
def test_target_jsonl_takes_every_row(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "lines"
    folder.mkdir()
    config = tmp_path / "target.json"
    settings = {"destination_path": str(folder), "do_timestamp_file": False}
    config.write_text(json.dumps(settings), "utf-8")
    loaded([str(programs("target-jsonl") / "target-jsonl"), "--config", str(config)], run)
    written = {
        path.stem: list(map(json.loads, path.read_text("utf-8").splitlines()))
        for path in folder.glob("*.jsonl")
    }
    sent = {stream: run.records(stream) for stream, count in run.counts().items() if count}
    assert written == sent


@pytest.mark.stack
def test_target_csv_takes_every_row(run: Run, tmp_path: Path) -> None:
    """One run of the target writes each file once: the names have the time of the run."""
    config = tmp_path / "target.json"
    names = "{stream_name}-{timestamp}.csv"
    config.write_text(json.dumps({"output_path": str(tmp_path), "file_naming_scheme": names}))
    loaded([str(programs("target-csv") / "target-csv"), "--config", str(config)], run)
    written = {}
    for path in tmp_path.glob("*.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            written[path.name.split("-")[0]] = len(list(csv.DictReader(file)))
    assert written == run.counts()


def test_the_embedded_loader_holds_every_row(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "helpdesk.db"
    loaded([sys.executable, "-m", "singer_to_sqlite", str(path)], run)
    database = sqlite3.connect(path)
    rows = {
        stream: database.execute(f'select count(*) from "{stream}"').fetchone()[0]
        for stream in distinct(run)
    }
    database.close()
    assert rows == distinct(run)
