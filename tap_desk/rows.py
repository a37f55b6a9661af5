"""A row's links say which record it is and to which records it belongs (HAL).

"The self link is the identifier" was the API's design (dev.desk.com, Using the API): cases and
customers have an ``id`` since 2014, brands, notes and others never got one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tap_common import times
from tap_common.stream import Row

_NUMBER_AT_END = re.compile(r"/(\d+)/?(?:\?.*)?$")


def links_of(row: Row) -> Row:
    """The links of a row or of an envelope by their names; {} if it has none."""
    links = row.get("_links")
    return links if isinstance(links, dict) else {}


def link(row: Row, name: str) -> Row:
    """The link ``name`` of a row or of an envelope; {} where it is null or missing."""
    found = links_of(row).get(name)
    return found if isinstance(found, dict) else {}


def href(row: Row, name: str) -> str | None:
    """The address to which the link ``name`` leads, or None.

    Links without one exist: a customer who was locked by the system has such.
    """
    address = link(row, name).get("href")
    return address if isinstance(address, str) else None


def linked(row: Row, name: str) -> int | None:
    """The number of the record to which the link ``name`` leads, or None."""
    return _number_of(link(row, name))


def _number_of(link: object) -> int | None:
    """The number of the record to which ``link`` leads, or None."""
    address = link.get("href") if isinstance(link, dict) else None
    if not isinstance(address, str):
        return None
    before, _, last = address.rpartition("/")
    if before and last.isdecimal() and "?" not in before:  # the commonest form first
        return int(last)
    found = _NUMBER_AT_END.search(address)
    return int(found[1]) if found else None


def last_word(row: Row) -> str | None:
    """The last part of the row's own address: a number, a name or a language. None without one."""
    address = href(row, "self")
    return address.rstrip("/").rpartition("/")[2] if address else None


def identifier(row: Row) -> int | None:
    """The row's ``id``, or else the number at the end of its own address, or else that which the
    ``id`` says as text."""
    own = row.get("id")
    if type(own) is int:
        return own
    number = linked(row, "self")
    return int(own) if number is None and isinstance(own, str) and own.isdecimal() else number


def ids_of(rows: list[Row]) -> list[str]:
    """The identifiers of the rows that have one, as texts."""
    numbers = map(identifier, rows)
    return [str(number) for number in numbers if number is not None]


def changed_at(row: Row) -> str:
    """The row's ``updated_at`` as RFC 3339 in UTC, cut to the second; "" where it has none.

    Such strings sort as the moments do.
    """
    return times.second(row.get("updated_at"))


Change = Callable[[Row], Row]
"""Makes one row of another. It leaves the row that it gets as it is."""


def unchanged(row: Row) -> Row:
    """The row itself."""
    return row


@dataclass(frozen=True)
class Columns:
    """Makes columns of a row's links: ``x_id`` of each x in ``ids``, ``x_count`` of each in
    ``counts``. ``change`` has the last word on the row.

    ``number`` tells the row's ``id``.
    """

    ids: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    change: Change = unchanged
    number: Callable[[Row], object] = identifier

    @cached_property
    def _id_columns(self) -> list[tuple[str, str]]:
        return [(f"{name}_id", name) for name in self.ids]

    @cached_property
    def _count_columns(self) -> list[tuple[str, str]]:
        return [(f"{name}_count", name) for name in self.counts]

    def __call__(self, row: Row) -> Row:
        """The row with its ``id`` and these columns, and without what was embedded in it."""
        links = links_of(row)
        columns = row.copy()
        columns.pop("_embedded", None)
        for column, name in self._id_columns:
            columns.setdefault(column, _number_of(links.get(name)))
        for column, name in self._count_columns:
            found = links.get(name)
            count = found.get("count") if isinstance(found, dict) else None
            columns.setdefault(column, count)
        columns["id"] = self.number(row)
        return self.change(columns)


def as_number(name: str) -> Change:
    """Makes a number of the field ``name``, which was a text of digits in some years."""

    def change(row: Row) -> Row:
        value = row.get(name)
        return {**row, name: int(value)} if isinstance(value, str) and value.isdecimal() else row

    return change
