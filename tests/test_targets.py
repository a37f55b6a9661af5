"""The published targets and the embedded loader take every row of every tap."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.demo.vendors import VENDORS
from tests.harness import PATIENCE, ROOT, Run, Workplace, execute

SIZES = {
    "freshdesk": {"tickets": 80},
    "zendesk-support": {"tickets": 60},
    "zendesk-chat": {"chats": 60},
    "desk": {"cases": 60},
}
Runs = tuple[Run, Run]


@pytest.fixture(params=VENDORS)
def runs(request: pytest.FixtureRequest, tmp_path: Path) -> Runs:
    """A first run of a tap, and a second one after the account's people have worked."""
    vendor = VENDORS[request.param]
    sandbox = importlib.import_module(f"sandbox.{request.param.replace('-', '_')}")
    account = sandbox.Account(seed=1, **SIZES[request.param])
    with sandbox.serve(account, sandbox.Options(limit=0)) as server:
        known = server.app.credentials()
        login = {key: known[key] for key in vendor.credentials if key in known}
        config = {**vendor.config, **login, "base_url": server.url}
        taps = Workplace(tmp_path, vendor.tap.replace("-", "_"), config)
        first = taps.run()
        server.app.live(seed=3, n=40)
        second = taps.run(state=first.state)
    assert (first.code, second.code) == (0, 0), first.err + second.err
    return first, second


def binaries() -> Path | None:
    """The folder of PostgreSQL's server programs, newest version first."""
    found = [Path(path).resolve() for path in [shutil.which("initdb")] if path]
    places = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3])
    )
    return (found + places)[-1].parent if found + places else None


@pytest.fixture
def postgres() -> Iterator[dict[str, Any]]:
    """A PostgreSQL server of the test's own; yields target-postgres' config."""
    programs = binaries()
    if programs is None:
        assert not os.environ.get("CI"), "CI must have PostgreSQL"
        pytest.skip("needs PostgreSQL's server programs (Debian: postgresql)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(
        tempfile.mkdtemp(prefix="postgres-")
    )  # below /tmp itself: the server's user may not enter pytest's folder
    prefix: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]

    def program(name: str, *arguments: str) -> None:
        subprocess.run(
            [*prefix, str(programs / name), *arguments],
            check=True,
            timeout=PATIENCE,
            cwd="/",
            stdout=subprocess.DEVNULL,
        )

    program("initdb", "-D", str(folder / "data"), "-U", "tap", "--auth=trust", "-E", "UTF8")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    program(
        "pg_ctl",
        "-D",
        str(folder / "data"),
        "-l",
        str(folder / "log"),
        "-o",
        options,
        "-w",
        "start",
    )
    try:
        program("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "tap", "helpdesk")
        yield {
            "host": "127.0.0.1",
            "port": port,
            "user": "tap",
            "password": "x",
            "database": "helpdesk",
            "default_target_schema": "helpdesk",
        }
    finally:
        program("pg_ctl", "-D", str(folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(folder)


def distinct(run: Run) -> dict[str, int]:
    """Rows by stream that a target which upserts by key holds."""
    keys = {
        message["stream"]: message["key_properties"]
        for message in run.messages
        if message["type"] == "SCHEMA"
    }
    return {
        stream: len({tuple(row[name] for name in key) for row in run.records(stream)})
        for stream, key in keys.items()
    }


def test_target_postgres_loads_every_row(
    runs: Runs, postgres: dict[str, Any], tmp_path: Path
) -> None:
    config = tmp_path / "target.json"
    config.write_text(json.dumps(postgres), "utf-8")
    for run in runs:
        target = execute(
            [str(ROOT / ".venvs/target-postgres/bin/target-postgres"), "--config", str(config)],
            run.out,
        )
        assert target.code == 0, target.err[-3000:]
        assert json.loads(target.out.splitlines()[-1]) == run.state
    both = Run(0, b"".join(run.out for run in runs), "")
    query = " union all ".join(
        f"select '{stream}', count(*) from helpdesk.{stream}" for stream in distinct(both)
    )
    psql = [
        "psql",
        "-h",
        "127.0.0.1",
        "-p",
        str(postgres["port"]),
        "-U",
        "tap",
        "-d",
        "helpdesk",
        "-At",
        "-F",
        "=",
        "-c",
        query,
    ]
    rows = (
        subprocess.run(psql, capture_output=True, check=True, timeout=PATIENCE)
        .stdout.decode()
        .splitlines()
    )
    assert {name: int(count) for name, count in (row.split("=") for row in rows)} == distinct(both)


def test_target_jsonl_takes_every_row(runs: Runs, tmp_path: Path) -> None:
    run, folder = runs[0], tmp_path / "lines"
    folder.mkdir()
    config = tmp_path / "target.json"
    config.write_text(
        json.dumps({"destination_path": str(folder), "do_timestamp_file": False}), "utf-8"
    )
    target = execute(
        [str(ROOT / ".venvs/target-jsonl/bin/target-jsonl"), "--config", str(config)], run.out
    )
    assert target.code == 0, target.err[-3000:]
    assert json.loads(target.out.splitlines()[-1]) == run.state
    written = {
        path.stem: len(path.read_text("utf-8").splitlines()) for path in folder.glob("*.jsonl")
    }
    assert written == {stream: count for stream, count in run.counts().items() if count}


def test_the_embedded_loader_holds_every_row(runs: Runs, tmp_path: Path) -> None:
    for run in runs:
        loader = execute(
            [sys.executable, "-m", "singer_to_sqlite", str(tmp_path / "helpdesk.db")], run.out
        )
        assert loader.code == 0, loader.err
        assert json.loads(loader.out.splitlines()[-1]) == run.state
    both = Run(0, b"".join(run.out for run in runs), "")
    database = sqlite3.connect(tmp_path / "helpdesk.db")
    held = {
        stream: database.execute(f'select count(*) from "{stream}"').fetchone()[0]
        for stream in distinct(both)
    }
    database.close()
    assert held == distinct(both)
