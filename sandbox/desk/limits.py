"""Requests a clock minute (REC: Date's second + X-Rate-Limit-Reset = 60)."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from sandbox.desk.options import Options
from sandbox.window import Window


class Limits:
    """The site's budget."""

    def __init__(self, options: Options, clock: Callable[[], float]) -> None:
        self._options = options
        self._lock = Lock()
        self._window = Window(clock)

    def take(self) -> tuple[bool, dict[str, str]]:
        """Return whether a request may pass, and the rate headers of its reply."""
        total = self._options.limit
        if total == 0:
            return True, {}
        with self._lock:
            verdict = self._window.look(total, 1, self._options.window_seconds, "clock")
            if verdict.allowed:
                self._window.take(1)
        return verdict.allowed, {
            "X-Rate-Limit-Limit": str(total),
            "X-Rate-Limit-Remaining": str(max(0, verdict.remaining - verdict.allowed)),
            "X-Rate-Limit-Reset": str(verdict.retry_after),
        }
