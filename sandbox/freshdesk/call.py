"""One request on its way through an endpoint, and what the endpoint gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.churn import Churn
from sandbox.freshdesk.account import Account
from sandbox.freshdesk.changes import Changes
from sandbox.freshdesk.options import Options
from sandbox.freshdesk.params import Args
from sandbox.table import Row


@dataclass
class Call:
    """A request that passed all checks: its endpoint's entry, ids and args, and its number."""

    spec: Row
    account: Account
    changes: Changes
    options: Options
    churn: Churn
    serial: int
    ids: list[int]
    args: Args
    names: tuple[str, ...] = ()
    """Those under which the rows of its list are remembered."""

    @property
    def credits(self) -> int:
        """What the request costs (DOCS)."""
        return 1 + int(self.spec.get("include_cost", 0)) * len(self.args.get("include", ()))

    def disturb(self, name: str, every: int, change: Callable[[Any], object]) -> None:
        """Before every so-many-th call of a list (0: never) change one of its delivered rows."""
        if (key := self.churn.due(name, every)) is not None:
            change(key)
