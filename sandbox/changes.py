"""What every vendor's ``Changes`` is made of: what happens in an account after it was built."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Any, Protocol, TypeVar, cast

from sandbox.app import Changed
from sandbox.dice import Dice
from sandbox.times import parse


class Changeable(Protocol):
    """An account as its changes see it."""

    seed: int
    version: int
    lock: RLock

    def now(self) -> int:
        """The clock's time in whole seconds."""


Method = TypeVar("Method", bound=Callable[..., Changed])


def change(method: Method) -> Method:
    """Make a method one of the account's changes, done under its lock, and open to the control
    endpoint by its name.
    """

    @wraps(method)
    def locked(self: BaseChanges, *args: Any, **kwargs: Any) -> Changed:
        with self.account.lock:
            self.prepare()
            self.account.version += 1
            return method(self, *args, **kwargs)

    locked.is_change = True  # type: ignore[attr-defined]
    return cast(Method, locked)


class BaseChanges:
    """Changes one account. ``at`` (a date-time text) is when it happens, else the account's clock
    says.
    """

    account: Changeable

    def __init__(self, account: Changeable) -> None:
        self.account = account
        self._serial = 0

    def do(self, do: str, **arguments: Any) -> Changed:
        """One change by its name; KeyError for an unknown one."""
        method = getattr(self, do, None)
        if not getattr(method, "is_change", False):
            raise KeyError(do)
        return cast(Callable[..., Changed], method)(**arguments)

    def prepare(self) -> None:
        """What the account needs before anything in it changes."""

    def dice(self) -> Dice:
        """Fresh ones for each change."""
        self._serial += 1
        return Dice("change", self.account.seed, self._serial)

    def _time(self, at: str | None) -> int:
        return parse(at) if at else self.account.now()
