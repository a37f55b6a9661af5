"""A tap whose stdout is the stdin of a target, and what the target prints."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import BinaryIO

from helpdesk_sync.errors import JobError
from helpdesk_sync.signals import heeded


@dataclass(frozen=True)
class Ended:
    """The exit codes of a run; a process that a signal ended has 128 and the signal's number."""

    tap: int
    target: int

    @property
    def code(self) -> int:
        """The target's exit code if it failed, else the tap's."""
        return self.target or self.tap


class Pipeline:
    """Runs commands; ``tap_log`` and ``target_log`` get what they write to stderr.

    They have ``kept`` open as long as they run. The first signal goes on to the tap, which ends
    with a safe state, while the target stores what came before. Each later one also goes to the
    target, which may hang. Processes get a group of their own, so that Ctrl-C reaches them no other
    way. A terminal on which such groups must not write (``stty tostop``) does not stop them.
    """

    def __init__(self, tap_log: BinaryIO, target_log: BinaryIO, kept: Sequence[BinaryIO]) -> None:
        self._tap_log, self._target_log = tap_log, target_log
        self._kept = [file.fileno() for file in kept]
        self._tap: subprocess.Popen[bytes] | None = None
        self._target: subprocess.Popen[bytes] | None = None
        self._signum: int | None = None

    def run(
        self, tap: Sequence[str], target: Sequence[str], take: Callable[[bytes], None]
    ) -> Ended:
        """Runs ``tap`` into ``target`` to the end; ``take`` gets each line that the target prints.

        JobError if one of them can't be started.
        """
        before = {signum: signal.signal(signum, self._stop) for signum in heeded()}
        before[signal.SIGTTOU] = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            return self._run(tap, target, take)
        finally:
            for signum, handler in before.items():
                signal.signal(signum, handler)

    def _run(
        self, tap: Sequence[str], target: Sequence[str], take: Callable[[bytes], None]
    ) -> Ended:
        loading = self._start(target, self._target_log, subprocess.PIPE, subprocess.PIPE)
        self._target = loading
        assert loading.stdin is not None
        assert loading.stdout is not None
        try:
            self._tap = self._start(tap, self._tap_log, subprocess.DEVNULL, loading.stdin)
        finally:
            loading.stdin.close()
            if self._tap is None:
                loading.wait()
        if self._signum is not None:
            self._tap.send_signal(self._signum)
        with loading.stdout as lines:
            for line in lines:
                take(line)
        return Ended(_code(self._tap), _code(loading))

    def _start(
        self, command: Sequence[str], log: BinaryIO, stdin: int | object, stdout: int | object
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                command,
                stdin=stdin,  # type: ignore[arg-type]
                stdout=stdout,  # type: ignore[arg-type]
                stderr=log,
                pass_fds=self._kept,
                process_group=0,
            )
        except OSError as error:
            raise JobError(f"can't start {command[0]}: {error.strerror}") from None

    def _stop(self, signum: int, _frame: FrameType | None) -> None:
        is_first = self._signum is None
        self._signum = signum
        for process in (self._tap,) if is_first else (self._tap, self._target):
            if process is not None:
                process.send_signal(signum)


def _code(process: subprocess.Popen[bytes]) -> int:
    code = process.wait()
    return code if code >= 0 else 128 - code
