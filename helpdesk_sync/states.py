"""Which of the lines that a target prints is the state, and for whom and when it is written."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import NoReturn

from helpdesk_sync.errors import JobError
from helpdesk_sync.place import Place

NAME = "state.json"
TARGET = "target.json"
"""The file that names the target to which the state belongs."""


def state_of(line: bytes) -> bytes | None:
    """The JSON object of a line, with a line feed behind it; None if the line holds none.

    A line without its end was cut off and holds none.
    """
    if not line.endswith(b"\n"):
        return None
    try:
        value = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return line.strip() + b"\n" if isinstance(value, dict) else None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _target_in(content: bytes | None) -> str | None:
    """The target that the file ``content`` names, or None if it names none."""
    try:
        found = json.loads(content or b"null")
    except (ValueError, RecursionError):
        return None
    name = found.get("target") if isinstance(found, dict) else None
    return name if isinstance(name, str) else None


class States:
    """Keeps the newest state of ``target`` in ``place``, at most once in so many ``seconds``.

    A target prints a state once the rows before it are stored. So it is worth keeping, whatever
    happens later.
    """

    def __init__(self, place: Place, target: str, seconds: float) -> None:
        self._place, self._target, self._seconds = place, target, seconds
        self._kept = place.read(NAME)
        self._known = _target_in(place.read(TARGET))
        self._newest: bytes | None = None
        self._written = time.monotonic()

    def check_target(self) -> None:
        """JobError if the state belongs to another target, which has got other rows."""
        if self._kept is None or self._known in (None, self._target):
            return
        raise JobError(
            f"{NAME} says what {self._known} has got, so {self._target} would get only what "
            f"changes from now on; give {self._target} a folder of its own, or add "
            "--change-target if it holds the same rows"
        )

    def take(self, line: bytes) -> None:
        """Looks at a line that the target printed. A state that can't be written is tried later."""
        self._newest = state_of(line) or self._newest
        if time.monotonic() - self._written >= self._seconds:
            with suppress(OSError):
                self.keep()

    def keep(self, *, anyhow: bool = False) -> None:
        """Writes the newest state if it differs from the kept one, or ``anyhow``. May be OSError.

        The time of the file shows when a run last brought something, or ended well.
        """
        self._written = time.monotonic()
        if self._newest is not None and (anyhow or self._newest != self._kept):
            if self._known != self._target:
                self._place.write(TARGET, json.dumps({"target": self._target}).encode() + b"\n")
                self._known = self._target
            self._place.write(NAME, self._newest)
            self._kept = self._newest
