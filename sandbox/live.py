"""A plausible day: a batch of changes, the same for the same account and seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any, Protocol, TypeVar

from sandbox.app import Changed
from sandbox.dice import Dice


class Account(Protocol):
    """What a batch needs to know of an account."""

    seed: int
    lock: RLock


AnAccount = TypeVar("AnAccount", bound=Account)


def weighted(proportions: Mapping[str, int]) -> tuple[str, ...]:
    """Each kind of change as often as its proportion says, to pick from."""
    return tuple(kind for kind, share in proportions.items() for _ in range(share))


def batch(
    account: AnAccount, seed: int, n: int, change: Callable[[AnAccount, Dice], Changed]
) -> Changed:
    """Makes ``n`` changes; returns the ids touched, by stream."""
    touched: dict[str, set[Any]] = {}
    with account.lock:
        for number in range(n):
            for stream, ids in change(account, Dice("live", account.seed, seed, number)).items():
                touched.setdefault(stream, set()).update(ids)
    return {stream: sorted(ids) for stream, ids in sorted(touched.items())}
