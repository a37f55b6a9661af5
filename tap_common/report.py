"""What a run did, stream by stream, and the file that says it to a machine.

docs/report.md describes the format, docs/report.schema.json is its schema.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tap_common import __version__, log, times
from tap_common.clock import SYSTEM, Clock
from tap_common.errors import UsageError
from tap_common.outcome import Ending, Outcome
from tap_common.owed import OWED
from tap_common.stats import Stats
from tap_common.stream import Bookmark

FORMAT = 1
"""Changes when a reader of the file has to change, too. New keys do not change it."""

NOT_BEGUN = Outcome(Ending.NOT_BEGUN)


@dataclass
class StreamReport:
    """What a run has done with one stream: how it ended, its bookmarks, and how long it took.

    ``began`` is the monotonic time at which its reader started.
    """

    stream: str
    before: Bookmark
    after: Bookmark
    outcome: Outcome = NOT_BEGUN
    began: float = 0.0
    seconds: float = 0.0

    @property
    def owed(self) -> int:
        """How many parents there are whose children could not be read."""
        return self.outcome.owed or len(self.after.get(OWED) or {})


class RunReport:
    """What a run of ``tap`` has done so far. It begins when this is made."""

    def __init__(self, tap: str, clock: Clock = SYSTEM) -> None:
        self.tap = tap
        self.account: str | None = None
        self.stats = Stats()
        self.streams: dict[str, StreamReport] = {}
        self.is_sync = False
        self.file: ReportFile | None = None
        self._clock = clock
        self._started, self._began = clock.now(), clock.monotonic()

    def write_at_end(self, path: str) -> None:
        """The file at ``path`` will get the report. UsageError if it can't be written."""
        self.file = ReportFile(path)

    def select(self, bookmarks: Mapping[str, Bookmark]) -> None:
        """The run is a sync of these streams, which have these bookmarks."""
        self.is_sync = True
        self.streams = {
            name: StreamReport(name, bookmark, bookmark) for name, bookmark in bookmarks.items()
        }

    def begin(self, streams: Iterable[str]) -> None:
        """The reader of ``streams`` starts."""
        now = self._clock.monotonic()
        for name in streams:
            self.streams[name].began = now
            self.streams[name].outcome = Outcome(Ending.UNFINISHED)

    def end(self, outcomes: Mapping[str, Outcome]) -> None:
        """The reader of these streams has ended, with these outcomes."""
        for name, outcome in outcomes.items():
            self.streams[name].outcome = outcome
            self.streams[name].seconds = self._clock.monotonic() - self.streams[name].began

    def close(self) -> None:
        """Nothing more is read: what is unfinished stays so."""
        for stream in self.streams.values():
            if stream.outcome.ending is Ending.UNFINISHED:
                stream.seconds = self._clock.monotonic() - stream.began

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return self._clock.monotonic() - self._began

    def value(self, code: int, message: str) -> dict[str, Any]:
        """The report of the run, which ends now with the exit ``code`` and this ``message``."""
        total = self.stats.total()
        return {
            "format": FORMAT,
            "tap": self.tap,
            "version": __version__,
            "account": self.account,
            "start": _moment(self._started),
            "end": _moment(self._clock.now()),
            "seconds": round(self.seconds, 3),
            "exit_code": code,
            "message": log.REDACTOR.clean(message),
            "rows": total.rows,
            "requests": total.requests,
            "retries": total.retries,
            "seconds_waited": round(total.waited, 3),
            "streams": [self._of_stream(stream) for stream in self.streams.values()],
        }

    def _of_stream(self, stream: StreamReport) -> dict[str, Any]:
        figures = self.stats.of(stream.stream)
        return {
            "stream": stream.stream,
            "outcome": stream.outcome.ending.value,
            "message": log.REDACTOR.clean(stream.outcome.reason) or None,
            "rows": figures.rows,
            "requests": figures.requests,
            "retries": figures.retries,
            "seconds": round(stream.seconds, 3),
            "seconds_waited": round(figures.waited, 3),
            "bookmark_before": stream.before or None,
            "bookmark_after": stream.after or None,
            "owed_parents": stream.owed,
        }


class ReportFile:
    """The file at ``path``, which gets a new report in one step. UsageError if it can't be written.

    A symbolic link stays, and the file to which it leads is replaced.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._target = Path(path).resolve()
        try:
            if self._target.exists() and not self._target.is_file():
                raise OSError(0, "it is not a plain file")
            descriptor, name = self._new()
            os.close(descriptor)
            Path(name).unlink()
        except OSError as error:
            raise UsageError(f"report: can't write {path}: {error.strerror}") from None

    def write(self, value: Mapping[str, Any]) -> None:
        """Replaces the file by one that holds ``value``. OSError if that fails."""
        descriptor, name = self._new()
        new = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(value, file, indent=2)
                file.write("\n")
                file.flush()
                os.fsync(descriptor)
            new.chmod(_mode(self._target))
            new.replace(self._target)
        except BaseException:
            new.unlink(missing_ok=True)
            raise

    def _new(self) -> tuple[int, str]:
        return tempfile.mkstemp(".new", f".{self._target.name}.", self._target.parent)


def _mode(target: Path) -> int:
    """The mode of ``target``, or the one that a new file has here."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _moment(moment: datetime) -> str:
    return times.second_of(moment)
