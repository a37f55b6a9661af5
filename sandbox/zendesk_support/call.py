"""One request on its way through an endpoint."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sandbox.changes import Churn
from sandbox.table import Row
from sandbox.times import parse
from sandbox.wire import Request, positive
from sandbox.zendesk_support.account import Account
from sandbox.zendesk_support.changes import Changes
from sandbox.zendesk_support.options import Options

_seconds = lru_cache(maxsize=1 << 17)(parse)


@dataclass
class Call:
    """A request that was let in: the account, its parameters by name, and the ids in its path."""

    account: Account
    changes: Changes
    options: Options
    churn: Churn
    request: Request
    ids: list[Any]
    args: dict[str, str]

    def asks_for(self, sideload: str) -> bool:
        """Returns whether ``include`` names a sideload."""
        return sideload in self.args.get("include", "").split(",")

    def number(self, parameter: str) -> int:
        """Returns a parameter's number; 0 for none."""
        return positive(self.args.get(parameter), 0)

    def delivered(self, stream: str, numbers: list[int]) -> None:
        """Notes that rows of a stream are delivered, if such rows are to change."""
        if stream in self.options.churn:
            self.churn.delivered(stream, numbers)

    @staticmethod
    def moment(row: Row, name: str) -> int:
        """Returns a row's time in seconds; 0 for none."""
        return _seconds(row[name]) if row.get(name) else 0
