"""One job: read the state, run the pipeline, keep the state and the report."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from helpdesk_sync import states
from helpdesk_sync.errors import JobError
from helpdesk_sync.pipeline import Ended, Pipeline
from helpdesk_sync.place import Folder, Place, Remote
from helpdesk_sync.states import States

REPORT, SUCCESS, LOG = "report.json", "last-success.json", "log"
INPUTS = ("catalog.json", states.NAME)
STDERR = "-"


@dataclass(frozen=True)
class Job:
    """What to run, as the command line says it.

    ``place`` is a folder or a URL. ``config`` is what the tap gets as --config; None stands for the
    config.json of the place. ``log`` is a file, "-" for stderr, or None for the file log in the
    folder. A state is kept at most once in so many ``seconds``.
    """

    place: str
    tap: str
    target: Sequence[str]
    tap_arguments: str = ""
    config: str | None = None
    log: str | None = None
    seconds: float = 10.0

    @property
    def name(self) -> str:
        """The tap's name, for messages."""
        return Path(self.tap).name

    def run(self) -> int:
        """Runs the job; returns its exit code. JobError if it can't begin."""
        place = Remote(self.place) if "://" in self.place else Folder(Path(self.place).absolute())
        with ExitStack() as stack:
            log = stack.enter_context(_log(self.log, place))
            try:
                kept = [stack.enter_context(place.lock())] if isinstance(place, Folder) else []
            except JobError as error:
                _say(log, str(error))
                raise
            if isinstance(place, Folder):
                place.clear()
                os.chdir(place.path)
            work = Path(stack.enter_context(place.work()))
            return self._run(place, work, log, kept)

    def _run(self, place: Place, work: Path, log: BinaryIO, kept: Sequence[BinaryIO]) -> int:
        command = self._command(place, work)
        _say(log, f"{self.name} begins")
        keeper = States(place, self.seconds)
        ended = Pipeline(log, kept).run(command, self.target, keeper.take)
        code = ended.code
        try:
            keeper.keep(anyhow=code == 0)
            _keep_report(place, work / REPORT, code)
        except OSError as error:
            _say(log, f"{self.place}: {error}; the next run reads the same rows again")
            code = code or 1
        _say(log, f"{self.name} ends: tap {ended.tap}, target {ended.target}")
        self._tell(ended, code, place)
        return code

    def _command(self, place: Place, work: Path) -> list[str]:
        """The tap's command. It gets copies of the place's files, which none changes meanwhile."""
        command = [self.tap, "--config", self.config or _config(place, work)]
        for name in INPUTS:
            content = _read(place, name)
            if content is not None:
                (work / name).write_bytes(content)
                command += [f"--{Path(name).stem}", str(work / name)]
        return [*command, "--report", str(work / REPORT), *self._more_arguments()]

    def _more_arguments(self) -> list[str]:
        try:
            return shlex.split(self.tap_arguments)
        except ValueError as error:
            raise JobError(f"--tap-arguments: {self.tap_arguments!r}: {error}") from None

    def _tell(self, ended: Ended, code: int, place: Place) -> None:
        if code == 0:
            return
        where = ""
        if self.log is None and isinstance(place, Folder):
            where = f"; see {place.path / LOG}"
        text = f"exit code {code} (tap {ended.tap}, target {ended.target}){where}"
        print(f"{self.name}: {text}", file=sys.stderr)


def _config(place: Place, work: Path) -> str:
    """The path of config.json: the folder's own file, since a tap may renew a token in it."""
    if isinstance(place, Folder):
        return str(place.path / "config.json")
    content = _read(place, "config.json")
    if content is None:
        raise JobError("there is no config.json; write one, or give --config FILE or --config ENV")
    (work / "config.json").write_bytes(content)
    return str(work / "config.json")


def _read(place: Place, name: str) -> bytes | None:
    """The content of a file of the place, or None if it is not there.

    JobError if it can't be read.
    """
    try:
        return place.read(name)
    except OSError as error:
        raise JobError(f"can't read {name}: {error.strerror or error}") from None


def _keep_report(place: Place, report: Path, code: int) -> None:
    """Keeps the tap's report, and after a run that ended well the time of it, apart."""
    rows = None
    if report.exists():
        content = report.read_bytes()
        place.write(REPORT, content)
        rows = json.loads(content).get("rows")
    if code == 0:
        success = {"time": _now(), "exit_code": code, "rows": rows}
        place.write(SUCCESS, json.dumps(success).encode() + b"\n")


@contextmanager
def _log(path: str | None, place: Place) -> Iterator[BinaryIO]:
    if path == STDERR or (path is None and not isinstance(place, Folder)):
        yield sys.stderr.buffer
    elif path is None and isinstance(place, Folder):
        with place.open(LOG, os.O_WRONLY | os.O_APPEND) as log:
            yield log
    else:
        file = Path(str(path)).absolute()
        with Folder(file.parent).open(file.name, os.O_WRONLY | os.O_APPEND) as log:
            yield log


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _say(log: BinaryIO, text: str) -> None:
    log.write(f"{_now()} {text}\n".encode())
    log.flush()
