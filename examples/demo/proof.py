"""The database against the account: is a row missing, or there twice?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from examples.demo.account import truth
from examples.demo.vendors import Vendor

LOADERS_OWN = "_singer_sources"
"""The table in which the loader remembers where the other tables' rows come from."""


class Compared(NamedTuple):
    """How many rows of the account are missing in the database, and how many are there twice."""

    missing: int
    twice: int
    rows: int
    tables: int

    @property
    def is_complete(self) -> bool:
        """Is each row there once?"""
        return not self.missing and not self.twice

    def __str__(self) -> str:
        """The comparison in words."""
        return (
            f"{self.missing} missing, {self.twice} twice\n"
            f"    (all {self.rows:,} rows of {self.tables} tables compared with the account)"
        )


def compared(database: sqlite3.Connection, url: str, vendor: Vendor) -> Compared:
    """Compares the keys of each table with those of the account, where that shows them."""
    missing = twice = rows = tables = 0
    for table in names(database):
        listed = truth(url, vendor.lists.get(table, table))
        key = key_of(database, table)
        if not listed or not listed[0].keys() >= set(key):
            continue
        columns = ", ".join(f'"{column}"' for column in key)
        found = [
            tuple(map(str, row))
            for row in database.execute(f'SELECT {columns} FROM "{table}"')  # noqa: S608
        ]
        there = {tuple(map(str, map(row.get, key))) for row in listed}
        missing += len(there - set(found))
        twice += len(found) - len(set(found))
        rows += len(there)
        tables += 1
    return Compared(missing, twice, rows, tables)


def names(database: sqlite3.Connection) -> Iterator[str]:
    """The tables of the database, all but the loader's own."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name != ?"
    for (name,) in database.execute(query, (LOADERS_OWN,)):
        yield name


def key_of(database: sqlite3.Connection, table: str) -> list[str]:
    """The columns of the table's primary key."""
    columns = database.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0", (table,))
    return [name for (name,) in columns]
