"""Rows that change while a client reads their list."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from random import Random
from typing import Any

_REMEMBERED = 1_000


class Churn:
    """Remembers the last rows of each list that were delivered, and picks those to change."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._calls: Counter[str] = Counter()
        self._delivered: dict[str, deque[Any]] = defaultdict(lambda: deque(maxlen=_REMEMBERED))

    def delivered(self, name: str, keys: Iterable[Any]) -> None:
        """Notes that a list has delivered the rows with these keys."""
        known = self._delivered[name]
        known += [key for key in keys if key not in known]

    def due(self, name: str, every: int) -> Any | None:
        """Returns the key of a delivered row that is to change now, or None.

        One is due before every so-many-th call of a list; 0 means never.
        """
        known = self._delivered[name]
        self._calls[name] += 1
        if not every or not known or self._calls[name] % every:
            return None
        key = known[self.random.randrange(len(known))]
        known.remove(key)
        return key
