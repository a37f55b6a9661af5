"""Spoilt config, catalog and state files: a tap reads what makes sense, and else ends with 2."""

from __future__ import annotations

import io
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

from sandbox.wire import Reply
from tap_common import catalog, log, state
from tap_common.config import load
from tap_common.errors import TapError
from tap_common.http import Api
from tap_common.messages import Writer
from tap_common.report import RunReport
from tap_common.run import sync
from tap_common.task import Task
from tests.fuzz.cases import CODES, MOST_SECONDS, Hung, alarm, faults, place
from tests.fuzz.mutations import MUTATIONS
from tests.fuzz.subjects import NAMES, baseline, subject
from tests.harness import Run
from tests.inprocess import Logged, Offline, SandboxAdapter

Kind = Literal["config", "catalog", "state"]
KINDS: tuple[Kind, ...] = ("config", "catalog", "state")
WAYS = ("odd value", "no member", "list twice", "flipped bytes", "cut JSON", "other document")


@dataclass(frozen=True)
class FileCase:
    """A tap, one of its files, and a way to spoil it, once or several times."""

    seed: int
    tap: str
    file: Kind
    way: str
    times: int

    def __str__(self) -> str:
        return f"{self.seed}: {self.tap}, {self.file} file, {self.times} x {self.way}"

    def spoilt(self, good: Any) -> bytes:
        """The content of the file that ``good`` becomes."""
        dice = Random(self.seed)
        reply = Reply(200, json.dumps(good).encode())
        for _ in range(self.times):
            reply = MUTATIONS[self.way].apply(reply, dice)
        return reply.body


def file_case(seed: int, tap: str | None = None, file: Kind | None = None) -> FileCase:
    """The case of a seed; ``tap`` and ``file`` stand for what chance would choose."""
    dice = Random(seed)
    name, kind = dice.choice(NAMES), dice.choice(KINDS)
    return FileCase(seed, tap or name, file or kind, dice.choice(WAYS), dice.choice([1, 1, 3]))


def file_problems(case: FileCase) -> list[str]:
    """What goes wrong when a tap gets the spoilt file."""
    with subject(case.tap) as tap, tempfile.TemporaryDirectory() as folder:
        good: dict[str, Any] = {
            "config": tap.config,
            "catalog": tap.catalog(),
            "state": baseline(case.tap).run.state,
        }
        paths = {}
        for name, content in good.items():
            paths[name] = Path(folder) / f"{name}.json"
            paths[name].write_bytes(json.dumps(content).encode())
        paths[case.file].write_bytes(case.spoilt(good[case.file]))
        try:
            with alarm(MOST_SECONDS):
                run = _run(tap, {name: str(path) for name, path in paths.items()})
        except Hung as hung:
            return [f"it hangs: {hung}"]
        except Exception as error:  # noqa: BLE001 - what a person would see as an internal error
            text = f"internal error: {type(error).__name__}: {str(error)[:300]}"
            return [f"{text} at {place(error)}"]
        return faults(run, CODES | {2})


def _run(tap: Offline, paths: dict[str, str]) -> Run:
    """Does what the command does with its files."""
    out, err = io.BytesIO(), io.StringIO()
    with Logged(err):
        try:
            code = _synced(tap, paths, out)
        except TapError as error:
            log.LOGGER.critical("%s", error)
            code = error.exit_code
    return Run(code, out.getvalue(), err.getvalue())


def _synced(offline: Offline, paths: dict[str, str], out: io.BytesIO) -> int:
    tap = offline.tap
    settings = load(tap.name, tap.all_settings, tap.logins, [paths["config"]], {})
    entries = catalog.load(tap, paths["catalog"])
    task = Task(tap, settings, entries, state.load(paths["state"]))
    adapter = SandboxAdapter(offline.server, offline.clock)
    api = Api(tap.connect(settings), settings, adapter=adapter, clock=offline.clock)
    report = RunReport(tap.name, offline.clock)
    return sync(task, api, Writer(out), report)
