"""The real command against the sandbox on loopback: what it wrote, and what the account holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.desk import DeskServer

ROOT = Path(__file__).resolve().parents[2]
BEGINNING = "2015-01-01"
Row = dict[str, Any]


@dataclass
class Output:
    """One run of the command: its messages in their order, its exit code, its stderr."""

    code: int
    messages: list[Row]
    stderr: str
    text: str = ""

    def rows(self, stream: str) -> list[Row]:
        return [message["record"] for message in self.messages if message.get("stream") == stream and message["type"] == "RECORD"]

    @property
    def states(self) -> list[Row]:
        return [message["value"] for message in self.messages if message["type"] == "STATE"]

    def requests(self, stream: str) -> int:
        """What the summary says the stream cost."""
        line = next(line for line in self.stderr.splitlines() if line.startswith(f"INFO {stream} ") and line.endswith("done"))
        return int(line.split()[3])

    def until_state(self, number: int) -> Output:
        """What a target would have stored if the process had been killed right after its so-many-th STATE."""
        places = [place for place, message in enumerate(self.messages) if message["type"] == "STATE"]
        return Output(137, self.messages[: places[number] + 1], self.stderr)


@dataclass
class Tap:
    """The command with a config for one server."""

    server: DeskServer
    folder: Path
    config: Row = field(default_factory=dict)

    def __post_init__(self) -> None:
        credentials = self.server.app.credentials()
        oauth = {key: credentials[key] for key in ("site_url", "consumer_key", "consumer_secret", "token", "token_secret")}
        self.config = {**oauth, "base_url": self.server.url, "start_date": BEGINNING, **self.config}

    def __call__(self, *arguments: str, state: Row | None = None, catalog: Row | None = None, **config: Any) -> Output:
        files = {"config": {**self.config, **config}, "state": state, "catalog": catalog}
        given = []
        for name, content in files.items():
            if content is not None:
                path = self.folder / f"{name}.json"
                path.write_text(json.dumps(content))
                given += [f"--{name}", str(path)]
        command = [sys.executable, "-W", "error", "-m", "tap_desk", *given, *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment, cwd=self.folder)
        messages = [json.loads(line) for line in run.stdout.splitlines() if line.startswith('{"type"')]
        return Output(run.returncode, messages, run.stderr, run.stdout)

    def catalog(self, *streams: str, **config: Any) -> Row:
        """The discovered catalog with only ``streams`` selected (all of those available if none is named)."""
        run = self("--discover", **config)
        assert run.code == 0, run.stderr
        found: Row = json.loads(run.text)
        for entry in found["streams"]:
            root = next(item for item in entry["metadata"] if not item["breadcrumb"])
            if streams:
                root["metadata"]["selected"] = entry["tap_stream_id"] in streams
        return found


Start = Callable[..., Tap]


def latest(rows: list[Row], *key: str) -> dict[Any, Row]:
    """What an upserting target holds after ``rows``."""
    return {tuple(row[name] for name in key): row for row in rows}


def checked(text: str, catalog: dict[str, object], state: object, folder: Path, *options: str) -> None:
    """The strict checker finds no breach."""
    python = ROOT / ".venvs/contract/bin/python"
    if not python.exists():
        pytest.skip("make unit installs the checker's environment")
    (folder / "checked.json").write_text(json.dumps(catalog))
    command = [str(python), str(ROOT / "tests/contract/contract.py"), "--catalog", str(folder / "checked.json"), *options]
    if state is not None:
        (folder / "before.json").write_text(json.dumps(state))
        command += ["--state", str(folder / "before.json")]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
