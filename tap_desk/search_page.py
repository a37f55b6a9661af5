"""One page of a search, and whether the server answered as it was asked.

Nobody recorded a search that combines since_updated_at with since_id, so each page is judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from tap_common.errors import ApiError
from tap_common.stream import Row
from tap_common.vendor import Reply
from tap_desk.lists import Collection
from tap_desk.rows import changed_at, identifier


class Misbehaved(Exception):
    """The server did not answer the search as it was asked.

    ``status`` is that of a refusal, or 0.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


Version = tuple[object, str]
"""A row as it was at one time: its id and when it changed."""


@dataclass(frozen=True)
class SearchPage:
    """A page of a search, and whether its rows are what was asked for."""

    found: Collection
    reply: Reply

    @property
    def rows(self) -> list[Row]:
        """Its rows."""
        return self.found.rows

    @cached_property
    def ids(self) -> list[int | None]:
        """Its rows' ids."""
        return [identifier(row) for row in self.rows]

    @cached_property
    def stamps(self) -> list[str]:
        """When its rows changed."""
        return [changed_at(row) for row in self.rows]

    @property
    def versions(self) -> list[Version]:
        """Its rows' versions."""
        return [version(row) for row in self.rows]

    def after_id(self, last: int, earliest: str) -> list[Row]:
        """Its rows with an id above ``last``, or without one.

        Misbehaved unless ids ascend from ``last`` on and no row changed before ``earliest``. A row
        that does not say when it changed is not too old.
        """
        known = [number for number in self.ids if number is not None]
        if any(before >= after for before, after in pairwise([last - 1, *known])):
            raise Misbehaved("rows do not come in the order of their ids from since_id on")
        if any("" < stamp < earliest for stamp in self.stamps):
            raise Misbehaved("rows come that changed before since_updated_at")
        pairs = zip(self.rows, self.ids, strict=True)
        return [row for row, number in pairs if number is None or number > last]

    def last_id(self, last: int) -> int:
        """The greatest of its rows' ids and ``last``."""
        return max([last, *(number for number in self.ids if number is not None)])

    def check_times(self, earliest: str) -> None:
        """Misbehaved unless rows come in the order of their change, from ``earliest`` on."""
        if any(before > after for before, after in pairwise([earliest, *self.stamps])):
            text = "rows do not come in the order of their change from since_updated_at on"
            raise Misbehaved(text)

    def left_above(self, last: int) -> int:
        """How many of the rows that were found have an id above ``last``; the others are here."""
        return self.found.total - sum(number is not None and number <= last for number in self.ids)

    def left_from(self, second: str) -> int:
        """How many of the rows that were found changed at or after ``second``, likewise."""
        return self.found.total - sum(stamp < second for stamp in self.stamps)

    def counts_rest(self, read: int, announced: int) -> bool:
        """Does the number of rows found leave out those that came before?

        It does if it has shrunk by about as many as were ``read``, the first page of which
        ``announced`` so many.
        """
        return self.found.total < announced - read / 2

    def check_end(self, read: int, *, is_rest: bool) -> None:
        """ApiError if this page is the last one, and more rows were found than the ``read`` ones.

        The number of rows found may, or may not, leave out those that came before (``is_rest``).
        """
        total = self.found.total
        if is_rest:
            total += read - len(self.rows)
        if total > max(read, len(self.rows)):
            path = self.reply.request.path
            raise ApiError(f"{path}: the search ends after {read} of {total} rows")


def version(row: Row) -> Version:
    """The row's version. A row without an id is told apart by all that it holds."""
    number = identifier(row)
    return repr(row) if number is None else number, changed_at(row)


def is_above(row: Row, last: int) -> bool:
    """Is the row's id above ``last``? A row without an id may be."""
    number = identifier(row)
    return number is None or number > last
