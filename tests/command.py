"""The taps' commands inside the test's own process, for tests that need no process of their own.

The command line, the files and the HTTP requests are real. What is before and after that is left
out: the start of the interpreter, closed descriptors and the end of the process.
"""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

import pytest

from tap_common import log
from tap_common.arguments import parse
from tap_common.redaction import Redactor
from tap_common.run import run
from tests.harness import Run, Workplace


class CommandLine(Workplace):
    """A workplace whose ``run`` needs no process."""

    @classmethod
    def at(cls, place: Workplace) -> CommandLine:
        """The command line that works on the files of ``place``."""
        return cls(place.folder, place.package, place.config)

    def run(self, *arguments: str, catalog: Any = None, state: Any = None, **config: Any) -> Run:
        """Runs the tap to its end with the config plus ``config``."""
        files = self.files(catalog=catalog, state=state)
        path = self.write("config.json", {**self.config, **config})
        return ran(self.package, "--config", str(path), *arguments, *files)


def ran(package: str, *arguments: str, env: Mapping[str, str] | None = None) -> Run:
    """What the command of the tap in ``package`` does with ``arguments``."""
    out, err = io.BytesIO(), io.StringIO()
    name = package.replace("_", "-")
    stdout = io.TextIOWrapper(out, "utf-8", write_through=True)
    with _settings_kept() as process, redirect_stdout(stdout), redirect_stderr(err):
        process.setattr(sys, "argv", [name, *arguments])
        for key, value in (env or {}).items():
            process.setitem(os.environ, key, value)
        try:
            code = run(f"{package}.tap:TAP", parse(name, f"Reads {name}."))
        except SystemExit as end:
            code = int(end.code or 0)
    return Run(code, out.getvalue(), err.getvalue())


@contextmanager
def _settings_kept() -> Iterator[pytest.MonkeyPatch]:
    """Afterwards signals, the log and the garbage collector are as they were."""
    ending = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {signum: signal.getsignal(signum) for signum in ending}
    logged = log.LOGGER.handlers, log.LOGGER.propagate, log.LOGGER.level
    threshold = gc.get_threshold()
    try:
        with pytest.MonkeyPatch.context() as process:
            process.setattr(log, "REDACTOR", Redactor())
            yield process
    finally:
        for signum, handler in handlers.items():
            signal.signal(signum, handler)
        log.LOGGER.handlers, log.LOGGER.propagate, level = logged
        log.LOGGER.setLevel(level)
        gc.set_threshold(*threshold)
        gc.unfreeze()
