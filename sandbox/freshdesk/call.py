"""One request on its way through an endpoint, and what the endpoint gives back."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sandbox.freshdesk.changes import Account
from sandbox.freshdesk.options import Options
from sandbox.freshdesk.params import Args
from sandbox.table import Row


@dataclass
class Memory:
    """What the API remembers between requests: of each list its calls and its last rows."""

    random: Random
    serial: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    delivered: defaultdict[str, deque[Any]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=1_000))
    )

    def remember(self, names: Iterable[str], keys: Iterable[Any]) -> None:
        """Notes that rows are delivered, in lists of these names."""
        for name in names:
            delivered = self.delivered[name]
            delivered += [key for key in keys if key not in delivered]


@dataclass
class Call:
    """A request that passed all checks: its endpoint's entry, ids and args."""

    spec: Row
    account: Account
    options: Options
    memory: Memory
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
        memory, delivered = self.memory, self.memory.delivered[name]
        memory.calls[name] += 1
        if every and delivered and memory.calls[name] % every == 0:
            key = delivered[memory.random.randrange(len(delivered))]
            delivered.remove(key)
            change(key)
