"""One job: read the state, run the pipeline, keep the state and the report."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from helpdesk_sync import states
from helpdesk_sync.errors import JobError
from helpdesk_sync.log import Log, now, opened
from helpdesk_sync.pipeline import Ended, Pipeline
from helpdesk_sync.place import STDERR, Place, at
from helpdesk_sync.states import States

CONFIG, REPORT, SUCCESS = "config.json", "report.json", "last-success.json"
INPUTS = ("catalog.json", states.NAME)


@dataclass(frozen=True)
class Job:
    """What to run, as the command line says it.

    ``place`` is a folder or a URL. ``config`` is what the tap gets as --config; None stands for the
    config.json of the place. ``log`` is a file, or "-" for stderr. None stands for what the place
    says; a person at a terminal then sees there what the tap says. A state is kept at most once in
    so many ``seconds``. The state to go on from must be one of ``target``, unless ``any_target``
    is true.
    """

    place: str
    tap: str
    target: Sequence[str]
    tap_arguments: str = ""
    config: str | None = None
    log: str | None = None
    seconds: float = 10.0
    any_target: bool = False

    @property
    def name(self) -> str:
        """The tap's name, for messages."""
        return Path(self.tap).name

    def run(self) -> int:
        """Runs the job; returns its exit code. JobError if it can't begin."""
        place = at(self.place)
        with ExitStack() as stack:
            log = stack.enter_context(opened(self.log or place.log))
            try:
                kept = stack.enter_context(place.occupied())
            except JobError as error:
                log.say(str(error))
                raise
            work = Path(stack.enter_context(place.work()))
            return self._run(place, work, log, kept)

    def _run(self, place: Place, work: Path, log: Log, kept: Sequence[BinaryIO]) -> int:
        with _reading(self.place):
            keeper = States(place, Path(self.target[0]).name, self.seconds)
            if not self.any_target:
                keeper.check_target()
            command = self._command(place, work)
        begins = f"{self.name} begins"
        log.say(begins)
        is_watched = self.log is None and sys.stderr.isatty()
        tap_log = sys.stderr.buffer if is_watched else log.file
        ended = Pipeline(tap_log, log.file, kept).run(command, self.target, keeper.take)
        code = ended.code
        reason = log.last_line(begins) if is_watched and ended.target else ""
        try:
            keeper.keep(anyhow=code == 0)
            message = _keep_report(place, work / REPORT, code)
        except OSError as error:
            reason = message = f"{self.place}: {error}; the next run reads the same rows again"
            log.say(message)
            code = code or 1
        log.say(f"{self.name} ends: tap {ended.tap}, target {ended.target}")
        if not (is_watched or ended.target):
            reason = message
        if code:
            print(f"{self.name}: {_failure(code, ended, reason, log)}", file=sys.stderr)
        return code

    def _command(self, place: Place, work: Path) -> list[str]:
        config = self.config or place.file(CONFIG, work)
        if config is None:
            raise JobError(
                f"{self.place}: there is no {CONFIG}; write one, or give --config FILE or "
                "--config ENV"
            )
        command = [self.tap, "--config", config]
        for name in INPUTS:
            path = place.file(name, work)
            if path is not None:
                command += [f"--{Path(name).stem}", path]
        return [*command, "--report", str(work / REPORT), *self._more_arguments()]

    def _more_arguments(self) -> list[str]:
        try:
            return shlex.split(self.tap_arguments)
        except ValueError as error:
            raise JobError(f"--tap-arguments: {self.tap_arguments!r}: {error}") from None


@contextmanager
def _reading(place: str) -> Iterator[None]:
    """JobError if a file of ``place`` can't be read inside this."""
    try:
        yield
    except OSError as error:
        what = error.filename or place
        raise JobError(f"can't read {what}: {error.strerror or error}") from None


def _failure(code: int, ended: Ended, reason: str, log: Log) -> str:
    """The line for a run that failed.

    ``reason`` is what its reader has not seen: somebody at a terminal sees what the tap says. What
    the target says may quote rows, and is not for cron's mail.
    """
    text = f"exit code {code} (tap {ended.tap}, target {ended.target})"
    if log.path == STDERR:
        return text
    return f"{text}{reason and f': {reason}'}; see {log.path}"


def _keep_report(place: Place, report: Path, code: int) -> str:
    """Keeps the tap's report, and after a run that ended well the time of it, apart.

    Returns the report's last sentence, "" without a report.
    """
    content = report.read_bytes() if report.exists() else b"{}"
    found = json.loads(content)
    if found:
        place.write(REPORT, content)
    if code == 0:
        success = {"time": now(), "exit_code": code, "rows": found.get("rows")}
        place.write(SUCCESS, json.dumps(success).encode() + b"\n")
    return str(found.get("message", "")).removesuffix(f"; exit {code}")
