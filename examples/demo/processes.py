"""The demo's processes: none is left behind, whatever ends the demo."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

SECONDS_TO_END = 5


class Signals:
    """Ends the demo at a signal, but not while a process is being started or ended.

    So no process is forgotten.
    """

    def __init__(self) -> None:
        self._deferred, self._came = False, 0

    def stop(self, signum: int, _frame: object) -> None:
        """The handler. The first signal counts."""
        if not self._came:
            self._came = signum
            if not self._deferred:
                sys.exit(128 + signum)

    def hold(self) -> None:
        """From now on a signal is only remembered."""
        self._deferred = True

    def release(self) -> None:
        """Signals end the demo again, also one that came meanwhile."""
        self._deferred = False
        if self._came:
            sys.exit(128 + self._came)


SIGNALS = Signals()


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """The process of ``command``, which is gone when the block is left in whatever way."""
    SIGNALS.hold()
    process = subprocess.Popen(command, **options)  # noqa: S603 - the commands are our own
    try:
        SIGNALS.release()
        yield process
    finally:
        SIGNALS.hold()
        process.terminate()
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
        SIGNALS.release()
