"""What happens in an account after it was built: what every vendor's ``Changes`` is made of.

``Churn`` picks what changes while a client reads.
"""

from abc import ABC, abstractmethod
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from random import Random
from typing import Any, ClassVar, TypeVar, cast

from sandbox.account import BaseAccount
from sandbox.chance import Dice
from sandbox.times import parse

Changed = dict[str, list[Any]]
"""The ids that a change touched, of whatever type the vendor has, by stream."""
Method = TypeVar("Method", bound=Callable[..., Changed])
_REMEMBERED = 1_000


def change(method: Method) -> Method:
    """Makes a method a change: done under the lock, and open to the control endpoint by name."""

    @wraps(method)
    def locked(self: BaseChanges, *args: Any, **kwargs: Any) -> Changed:
        with self.account.lock:
            self.account.version += 1
            return method(self, *args, **kwargs)

    locked.is_change = True  # type: ignore[attr-defined]
    return cast(Method, locked)


class BaseChanges(ABC):
    """Changes one account. ``at`` (a date-time text) is when it happens, else its clock says."""

    account: BaseAccount
    proportions: ClassVar[Mapping[str, int]]
    """How often each kind of change happens on a plausible day."""

    def __init__(self, account: BaseAccount) -> None:
        self.account = account
        self._serial = 0

    def do(self, do: str, **arguments: Any) -> Changed:
        """One change by its name; KeyError for an unknown one."""
        method = getattr(self, do, None)
        if not getattr(method, "is_change", False):
            raise KeyError(do)
        return cast(Callable[..., Changed], method)(**arguments)

    def live(self, seed: int, n: int) -> Changed:
        """A plausible day of ``n`` changes; returns the ids that they touched, by stream."""
        shares = self.proportions.items()
        kinds = [kind for kind, share in shares for _ in range(share)]
        touched: dict[str, set[Any]] = {}
        with self.account.lock:
            for number in range(n):
                dice = Dice("live", self.account.seed, seed, number)
                for stream, ids in self.any_change(dice.pick(kinds), dice).items():
                    touched.setdefault(stream, set()).update(ids)
        return {stream: sorted(ids) for stream, ids in sorted(touched.items())}

    @abstractmethod
    def any_change(self, kind: str, dice: Dice) -> Changed:
        """One change of this kind; ``dice`` pick what it happens to."""

    def dice(self) -> Dice:
        """Fresh ones for each change."""
        self._serial += 1
        return Dice("change", self.account.seed, self._serial)

    def _time(self, at: str | None) -> int:
        return parse(at) if at else self.account.now()


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
