"""One account of helpdesk-sync, run as cron does."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sysconfig
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sandbox.freshdesk import FreshdeskServer
from tests.harness import Run

TAP = "tap-freshdesk"
LOADER = ("singer-to-sqlite", "helpdesk.db")
PATIENCE = 60
"""Seconds."""


class Cron:
    """A folder for one account, and the command with the environment that a crontab gives."""

    def __init__(self, folder: Path, server: FreshdeskServer) -> None:
        self.folder, self.server = folder, server
        self.environment = {
            "PATH": f"{sysconfig.get_path('scripts')}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(folder),
        }
        folder.mkdir()
        self.configure()

    def configure(self, **config: Any) -> None:
        settings = {
            **self.server.credentials,
            "base_url": self.server.url,
            "start_date": "2020-01-01",
            "select": ["tickets", "conversations", "agents", "groups", "roles"],
        }
        (self.folder / "config.json").write_text(json.dumps({**settings, **config}), "utf-8")

    def command(self, *target: str) -> list[str]:
        """The command of a run into the loader, or into a ``target`` that holds the same rows."""
        command = ["helpdesk-sync", "--change-target", str(self.folder)]
        return [*command, TAP, *(target or LOADER)]

    def run(self, *target: str) -> Run:
        return self._ran(self.command(*target))

    def run_of_nothing(self) -> Run:
        """A run whose tap and target do nothing, for what concerns only the command itself."""
        return self._ran(["helpdesk-sync", str(self.folder), "true", "cat"])

    def _ran(self, command: Sequence[str]) -> Run:
        done = subprocess.run(
            command,
            env=self.environment,
            cwd="/",
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr.decode())

    @contextmanager
    def running(self, *options: str) -> Iterator[subprocess.Popen[bytes]]:
        """The command while its tap waits for the agents and has read the tickets.

        The log is read as it is written.
        """
        self.server.faults.add("hang", path="/api/v2/agents")
        os.mkfifo(self.folder / "log")
        command, *rest = self.command()
        process = subprocess.Popen([command, *options, *rest], env=self.environment, cwd="/")
        try:
            with (self.folder / "log").open(encoding="utf-8") as log:
                assert any(": done" in line and "conversations" in line for line in log)
                (self.folder / "log").unlink()
                yield process
                self.end_all()
                log.read()  # until all who write to it have ended
        finally:
            self.end_all()
            process.wait()
        self.server.faults.set([])

    def end_all(self) -> None:
        """Ends the processes that work in the folder."""
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (path / "cwd").readlink() == self.folder:
                    os.kill(int(path.name), signal.SIGKILL)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    @property
    def state(self) -> dict[str, Any]:
        return self.read("state.json")

    def read(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.folder / name).read_text("utf-8"))
        return content

    def count(self, table: str) -> int:
        with closing(sqlite3.connect(self.folder / "helpdesk.db")) as database:
            return int(database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])

    def left_behind(self) -> set[str]:
        known = {"config.json", "catalog.json", "state.json", "report.json", "last-success.json"}
        known |= {"log", "lock", "target.json"}
        known |= {"helpdesk.db", "whole"}
        return {path.name for path in self.folder.iterdir()} - known
