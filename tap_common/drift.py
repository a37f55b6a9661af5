"""What a vendor sends that the schema did not foresee."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tap_common.errors import StrictnessError

MOST_UNDECLARED = 100


class Drift:
    """What the schema did not foresee, counted by path ("a", "a.b", "a[].b").

    ``unknown`` counts fields that the schema does not have, ``mismatched`` values that do not fit
    their type. With ``fail_unknown`` or ``fail_mismatched`` the first one raises StrictnessError.

    ``undeclared`` are the unknown fields of whole rows: at most MOST_UNDECLARED of them, and none
    whose name looks like a path. ``off_type`` are the paths of values that came in another form
    than they are written in, such as numbers in texts, whether they fit or not.
    """

    def __init__(self, *, fail_unknown: bool = False, fail_mismatched: bool = False) -> None:
        self.unknown: Counter[str] = Counter()
        self.mismatched: Counter[str] = Counter()
        self.undeclared: set[str] = set()
        self.off_type: set[str] = set()
        self._fail_unknown, self._fail_mismatched = fail_unknown, fail_mismatched

    def anew(self) -> Drift:
        """One that is as strict, and has counted nothing."""
        return Drift(fail_unknown=self._fail_unknown, fail_mismatched=self._fail_mismatched)

    @property
    def is_empty(self) -> bool:
        """Has nothing been counted?"""
        return not (self.unknown or self.mismatched)

    def see_unknown(self, path: str) -> None:
        """Counts a field that the schema does not have."""
        if self._fail_unknown:
            raise StrictnessError(
                f"the schema does not know the field {path} (unknown_fields is 'fail')"
            )
        self.unknown[path] += 1

    def see_undeclared(self, name: str) -> None:
        """Counts a field of a whole row that the schema does not have."""
        self.see_unknown(name)
        if len(self.undeclared) < MOST_UNDECLARED and "." not in name:
            self.undeclared.add(name)

    def see_mismatch(self, path: str, value: Any) -> None:
        """Counts a value that does not fit its declared type."""
        self.off_type.add(path)
        if self._fail_mismatched:
            kind = type(value).__name__
            raise StrictnessError(
                f"{path} holds a value of type {kind} that does not fit (type_mismatch is 'fail')"
            )
        self.mismatched[path] += 1

    def take(self, other: Drift) -> None:
        """Adds what ``other`` has counted, and clears it."""
        self.unknown.update(other.unknown)
        self.mismatched.update(other.mismatched)
        other.clear()

    def clear(self) -> None:
        """Counts from zero again."""
        self.unknown.clear()
        self.mismatched.clear()
