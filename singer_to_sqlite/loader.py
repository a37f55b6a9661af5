"""Messages into tables, in batches, and each STATE out again once its rows are on the disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlite_utils import Database

from singer_to_sqlite.columns import MisfitError, declared_type, fault
from singer_to_sqlite.database import transaction
from singer_to_sqlite.errors import BadLineError
from singer_to_sqlite.messages import INT64, Parser, json_text
from singer_to_sqlite.metadata import described
from singer_to_sqlite.names import shown
from singer_to_sqlite.sources import Sources
from singer_to_sqlite.table import Table

BATCH_ROWS = 2_000
BATCH_BYTES = 4 * 1024 * 1024


class Loader:
    """Takes lines for ``db``.

    ``emit`` gets STATE values as lines of JSON, ``tell`` what a person should know. With ``merge``
    a table takes rows of several taps and accounts. ``tables`` are the streams that had a SCHEMA,
    in the order in which they came, and ``descriptions`` what Datasette may know of each table.
    """

    def __init__(
        self,
        db: Database,
        emit: Callable[[bytes], None],
        tell: Callable[[str], None],
        *,
        merge: bool = False,
    ) -> None:
        self.tables: dict[str, Table] = {}
        self.descriptions: dict[str, dict[str, Any]] = {}
        self._sources = Sources(db, merge=merge)
        self._db = db
        self._emit = emit
        self._tell = tell
        self._parser = Parser()
        self._state: bytes | None = None
        self._last: Table | None = None
        self._rows = 0
        self._bytes = 0

    @property
    def replaced(self) -> int:
        """How many texts came with half a character, which is now U+FFFD."""
        return self._parser.replaced

    def take(self, line: bytes) -> None:
        """Takes one line of input; commits when a batch is full.

        Raises BadLineError, with nothing of the line taken and all lines before it still good.
        Raises sqlite3.Error.
        """
        if self._last is not None and self._last.add_alike(line):
            self._rows += 1
        else:
            self._look_at(line)
        self._bytes += len(line)
        if self._rows >= BATCH_ROWS or self._bytes >= BATCH_BYTES:
            self.commit()

    def _look_at(self, line: bytes) -> None:
        message = self._parser.parse(line)
        kind = message.get("type")
        if isinstance(kind, str) and kind.upper() in ("RECORD", "ACTIVATE_VERSION", "SCHEMA"):
            stream = message.get("stream")
            if not isinstance(stream, str) or not stream:
                raise BadLineError(f"{kind} without a stream")
            try:
                self._take_for(stream, kind.upper(), message)
            except BadLineError as error:
                raise BadLineError(f"stream {shown(stream)}: {error}") from None
        elif isinstance(kind, str) and kind.upper() == "STATE":
            if "value" not in message:
                raise BadLineError("STATE without a value")
            self._state = json_text(message["value"]).encode() + b"\n"
        elif kind is None:
            raise BadLineError("a message without a type")
        else:
            raise BadLineError(f"unknown message type {shown(kind)}")

    def commit(self) -> None:
        """Puts all rows taken so far on the disk, then emits the last STATE among them.

        Raises sqlite3.Error.
        """
        self._commit_and(lambda: None)

    def index(self) -> None:
        """Indexes the columns by which tables are joined. Raises sqlite3.Error."""
        with transaction(self._db):
            for table in self.tables.values():
                table.index()

    def _take_for(self, stream: str, kind: str, message: dict[str, Any]) -> None:
        if kind == "SCHEMA":
            self._declare(stream, message)
            return
        table = self.tables.get(stream)
        if table is None:
            raise BadLineError(f"{kind} before SCHEMA")
        version = message.get("version")
        if version is not None and (type(version) is not int or version not in INT64):
            raise BadLineError("version is not an integer")
        if kind == "RECORD":
            record = message.get("record")
            if not isinstance(record, dict):
                raise BadLineError("RECORD without a record object")
            self._add(table, record, version)
        elif version is None:
            raise BadLineError("ACTIVATE_VERSION without a version")
        else:
            self._commit_and(lambda: table.keep_only(version))

    def _declare(self, stream: str, message: dict[str, Any]) -> None:
        schema, key = message.get("schema"), message.get("key_properties")
        if not isinstance(schema, dict) or not isinstance(schema.get("properties", {}), dict):
            raise BadLineError("SCHEMA without a schema object")
        if not isinstance(key, list) or not all(isinstance(field, str) for field in key):
            raise BadLineError("SCHEMA whose key_properties are not a list of names")
        table = self.tables.get(stream) or Table(self._db, stream)
        self._sources.check(table.name, message.get("source"))
        table.declare(schema.get("properties", {}), list(dict.fromkeys(key)))
        self._sources.remember(table.name, message.get("source"))
        self.tables[stream] = table
        self._describe(table, schema)

    def _describe(self, table: Table, schema: Mapping[str, Any]) -> None:
        known = table.name in self.descriptions
        self.descriptions[table.name] = described(schema, table.column_names())
        if known:
            return
        for field, node in schema.get("properties", {}).items():
            if wrong := fault(node):
                self._tell(
                    f"{table.name}: the schema of field {shown(field)} makes no sense ({wrong}); "
                    f"its column is {declared_type(node)}"
                )

    def _add(self, table: Table, record: dict[str, Any], version: int | None) -> None:
        while True:
            try:
                table.add(record, version)
            except MisfitError as misfit:
                self.commit()
                self._tell(
                    f"{table.name}: column {shown(misfit.column.name)} is TEXT from now on,"
                    f" as a value came that {misfit.column.sql_type} would not keep as it is"
                )
                table.widen(misfit.column)
            else:
                self._rows += 1
                self._last = table
                return

    def _commit_and(self, delete: Callable[[], None]) -> None:
        tables = list(self.tables.values())
        with transaction(self._db):
            for table in tables:
                table.write()
            delete()
        for table in tables:
            table.committed()
        self._rows = self._bytes = 0
        if self._state is not None:
            state, self._state = self._state, None
            self._emit(state)
