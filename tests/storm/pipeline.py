"""A tap, a pipe and the loader, as a shell would start them, and what they left behind."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from tests.harness import ROOT

Victim = Literal["tap", "loader", "both", "pipe"]
PATIENCE = 120.0
"""Seconds after which a run that was not killed is taken for hung."""


class Hung(AssertionError):
    """A run did not end."""


class Pipeline:
    """The files of one account in ``folder``, and the commands that work on them."""

    def __init__(self, folder: Path, package: str, config: Mapping[str, Any]) -> None:
        self._folder, self._package = folder, package
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config), "utf-8")
        self.log = folder / "log"

    def start(self, cut: int | None = None) -> Run:
        """Starts tap and loader; the pipe closes after ``cut`` bytes, if that is given."""
        state = self._folder / "state.json"
        arguments = ["--config", str(self._folder / "config.json")]
        if state.exists():
            arguments += ["--state", str(state)]
        with self.log.open("ab") as log, (self._folder / "states").open("wb") as states:
            tap = _started([sys.executable, "-m", self._package, *arguments], None, log)
            processes = [tap]
            if cut is not None:
                processes.append(_started(["head", "-c", str(cut)], processes[-1], log))
            database = str(self._folder / "helpdesk.db")
            loader = [sys.executable, "-m", "singer_to_sqlite", database]
            processes.append(_started(loader, processes[-1], log, states))
        return Run(processes)

    def keep_state(self) -> None:
        """Keeps the last whole line that the loader printed, if there is one."""
        content = (self._folder / "states").read_bytes()
        whole = content[: content.rfind(b"\n") + 1].splitlines()
        if whole:
            (self._folder / "state.json").write_bytes(whole[-1])

    def forget_state(self) -> None:
        """From now on the tap reads everything again."""
        (self._folder / "state.json").unlink(missing_ok=True)

    def complaints(self) -> list[str]:
        """The lines of the log that no run may write, whatever killed it."""
        lines = self.log.read_text("utf-8").splitlines()
        return [line for line in lines if "Traceback" in line or "internal error" in line]

    def table(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table of the loader's file; none if there is no such table."""
        with closing(sqlite3.connect(self._folder / "helpdesk.db")) as database:
            database.row_factory = sqlite3.Row
            known = database.execute("SELECT name FROM sqlite_master WHERE name = ?", [name])
            if known.fetchone() is None:
                return []
            return [dict(row) for row in database.execute(f'SELECT * FROM "{name}"')]


class Run:
    """The running processes of a pipeline, from the tap to the loader."""

    def __init__(self, processes: Sequence[subprocess.Popen[bytes]]) -> None:
        self._processes = processes
        self._began = time.monotonic()

    def has_ended_within(self, seconds: float) -> bool:
        """Waits for so many seconds; did the tap end by itself?"""
        try:
            self._processes[0].wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self, victim: Victim, signum: signal.Signals) -> None:
        """Sends the signal to the tap, the loader or both."""
        tap, loader = self._processes[0], self._processes[-1]
        if victim in ("tap", "both"):
            tap.send_signal(signum)
        if victim in ("loader", "both"):
            loader.send_signal(signum)

    def end(self) -> tuple[int, int, float]:
        """Waits for the end: the exit codes of tap and loader, and the seconds that it took."""
        for process in self._processes:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                for other in self._processes:
                    other.kill()
                raise Hung(f"{process.args!r} did not end in {PATIENCE:.0f} seconds") from None
        seconds = time.monotonic() - self._began
        return self._processes[0].returncode, self._processes[-1].returncode, seconds


def _started(
    command: Sequence[str],
    source: subprocess.Popen[bytes] | None,
    log: Any,
    output: Any = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    stdin = subprocess.DEVNULL if source is None else source.stdout
    process = subprocess.Popen(command, stdin=stdin, stdout=output, stderr=log, cwd=ROOT)
    if source is not None and source.stdout is not None:
        source.stdout.close()
    return process
