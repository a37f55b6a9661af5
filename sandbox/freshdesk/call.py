"""One request on its way through an endpoint, and what the endpoint gives back."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from sandbox.freshdesk.account import Account
from sandbox.freshdesk.options import Options
from sandbox.freshdesk.params import Args
from sandbox.table import Row

Test = Callable[[Any, Any], bool]
Tests = Mapping[str, Test]
NO_FILTERS = frozenset({"page", "per_page", "include", "order_by", "order_type"})
"""Parameters that do not say which rows a list holds."""


class Listing(NamedTuple):
    """A list before paging: keys of all its rows in order, and how to make a row of a key."""

    keys: list[Any]
    row: Callable[[Any], Row] = lambda row: row


Answer = Listing | Row
Reader = Callable[["Call"], Answer]


@dataclass(frozen=True)
class Route:
    """An endpoint: how it answers, and who may ask what.

    ``include_cost`` credits are added for each include. ``bucket`` names the list limit.
    """

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
    cached: dict[str, tuple[object, list[Any]]] = field(default_factory=dict)


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

    def found(
        self,
        name: str,
        keys: Iterable[Any],
        row: Callable[[Any], Row],
        tests: Tests | None = None,
        by: Callable[[Any], Any] | None = None,
    ) -> list[Any]:
        """Return the keys that pass the test of each parameter that was given.

        A parameter without a test of its own must equal the field of its name. The keys are sorted
        ``by``, if that is given, and kept for the next page as long as the account stays the same.
        """
        given = {name: value for name, value in self.args.items() if name not in NO_FILTERS}
        stamp = (self.account.version, given)
        known = self.memory.cached.get(name)
        if known is None or known[0] != stamp:
            checks = [(self._test(tests or {}, name, row), value) for name, value in given.items()]
            passing = [key for key in keys if _passes(key, checks)]
            if by:
                passing.sort(key=by)
            known = self.memory.cached[name] = (stamp, passing)
        return known[1]

    def _test(self, tests: Tests, name: str, row: Callable[[Any], Row]) -> Test:
        return tests.get(name) or (lambda key, value: row(key).get(name) == value)

    def disturb(self, name: str, every: int, change: Callable[[Any], object]) -> None:
        """Before every so-many-th call of a list (0: never) change one of its delivered rows."""
        self.memory.calls[name] += 1
        delivered = self.memory.delivered[name]
        if every and delivered and self.memory.calls[name] % every == 0:
            place = self.memory.random.randrange(len(delivered))
            key = delivered[place]
            del delivered[place]
            change(key)

    def remembering(self, name: str, row: Callable[[Any], Row]) -> Callable[[Any], Row]:
        """Return ``row`` such that it notes which rows of the list were delivered."""
        delivered = self.memory.delivered[name]

        def remembered(key: Any) -> Row:
            if key not in delivered:
                delivered.append(key)
            return row(key)

        return remembered


def _passes(key: Any, checks: list[tuple[Test, Any]]) -> bool:
    return all(test(key, value) for test, value in checks)
