"""What a vendor's package gives to the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any, Protocol

from sandbox.table import Row
from sandbox.wire import Reply, Request

Clock = Callable[[], datetime]
Changed = dict[str, list[Any]]  # stream -> ids, of whatever type the vendor has


@dataclass
class BaseOptions:
    """Settings that every vendor has. All but ``log_size`` may be changed while the server runs.

    latency_ms: wait so long before each reply
    log_size: how many requests the log keeps
    window_seconds: length of the rate limit's window (default 60)
    """

    latency_ms: float = 0
    log_size: int = 100_000
    window_seconds: float = 60

    def update(self, changes: dict[str, Any]) -> None:
        """Set several by name; ValueError, and nothing set, if one doesn't exist."""
        if unknown := set(changes) - {entry.name for entry in fields(self)}:
            raise ValueError(f"unknown options: {', '.join(sorted(unknown))}")
        for name, value in changes.items():
            setattr(self, name, value)


class App(Protocol):
    """A vendor's API with an account behind it."""

    @property
    def account(self) -> Any:
        """The account, of the vendor's own type."""

    @property
    def options(self) -> BaseOptions:
        """The settings."""

    def credentials(self) -> dict[str, str]:
        """What a client needs to log in."""

    def answer(self, request: Request, instead: Reply | None = None) -> Reply:
        """Log in, count against the quota, and answer; with ``instead`` that is sent in place of
        the endpoint's answer.
        """

    def error(self, status: int) -> Reply:
        """The vendor's own way of saying this status."""

    def rows(self, stream: str) -> list[Row]:
        """Every row of a stream that a client could read now, as its list shows it; KeyError for an
        unknown stream.
        """

    def live(self, seed: int, n: int) -> Changed:
        """Make ``n`` plausible changes and say which ids of which streams they touched."""

    def change(self, do: str, **arguments: Any) -> Changed:
        """Make one change by name."""


class BaseAccount:
    """What every account has. Whoever reads or changes it holds ``lock``.

    Changes happen at the time of ``clock``: real UTC time, or, while that is before ``epoch`` (the
    last second of what was built), time that starts there. ``version`` goes up with every change.
    """

    def __init__(self, seed: int, epoch: datetime, clock: Clock | None) -> None:
        ahead = max(timedelta(0), epoch - datetime.now(UTC))
        self.seed = seed
        self.clock: Clock = clock or (lambda: datetime.now(UTC) + ahead)
        self.lock = RLock()
        self.version = 0

    def seconds(self) -> float:
        """The clock's time in seconds since 1970."""
        return self.clock().timestamp()

    def now(self) -> int:
        """The clock's time in whole seconds."""
        return int(self.seconds())
