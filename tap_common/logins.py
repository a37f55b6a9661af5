"""Which of a tap's logins a config has, and what it lacks."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from tap_common.words import listed

Logins = Sequence[Sequence[str]]
"""Groups of config keys of which one must be complete, the preferred one first."""


def complete(values: Mapping[str, Any], logins: Logins) -> Sequence[str]:
    """The first of ``logins`` of which ``values`` have all keys. StopIteration if there is none."""
    return next(group for group in logins if not _missing(values, group))


def faults(values: Mapping[str, Any], logins: Logins) -> Iterator[str]:
    """What is missing, if no login is complete: of the one that ``values`` begin, or of all."""
    missing = {tuple(group): _missing(values, group) for group in logins}
    if not all(missing.values()):
        return
    shared = set.intersection(*map(set, logins))
    begun = {group: _begun(values, group, shared) for group in missing}
    most = max(begun.values())
    if most or len(logins) == 1:
        nearest = min((group for group in missing if begun[group] == most), key=len)
        yield f"missing {listed(missing[nearest])}"
        return
    ways = [listed(_without(group, shared)) for group in _smallest(logins)]
    needed = _missing(values, [key for key in logins[0] if key in shared])
    needed.append(f"a login ({', or '.join(ways)})")
    yield f"missing {listed(needed)}"


def _begun(values: Mapping[str, Any], group: Sequence[str], shared: Container[str]) -> int:
    """How many keys of a login are there, apart from the ``shared`` ones of all logins."""
    return sum(bool(values.get(key)) for key in _without(group, shared))


def _without(group: Sequence[str], shared: Container[str]) -> list[str]:
    return [key for key in group if key not in shared]


def _smallest(logins: Logins) -> list[Sequence[str]]:
    """The logins that hold no other one."""
    return [group for group in logins if _is_smallest(group, logins)]


def _is_smallest(group: Sequence[str], logins: Logins) -> bool:
    return not any(set(other) < set(group) for other in logins)


def _missing(values: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    return [key for key in keys if not values.get(key)]
