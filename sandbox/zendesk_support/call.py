"""One request on its way through an endpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sandbox.table import Row
from sandbox.times import parse
from sandbox.wire import Request, positive
from sandbox.zendesk_support.account import Account
from sandbox.zendesk_support.options import Options

_seconds = lru_cache(maxsize=1 << 17)(parse)


@dataclass
class Memory:
    """What was delivered last of each stream, and how many pages were asked for: for churn."""

    last: dict[str, list[int]] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)

    def delivered(self, stream: str, numbers: list[int]) -> None:
        """Keeps the numbers of a page that had any."""
        if numbers:
            self.last[stream] = numbers

    def due(self, stream: str, every: int) -> int | None:
        """Returns a delivered number, if it is time to change one before this page."""
        self.pages[stream] = pages = self.pages.get(stream, 0) + 1
        known = self.last.get(stream)
        return known[pages % len(known)] if known and every and pages % every == 0 else None


@dataclass
class Call:
    """A request that was let in: the account, its parameters by name, and the ids in its path."""

    account: Account
    options: Options
    memory: Memory
    request: Request
    ids: list[Any]
    args: dict[str, str]

    def asks_for(self, sideload: str) -> bool:
        """Returns whether ``include`` names a sideload."""
        return sideload in self.args.get("include", "").split(",")

    def number(self, parameter: str) -> int:
        """Returns a parameter's number; 0 for none."""
        return positive(self.args.get(parameter), 0)

    @staticmethod
    def moment(row: Row, name: str) -> int:
        """Returns a row's time in seconds; 0 for none."""
        return _seconds(row[name]) if row.get(name) else 0
