"""Chance without state: the same key throws the same numbers on every machine and Python."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A short run of random numbers (512 bits in all) derived from a key such as ``("ticket", seed,
    17)``.
    """

    __slots__ = ("_left",)

    def __init__(self, *key: str | int) -> None:
        digest = blake2b("/".join(map(str, key)).encode(), digest_size=64).digest()
        self._left = int.from_bytes(digest, "little")

    def below(self, limit: int) -> int:
        """A number from 0 to ``limit - 1``."""
        self._left, number = divmod(self._left, limit)
        return number

    def pick(self, choices: Sequence[T]) -> T:
        """One of ``choices``."""
        self._left, number = divmod(self._left, len(choices))
        return choices[number]

    def chance(self, percent: int) -> bool:
        """True in ``percent`` of a hundred keys."""
        self._left, number = divmod(self._left, 100)
        return number < percent
