# ruff: noqa: S608 (SQL can't bind names: _quoted makes them harmless)
"""One stream's table, which grows with the stream's schema, and the rows that wait for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from singer_to_sqlite.columns import (
    ANYTHING,
    INTEGER,
    TEXT,
    Column,
    declared_type,
    is_text,
    observed_type,
    stored_type,
)
from singer_to_sqlite.database import transaction
from singer_to_sqlite.errors import BadLineError
from singer_to_sqlite.messages import json_text
from singer_to_sqlite.names import joins, shown, storable
from singer_to_sqlite.typed import RowReader, row_reader

VERSION = "_sdc_table_version"
_MAX_PLANS = 256
_PATIENCE = 100
"""So many lines a reader may refuse before it must have read more than it refused."""


@dataclass(slots=True, eq=False)
class _Plan:
    """How the rows with one sequence of fields are written.

    ``reader`` reads them faster than ``add`` does. ``read`` and ``refused`` count what it did.
    """

    columns: list[Column]
    sql: str
    versioned: bool
    reader: RowReader | None = None
    read: int = 0
    refused: int = 0


class Table:
    """The table of ``stream`` in ``db``; ``written`` and ``deleted`` count what is committed.

    ``declare``, ``add`` and ``widen`` change the table's columns at once. Rows wait in memory until
    ``write``. Like ``keep_only``, it works inside the caller's transaction, and the caller then
    says that it is ``committed``.
    """

    def __init__(self, db: Database, stream: str) -> None:
        self.name = storable(stream, db.table_names())
        self._stream = stream
        self.written = 0
        self.deleted = 0
        self._db = db
        self._key: list[str] = []
        self._stored = {
            column.name: stored_type(column.type) for column in db.table(self.name).columns
        }
        self._texts: set[str] = set()
        self._columns: dict[str, Column] = {}
        self._plans: dict[bool, dict[tuple[str, ...], _Plan]] = {False: {}, True: {}}
        self._last: _Plan | None = None
        self._waiting: list[tuple[_Plan, list[list[object]]]] = []
        self._uncommitted = [0, 0]

    def declare(self, properties: Mapping[str, object], key: Sequence[str]) -> None:
        """Makes the table, or grows it, to ``properties`` with ``key``.

        No column is narrowed or dropped. Raises BadLineError if the table has another key or if a
        field can't have a column.
        """
        types = {field: declared_type(schema) for field, schema in properties.items()}
        types.update({field: TEXT for field in key if field not in types})
        self._key = list(key)
        self._texts = {field for field, schema in properties.items() if is_text(schema)}
        with transaction(self._db):
            if self._stored:
                self._check_key()
            elif types:
                self._create(types)
            for field, sql_type in types.items():
                self._column(field, sql_type)

    def add(self, record: dict[str, Any], version: int | None) -> None:
        """Lets ``record`` wait for the next ``write``.

        Raises BadLineError if it can't be a row, MisfitError if a column has to be widened before
        the record is added again.
        """
        plan = self._plans[version is not None].get(tuple(record)) or self._plan(
            record, versioned=version is not None
        )
        row = [
            value if type(value) in column.fits else column.convert(value)
            for value, column in zip(record.values(), plan.columns, strict=True)
        ]
        if version is not None:
            row.append(version)
        self._wait(plan, row)
        if plan is not self._last:
            self._last = plan
        elif plan.reader is None and not plan.refused:
            plan.reader = row_reader(self._stream, plan.columns, versioned=plan.versioned)
            plan.refused = 1 if plan.reader is None else 0

    def add_alike(self, line: bytes) -> bool:
        """Lets the record in ``line`` wait if it has the fields of the last one and all values fit.

        If not, nothing happens, and the result is False: the line needs a closer look.
        """
        plan = self._last
        if plan is None or plan.reader is None:
            return False
        row = plan.reader.row(line)
        if row is None:
            plan.refused += 1
            if plan.refused > max(plan.read, _PATIENCE):
                plan.reader = None
            return False
        plan.read += 1
        self._wait(plan, row)
        return True

    def _wait(self, plan: _Plan, row: list[object]) -> None:
        if self._waiting and self._waiting[-1][0] is plan:
            self._waiting[-1][1].append(row)
        else:
            self._waiting.append((plan, [row]))

    def write(self) -> None:
        """Inserts or updates the waiting rows, in the order in which they came."""
        for plan, rows in self._waiting:
            self._db.conn.executemany(plan.sql, rows)
            self._uncommitted[0] += len(rows)
        self._waiting.clear()

    def keep_only(self, version: int) -> None:
        """Deletes the rows of other versions and those without one."""
        if not self._stored:
            return
        others = f" WHERE {_quoted(VERSION)} IS NOT {version:d}" if VERSION in self._stored else ""
        self._uncommitted[1] += self._db.conn.execute(
            f"DELETE FROM {_quoted(self.name)}{others}"
        ).rowcount

    def index(self) -> None:
        """Indexes the columns that hold ids of other rows, such as "requester_id" and "sent_by".

        A name that ends so says that the column joins tables. The first column of the key has an
        index already.
        """
        key = self._columns[self._key[0]].name if self._key else None
        for name in self._stored:
            if name != key and joins(name):
                index = _quoted(f"{self.name}_{name}")
                self._db.execute(
                    f"CREATE INDEX IF NOT EXISTS {index} ON {_quoted(self.name)} ({_quoted(name)})"
                )

    def column_names(self) -> dict[str, str]:
        """The name of each field's column."""
        return {field: column.name for field, column in self._columns.items()}

    def committed(self) -> None:
        """What ``write`` and ``keep_only`` did is on disk."""
        self.written += self._uncommitted[0]
        self.deleted += self._uncommitted[1]
        self._uncommitted = [0, 0]

    def widen(self, column: Column) -> None:
        """Turns ``column`` into a TEXT column that holds the same values; no row may be waiting."""
        table, name = self._db.table(self.name), _quoted(column.name)
        self._db.conn.create_function("json_text", 1, json_text, deterministic=True)
        with transaction(self._db):
            # By way of a column without affinity: SQLite itself would cut floats to 15 digits.
            table.transform(types={column.name: ANYTHING})
            self._db.conn.execute(
                f"UPDATE {_quoted(self.name)} SET {name} = json_text({name}) "
                f"WHERE typeof({name}) = 'real'"
            )
            table.transform(types={column.name: TEXT})
        column.retype(TEXT)
        self._forget_plans()
        self._stored[column.name] = TEXT

    def _check_key(self) -> None:
        expected = sorted(storable(field, self._stored) for field in self._key)
        actual = sorted(column.name for column in self._db.table(self.name).columns if column.is_pk)
        if expected != actual:
            raise BadLineError(
                f"key_properties are {shown(self._key)}, but its table has the key {shown(actual)}"
            )

    def _create(self, types: Mapping[str, str]) -> None:
        names: dict[str, str] = {}
        for field in types:
            names[field] = storable(field, names.values())
        columns = {names[field]: sql_type for field, sql_type in types.items()}
        self._db.create_table(
            self.name, columns, pk=tuple(names[field] for field in self._key) or None
        )
        self._stored = columns

    def _column(self, field: str, sql_type: str) -> Column:
        if field in self._columns:
            return self._columns[field]
        if field == VERSION:
            raise BadLineError(
                f"a field {VERSION!r} would take the name of the loader's own column"
            )
        name = storable(field, self._stored)
        if not self._stored:
            self._create({field: sql_type})
        elif name not in self._stored:
            self._grow(name, sql_type)
        column = self._columns[field] = Column(
            field,
            name,
            self._stored[name],
            is_key=field in self._key,
            is_text=field in self._texts,
        )
        return column

    def _grow(self, name: str, sql_type: str) -> None:
        self._db.table(self.name).add_column(name, sql_type)
        self._stored[name] = sql_type

    def _plan(self, record: Mapping[str, Any], *, versioned: bool) -> _Plan:
        if missing := [field for field in self._key if field not in record]:
            raise BadLineError(f"key field {shown(missing[0])} is missing")
        if not record:
            raise BadLineError("the record has no field")
        with transaction(self._db):
            columns = [self._column(field, observed_type(value)) for field, value in record.items()]
            if versioned and VERSION not in self._stored:
                self._grow(VERSION, INTEGER)
        names = [column.name for column in columns] + [VERSION] * versioned
        plans = self._plans[versioned]
        if len(plans) >= _MAX_PLANS:
            plans.clear()
        plan = plans[tuple(record)] = _Plan(columns, self._upsert(names), versioned)
        return plan

    def _forget_plans(self) -> None:
        self._last = None
        for plans in self._plans.values():
            plans.clear()

    def _upsert(self, names: Sequence[str]) -> str:
        values = ", ".join("?" * len(names))
        sql = f"INSERT INTO {_quoted(self.name)} ({_listed(names)}) VALUES ({values})"
        if not self._key:
            return sql
        key = [self._columns[field].name for field in self._key]
        changes = ", ".join(
            f"{_quoted(name)} = excluded.{_quoted(name)}" for name in names if name not in key
        )
        action = f"UPDATE SET {changes}" if changes else "NOTHING"
        return f"{sql} ON CONFLICT ({_listed(key)}) DO {action}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(_quoted, names))
