"""A page out of a long sorted list, without copying the list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sandbox.freshdesk.tickets import ID_BITS


class Ordered:
    """Ascending ``value << ID_BITS | id`` keys from ``start`` on, read from either end.

    ``arrange``, if given, puts keys of one value in an order of its own (no second sort key is documented).
    """

    def __init__(
        self,
        keys: Sequence[int],
        start: int,
        descending: bool,
        arrange: Callable[[list[int]], None] | None,
    ) -> None:
        self._keys = keys
        self._start = start
        self._descending = descending
        self._arrange = arrange

    def __len__(self) -> int:
        return len(self._keys) - self._start

    def __getitem__(self, part: slice) -> list[int]:
        first, stop, _ = part.indices(len(self))
        if first >= stop:
            return []
        if self._arrange is None:
            return [self._at(place) for place in range(first, stop)]
        before, after = first, stop
        while before > 0 and self._value(before - 1) == self._value(first):
            before -= 1
        while after < len(self) and self._value(after) == self._value(stop - 1):
            after += 1
        keys = [self._at(place) for place in range(before, after)]
        self._arrange(keys)
        keys.sort(key=lambda key: key >> ID_BITS, reverse=self._descending)
        return keys[first - before : stop - before]

    def _at(self, place: int) -> int:
        return self._keys[-1 - place] if self._descending else self._keys[self._start + place]

    def _value(self, place: int) -> int:
        return self._at(place) >> ID_BITS
