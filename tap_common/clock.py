"""The clock by which a run tells the time and waits, so that tests can bring their own."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits. Everything that waits takes a clock."""

    def now(self) -> datetime:
        """The time of day, aware and in UTC."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    def sleep(self, seconds: float) -> None:
        """Waits for so many seconds."""

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        """Waits until ``condition`` is notified, or for so many seconds (None: for ever)."""


class SystemClock:
    """The real clock."""

    def now(self) -> datetime:
        """The time of day, aware and in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Waits for so many seconds."""
        time.sleep(seconds)

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        """Waits until ``condition`` is notified, or for so many seconds (None: for ever)."""
        condition.wait(seconds)


SYSTEM = SystemClock()
