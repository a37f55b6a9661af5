"""One request on its way through an endpoint, and what the endpoint gives back."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from sandbox.freshdesk.changes import Account
from sandbox.freshdesk.options import Options
from sandbox.freshdesk.params import Args
from sandbox.table import Row


class Listing(NamedTuple):
    """A list before paging: keys of all its rows in order, and how to make a row of a key.

    ``names`` are those under which the API remembers the rows that it has delivered.
    """

    keys: list[Any]
    row: Callable[[Any], Row] = lambda row: row
    names: tuple[str, ...] = ()


Answer = Listing | Row
Reader = Callable[["Call"], Answer]


@dataclass(frozen=True)
class Route:
    """An endpoint: how it answers, who may ask what, its list limit, and what includes cost."""

    read: Reader
    params: tuple[str, ...]
    choices: Mapping[str, list[str]]
    admin: bool = False
    feature: str = ""
    bucket: str = ""
    include_cost: int = 0


@dataclass
class Memory:
    """What the API remembers between requests: of each list its calls and its last rows."""

    random: Random
    serial: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    delivered: defaultdict[str, deque[Any]] = field(
        default_factory=lambda: defaultdict(lambda: deque(maxlen=1_000))
    )
    kept: dict[str, tuple[object, list[Any]]] = field(default_factory=dict)

    def remember(self, listing: Listing, keys: Iterable[Any]) -> None:
        """Note that these rows of a list are delivered."""
        for name in listing.names:
            delivered = self.delivered[name]
            delivered += [key for key in keys if key not in delivered]


@dataclass
class Call:
    """A request that passed all checks: ids and language of its path, and args of its query."""

    route: Route
    account: Account
    options: Options
    memory: Memory
    ids: list[int]
    language: str
    args: Args

    @property
    def credits(self) -> int:
        """What the request costs (DOCS)."""
        return 1 + self.route.include_cost * len(self.args.get("include", ()))

    def kept(self, name: str, make: Callable[[], list[Any]], *filters: object) -> list[Any]:
        """Return what ``make`` returned last, while the account and the filters are the same."""
        stamp = (self.account.version, filters)
        if name not in self.memory.kept or self.memory.kept[name][0] != stamp:
            self.memory.kept[name] = (stamp, make())
        return self.memory.kept[name][1]

    def disturb(self, name: str, every: int, change: Callable[[Any], object]) -> None:
        """Before every so-many-th call of a list (0: never) change one of its delivered rows."""
        memory, delivered = self.memory, self.memory.delivered[name]
        memory.calls[name] += 1
        if every and delivered and memory.calls[name] % every == 0:
            key = delivered[memory.random.randrange(len(delivered))]
            delivered.remove(key)
            change(key)
