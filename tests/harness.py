"""Runs the real commands and reads what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONTRACT = [str(ROOT / ".venvs/contract/bin/python"), str(ROOT / "tests/contract/contract.py")]
PATIENCE = 120
Message = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What a command left behind."""

    code: int
    out: bytes
    err: str

    @property
    def messages(self) -> list[Message]:
        """The whole lines on stdout, each of which must be JSON."""
        return [json.loads(line) for line in self.out.splitlines(keepends=True) if line.endswith(b"\n")]

    def records(self, stream: str) -> list[dict[str, Any]]:
        return [message["record"] for message in self.messages if message["type"] == "RECORD" and message["stream"] == stream]

    def counts(self) -> dict[str, int]:
        """Records by stream, for every stream that was announced."""
        counts: dict[str, int] = {}
        for message in self.messages:
            if message["type"] in ("SCHEMA", "RECORD"):
                counts[message["stream"]] = counts.get(message["stream"], 0) + (message["type"] == "RECORD")
        return counts

    @property
    def state(self) -> dict[str, Any] | None:
        """The last STATE that arrived whole."""
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        return states[-1] if states else None

    def table(self) -> dict[str, list[str]]:
        """The summary's rows by stream, as words."""
        lines = [line.removeprefix("INFO ").split() for line in self.err.splitlines()]
        start = next(number for number, words in enumerate(lines) if words[:3] == ["stream", "rows", "requests"])
        return {words[0]: words[1:] for words in lines[start + 1 :]}

    def untimed(self) -> list[Message]:
        """The messages without the moment of extraction."""
        return [{key: value for key, value in message.items() if key != "time_extracted"} for message in self.messages]


class Workplace:
    """A folder with the files of one tap: config.json, and catalog and state as they come."""

    def __init__(self, folder: Path, package: str, config: Mapping[str, Any]) -> None:
        self.folder, self.package = folder, package
        self.config = dict(config)
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, name: str, content: Any) -> Path:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return path

    def command(self, *arguments: str, **config: Any) -> list[str]:
        path = self.write("config.json", {**self.config, **config})
        return [sys.executable, "-W", "error", "-m", self.package, "--config", str(path), *arguments]

    def run(self, *arguments: str, catalog: Any = None, state: Any = None, **config: Any) -> Run:
        """Runs the tap to its end with the config plus ``config``."""
        extra = list(arguments)
        if catalog is not None:
            extra += ["--catalog", str(self.write("catalog.json", catalog))]
        if state is not None:
            extra += ["--state", str(self.write("state.json", state))]
        return execute(self.command(*extra, **config))

    def start(self, *arguments: str, state: Any = None, **config: Any) -> subprocess.Popen[bytes]:
        """Starts the tap and leaves it running."""
        extra = list(arguments) + (["--state", str(self.write("state.json", state))] if state is not None else [])
        return subprocess.Popen(
            self.command(*extra, **config), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, bufsize=0
        )

    def discovered(self, **config: Any) -> dict[str, Any]:
        run = self.run("--discover", **config)
        assert run.code == 0, run.err
        catalog: dict[str, Any] = json.loads(run.out)
        return catalog

    def breaches(self, run: Run, catalog: Any, *options: str, state: Any = None, partial: bool = False) -> str:
        """What the strict checker finds in ``run``; "" if nothing."""
        command = [*CONTRACT, "--catalog", str(self.write("checked_catalog.json", catalog)), *options]
        command += ["--config", str(self.write("checked_config.json", self.config))]
        if state is not None:
            command += ["--state", str(self.write("checked_state.json", state))]
        if partial:
            command.append("--partial")
        checked = subprocess.run(command, input=run.out, capture_output=True, timeout=PATIENCE, check=False)
        report = checked.stdout.decode() + checked.stderr.decode()
        return "" if checked.returncode == 0 else report


def execute(command: Sequence[str], stdin: bytes = b"", env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Run:
    """Runs a command to its end."""
    done = subprocess.run(
        command, input=stdin, capture_output=True, timeout=PATIENCE, check=False, cwd=cwd, env={**os.environ, **(env or {})}
    )
    return Run(done.returncode, done.stdout, done.stderr.decode())


def selecting(catalog: dict[str, Any], *streams: str) -> dict[str, Any]:
    """``catalog`` with just ``streams`` selected (none named: all), as a person writes it."""
    chosen = json.loads(json.dumps(catalog))
    for entry in chosen["streams"]:
        root = next(item for item in entry["metadata"] if not item["breadcrumb"])
        root["metadata"]["selected"] = not streams or entry["tap_stream_id"] in streams
    return chosen


def deselecting(catalog: dict[str, Any], stream: str, *breadcrumbs: Sequence[str]) -> dict[str, Any]:
    """``catalog`` with some fields of one stream not selected."""
    chosen = json.loads(json.dumps(catalog))
    entry = next(entry for entry in chosen["streams"] if entry["tap_stream_id"] == stream)
    for item in entry["metadata"]:
        if item["breadcrumb"] in [list(breadcrumb) for breadcrumb in breadcrumbs]:
            item["metadata"]["selected"] = False
    return chosen
