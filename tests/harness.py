"""Runs the real commands and reads what they say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.environments import programs

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120
PROMPT = 60
"""Seconds in which a signal or a closed pipe ends a run, even while a request hangs."""
Message = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What a command left behind."""

    code: int
    out: bytes
    err: str

    @cached_property
    def messages(self) -> list[Message]:
        """The whole lines on stdout, each of which must be JSON."""
        return [
            json.loads(line) for line in self.out.splitlines(keepends=True) if line.endswith(b"\n")
        ]

    def records(self, stream: str) -> list[dict[str, Any]]:
        return [
            message["record"]
            for message in self.messages
            if message["type"] == "RECORD" and message["stream"] == stream
        ]

    def keys(self) -> set[tuple[Any, ...]]:
        """The stream and key of every record."""
        names = {
            message["stream"]: message["key_properties"]
            for message in self.messages
            if message["type"] == "SCHEMA"
        }
        return {
            (stream, *map(row.get, key))
            for stream, key in names.items()
            for row in self.records(stream)
        }

    def counts(self) -> dict[str, int]:
        """Records by stream, for every stream that was announced."""
        counts: dict[str, int] = {}
        for message in self.messages:
            if message["type"] in ("SCHEMA", "RECORD"):
                counts[message["stream"]] = counts.get(message["stream"], 0) + (
                    message["type"] == "RECORD"
                )
        return counts

    @property
    def states(self) -> list[dict[str, Any]]:
        return [message["value"] for message in self.messages if message["type"] == "STATE"]

    @property
    def state(self) -> dict[str, Any] | None:
        """The last STATE that arrived whole."""
        return self.states[-1] if self.states else None

    def head(self, lines: int) -> Run:
        """What is there of the run if it is killed after so many lines."""
        return Run(self.code, b"".join(self.out.splitlines(keepends=True)[:lines]), self.err)

    def until_state(self, number: int) -> Run:
        """The run up to one of its STATEs (-1: the last), which a target has surely stored."""
        ends = [end for end, message in enumerate(self.messages, 1) if message["type"] == "STATE"]
        return self.head(ends[number])

    @property
    def acknowledged(self) -> Run:
        """The run up to its last STATE; nothing of it if it has none."""
        return self.until_state(-1) if self.states else self.head(0)

    def table(self) -> dict[str, list[str]]:
        """The summary's rows by stream, as words."""
        lines = [line.removeprefix("INFO ").split() for line in self.err.splitlines()]
        start = next(
            number
            for number, words in enumerate(lines)
            if words[:3] == ["stream", "rows", "requests"]
        )
        return {words[0]: words[1:] for words in lines[start + 1 : -1]}

    def requests(self, stream: str) -> int:
        """What the summary says a stream that was read to its end cost."""
        row = self.table()[stream]
        assert row[-1] == "done", row
        return int(row[1].replace(",", ""))

    def untimed(self) -> list[Message]:
        """The messages without the moment of extraction."""
        return [_without_time(message) for message in self.messages]


def _without_time(message: Message) -> Message:
    return {key: value for key, value in message.items() if key != "time_extracted"}


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
        return [
            sys.executable,
            "-W",
            "error",
            "-m",
            self.package,
            "--config",
            str(path),
            *arguments,
        ]

    def files(self, **contents: Any) -> list[str]:
        """Writes the files that have content; gives the arguments that name them."""
        given = {name: content for name, content in contents.items() if content is not None}
        return [
            part
            for name in given
            for part in (f"--{name}", str(self.write(f"{name}.json", given[name])))
        ]

    def run(self, *arguments: str, catalog: Any = None, state: Any = None, **config: Any) -> Run:
        """Runs the tap to its end with the config plus ``config``."""
        return execute(
            self.command(*arguments, *self.files(catalog=catalog, state=state), **config)
        )

    def start(
        self, *arguments: str, catalog: Any = None, state: Any = None, **config: Any
    ) -> subprocess.Popen[bytes]:
        """Starts the tap and leaves it running."""
        command = self.command(*arguments, *self.files(catalog=catalog, state=state), **config)
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, bufsize=0
        )

    def stopped(self, lines: int, signum: signal.Signals, **given: Any) -> Run:
        """Reads so many lines from the running tap, sends it the signal, and reads the rest."""
        process = self.start(**given)
        assert process.stdout is not None
        head = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signum)
        rest, err = process.communicate(timeout=PROMPT)
        return Run(process.returncode, b"".join(head) + rest, err.decode())

    def discovered(self, **config: Any) -> dict[str, Any]:
        run = self.run("--discover", **config)
        assert run.code == 0, run.err
        catalog: dict[str, Any] = json.loads(run.out)
        return catalog

    def breaches(
        self, run: Run, catalog: Any, *options: str, state: Any = None, partial: bool = False
    ) -> str:
        """What the strict checker finds in ``run``; "" if nothing."""
        command = [str(programs("contract") / "python"), str(ROOT / "tests/contract/contract.py")]
        command += ["--catalog", str(self.write("checked_catalog.json", catalog)), *options]
        command += ["--config", str(self.write("checked_config.json", self.config))]
        if state is not None:
            command += ["--state", str(self.write("checked_state.json", state))]
        if partial:
            command.append("--partial")
        checked = subprocess.run(
            command, input=run.out, capture_output=True, timeout=PATIENCE, check=False
        )
        report = checked.stdout.decode() + checked.stderr.decode()
        return "" if checked.returncode == 0 else report


def complaint(run: Run, secret: str = "") -> str:
    """The one CRITICAL line, after checking that nothing else went out."""
    lines = [line for line in run.err.splitlines() if line.startswith("CRITICAL")]
    assert len(lines) == 1, run.err
    assert "Traceback" not in run.err
    assert not secret or secret not in run.err + run.out.decode()
    return lines[0]


def execute(
    command: Sequence[str],
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Run:
    """Runs a command to its end."""
    done = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        cwd=cwd,
        env={**os.environ, **(env or {})},
    )
    return Run(done.returncode, done.stdout, done.stderr.decode())


def unread(command: Sequence[str]) -> Run:
    """Runs a command whose stdout is a pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = subprocess.run(
            command,
            stdout=pipe,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
            cwd=ROOT,
            env={**os.environ, "PYTHONUNBUFFERED": ""},
        )
    return Run(done.returncode, b"", done.stderr.decode())


def selecting(catalog: dict[str, Any], *streams: str) -> dict[str, Any]:
    """``catalog`` with just ``streams`` selected (none named: all), as a person writes it."""
    chosen = deepcopy(catalog)
    for entry in chosen["streams"]:
        root = next(item for item in entry["metadata"] if not item["breadcrumb"])
        root["metadata"]["selected"] = not streams or entry["tap_stream_id"] in streams
    return chosen


def deselecting(
    catalog: dict[str, Any], stream: str, *breadcrumbs: Sequence[str]
) -> dict[str, Any]:
    """``catalog`` with some fields of one stream not selected."""
    chosen = deepcopy(catalog)
    entry = next(entry for entry in chosen["streams"] if entry["tap_stream_id"] == stream)
    for item in entry["metadata"]:
        if item["breadcrumb"] in [list(breadcrumb) for breadcrumb in breadcrumbs]:
            item["metadata"]["selected"] = False
    return chosen
