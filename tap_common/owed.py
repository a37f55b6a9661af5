"""Owed parents: those whose children could not be read, remembered until they can be.

A child stream's bookmark holds ``owed``: for each parent's id the ``status`` of the last attempt,
the times of the first attempt in vain (``since``) and of the last one (``last``), the number of
``tries``, and ``failed`` if it was ever more than a refusal. ``shown`` says that a request for
children of this stream was once answered well.

Until then, refusals may mean that the whole stream is closed to these credentials. So they do not
count as owed, and only a sample of the parents is asked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from tap_common import times
from tap_common.errors import ApiError, UsageError
from tap_common.stream import Bookmark

OWED, SHOWN = "owed", "shown"
MOST_OWED = 1000
MOST_ASKED_AGAIN = 100
"""Owed parents that one run asks again."""
LARGEST_SAMPLE = 100
"""Parents that one run asks while all refuse and none has ever shown its children."""
PAGES_TO_SPREAD_OVER = 8
"""Each page of parents gets an eighth of what is left of the sample, so that it lasts."""
PATIENT_REFUSALS = 5
"""Refusals from which on the pause before the next attempt doubles."""
FIRST_PAUSE = timedelta(minutes=30)
LONGEST_PAUSE = timedelta(days=1)
REFUSED_FOR_GOOD = timedelta(days=30)


@dataclass(frozen=True)
class OwedParent:
    """One parent whose children are owed, with the parts that the bookmark holds of it."""

    status: int
    since: str
    last: str
    tries: int = 1
    failed: bool = False

    def again(self, status: int, now: str, *, failed: bool) -> OwedParent:
        """The same parent after another attempt at ``now``, which did not succeed either."""
        return OwedParent(status, self.since, now, self.tries + 1, self.failed or failed)

    def is_due(self, now: datetime) -> bool:
        """May the parent be asked again at ``now``?"""
        doublings = self.tries - PATIENT_REFUSALS
        if doublings < 0 or self.failed:
            return True
        pause = min(FIRST_PAUSE * (1 << min(doublings, 16)), LONGEST_PAUSE)
        return now >= times.parse(self.last) + pause

    def is_refused_for_good(self, now: datetime) -> bool:
        """Has the parent only ever refused, and for long enough?"""
        return not self.failed and now >= times.parse(self.since) + REFUSED_FOR_GOOD


class OwedParents:
    """The owed parents of one child stream, as its bookmark has them and as this run changes them.

    UsageError if the bookmark holds something else in their place.
    """

    def __init__(self, stream: str, bookmark: Bookmark) -> None:
        self._owed = _read(stream, bookmark.get(OWED) or {})
        self._doubtful: dict[str, OwedParent] = {}
        self._sampled = 0
        self.ever_shown = bool(bookmark.get(SHOWN))
        """Has a parent shown its children, in this run or in an earlier one?"""
        self.dropped = 0
        """Refusing parents that a full list has no room for."""
        self.given_up = 0
        """Parents that have refused for so long that they are not asked again."""
        self.passed_over = 0
        """Parents that were not asked, and have not been asked since."""
        self.asked_again: frozenset[str] = frozenset()
        """Owed parents that were asked again in this run."""
        self.gone = 0
        """Parents that were gone when they were asked."""
        self.shown_in_this_run = False
        """Did a parent show its children in this run?"""
        self.first_failure = ""
        """What the first request that failed in this run met, for a person."""

    def __len__(self) -> int:
        return len(self._owed)

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._owed))

    def __contains__(self, parent: str) -> bool:
        return parent in self._owed

    @property
    def failures(self) -> int:
        """How many parents are owed because of more than a refusal."""
        return sum(owed.failed for owed in self._owed.values())

    @property
    def refusals(self) -> int:
        """How many parents are owed because they refuse."""
        return len(self._owed) - self.failures

    def statuses(self, *, failed: bool) -> str:
        """The last statuses of the parents that failed, or else of those that refuse, in words."""
        all_parents = [*self._owed.values(), *self._doubtful.values()]
        parents = [owed for owed in all_parents if owed.failed == failed]
        named = sorted({f"HTTP {owed.status}" if owed.status else "no reply" for owed in parents})
        return ", ".join(named)

    def due(self, now: datetime) -> list[str]:
        """The parents to ask again at ``now``, those that waited longest first."""
        waiting = [parent for parent, owed in self._owed.items() if owed.is_due(now)]
        waiting.sort(key=lambda parent: self._owed[parent].last)
        return waiting[:MOST_ASKED_AGAIN]

    def note_open(self) -> None:
        """A parent showed children: the stream is open to these credentials."""
        self.ever_shown = self.shown_in_this_run = True
        for parent, owed in self._doubtful.items():
            self._insert(parent, owed)
        self._doubtful.clear()

    def note_complete(self, parent: str) -> None:
        """All children of ``parent`` came."""
        self.note_open()
        self.settle(parent)

    def settle(self, parent: str) -> None:
        """Nothing is owed of ``parent`` any more."""
        self._owed.pop(parent, None)

    def note_gone(self, parent: str) -> None:
        """``parent`` no longer exists, so nothing is owed."""
        self.settle(parent)
        self.gone += 1

    def note_refused(self, parent: str, status: int, now: datetime) -> None:
        """``parent`` refused to show its children at ``now``."""
        owed = self._after(parent, status, now, failed=False)
        if not self.ever_shown and parent not in self._owed:
            self._doubtful[parent] = owed
        elif owed.is_refused_for_good(now):
            del self._owed[parent]
            self.given_up += 1
        else:
            self._insert(parent, owed)

    def note_failed(self, parent: str, error: ApiError, now: datetime) -> None:
        """The request for the children of ``parent`` failed at ``now`` with ``error``."""
        self.first_failure = self.first_failure or str(error)
        self._insert(parent, self._after(parent, error.status, now, failed=True))

    def _after(self, parent: str, status: int, now: datetime, *, failed: bool) -> OwedParent:
        moment = times.second_of(now)
        known = self._owed.get(parent)
        if known is None:
            return OwedParent(status, moment, moment, failed=failed)
        return known.again(status, moment, failed=failed)

    def _insert(self, parent: str, owed: OwedParent) -> None:
        """Remembers an owed parent.

        In a full list the refusal that was tried most often makes room.
        """
        self._owed[parent] = owed
        if len(self._owed) <= MOST_OWED:
            return
        refusals = [parent for parent, owed in self._owed.items() if not owed.failed]
        if refusals:
            del self._owed[max(refusals, key=lambda parent: self._owed[parent].tries)]
            self.dropped += 1

    @property
    def is_closed(self) -> bool:
        """Has every parent so far refused, and has none ever shown its children?"""
        return bool(self._doubtful) and not self.ever_shown

    @property
    def refusing(self) -> int:
        """How many parents refused while the stream was closed."""
        return len(self._doubtful)

    def sample(self, parents: Sequence[str]) -> list[str]:
        """Those of a page of ``parents`` to ask while nothing was shown, evenly spread over it."""
        count = math.ceil((LARGEST_SAMPLE - self._sampled) / PAGES_TO_SPREAD_OVER)
        if count <= 0:
            return []
        chosen = list(parents[:: max(1, math.ceil(len(parents) / count))])
        self._sampled += len(chosen)
        return chosen

    @property
    def is_full_of_failures(self) -> bool:
        """Is the vendor down rather than some parents broken?"""
        return self.failures >= MOST_OWED

    def parts(self) -> Bookmark:
        """The parts of the child stream's bookmark that remember this."""
        parts: dict[str, Any] = {}
        if self.ever_shown:
            parts[SHOWN] = True
        if self._owed:
            parts[OWED] = {parent: _written(owed) for parent, owed in self._owed.items()}
        return parts


def _written(owed: OwedParent) -> dict[str, Any]:
    return {name: value for name, value in asdict(owed).items() if value is not False}


def _read(stream: str, value: Any) -> dict[str, OwedParent]:
    try:
        return {str(parent): _owed_parent(one) for parent, one in value.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise UsageError(
            f"state: bookmarks.{stream}.{OWED} must map ids of parents to objects with status, "
            "since and tries; correct or remove it"
        ) from None


def _owed_parent(value: Mapping[str, Any]) -> OwedParent:
    since = times.text(times.parse(value["since"]))
    last = times.text(times.parse(value.get("last", since)))
    return OwedParent(
        int(value["status"]), since, last, int(value["tries"]), bool(value.get("failed", False))
    )
