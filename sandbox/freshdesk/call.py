"""One request on its way through an endpoint, and what the endpoint gives back."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple, Protocol

from sandbox.freshdesk.account import Account
from sandbox.freshdesk.limits import Bucket
from sandbox.freshdesk.options import Options
from sandbox.freshdesk.params import PAGING, Args
from sandbox.table import Row


class Keys(Protocol):
    """Something that pages can be cut out of."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> Sequence[Any]: ...


class Listing(NamedTuple):
    """A list before paging: keys of all its rows in order, and how to make a row of a key."""

    keys: Keys
    row: Callable[[Any], Row]


Answer = Listing | Row
Reader = Callable[["Call"], Answer]


@dataclass(frozen=True)
class Route:
    """An endpoint: how it answers, and who may ask what. ``include_cost`` credits are added for each include."""

    read: Reader
    params: tuple[str, ...] = PAGING
    admin: bool = False
    feature: str = ""
    bucket: Bucket = ""
    include_cost: int = 0
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass
class Memory:
    """What the API remembers between requests."""

    random: Random
    serial: int = 0
    delivered_tickets: deque[int] = field(default_factory=lambda: deque(maxlen=1_000))
    delivered_contacts: deque[int] = field(default_factory=lambda: deque(maxlen=1_000))
    ticket_lists: int = 0
    contact_lists: int = 0
    listed: Counter[str] = field(default_factory=Counter)
    delivered: defaultdict[str, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    cached: dict[str, tuple[object, list[int]]] = field(default_factory=dict)


@dataclass
class Call:
    """A request that passed all checks: ``ids`` from the path, ``args`` from the query."""

    route: Route
    account: Account
    options: Options
    memory: Memory
    ids: list[int]
    args: Args

    @property
    def credits(self) -> int:
        """What the request costs (DOCS)."""
        return 1 + self.route.include_cost * len(self.args.get("include", ()))

    def cached(self, name: str, key: object, compute: Callable[[], list[int]]) -> list[int]:
        """``compute()``, or what it gave last time for the same key in an unchanged account."""
        stamp = (self.account.version, key)
        known = self.memory.cached.get(name)
        if known is None or known[0] != stamp:
            known = self.memory.cached[name] = (stamp, compute())
        return known[1]
