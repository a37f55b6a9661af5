"""What a vendor's package gives to the server."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from sandbox.account import BaseAccount
from sandbox.changes import BaseChanges, Changed
from sandbox.errors import Errors
from sandbox.table import Row
from sandbox.wire import Reply, Request


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


AnAccount = TypeVar("AnAccount", bound=BaseAccount)
AnOptions = TypeVar("AnOptions", bound=BaseOptions)
SomeChanges = TypeVar("SomeChanges", bound=BaseChanges)


class App(Generic[AnAccount, AnOptions, SomeChanges]):
    """A vendor's API with an account behind it."""

    def __init__(
        self, account: AnAccount, options: AnOptions, changes: SomeChanges, errors: Errors
    ) -> None:
        self.account, self.options, self.changes = account, options, changes
        self.error = errors.by_status

    def credentials(self) -> dict[str, str]:
        """What a client needs for each way to log in, as it is now."""
        raise NotImplementedError

    def answer(self, request: Request, instead: Reply | None = None) -> Reply:
        """Log in, count against the quota, and answer.

        ``instead`` is sent in place of the endpoint's answer.
        """
        raise NotImplementedError

    def rows(self, stream: str) -> list[Row]:
        """Every row of a stream that a client could read now, as its list shows it.

        KeyError for an unknown stream.
        """
        raise NotImplementedError

    def live(self, seed: int, n: int) -> Changed:
        """Make ``n`` plausible changes and say which ids of which streams they touched."""
        return self.changes.live(seed, n)

    def change(self, do: str, **arguments: Any) -> Changed:
        """Make one change by name."""
        return self.changes.do(do, **arguments)
