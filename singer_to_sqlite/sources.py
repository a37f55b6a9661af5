"""Which tap and account each table is made from, so that rows of two are not mixed by mistake."""

from __future__ import annotations

from sqlite_utils import Database

from singer_to_sqlite.database import transaction
from singer_to_sqlite.errors import BadLineError
from singer_to_sqlite.names import shown

TABLE = "_singer_sources"


class Sources:
    """The sources of the tables in ``db``. With ``merge``, a table takes rows of any source.

    A SCHEMA message names its source in the key ``source``. Taps that don't are not checked.
    """

    def __init__(self, db: Database, *, merge: bool) -> None:
        self._db = db
        self._merge = merge

    def check(self, table: str, source: object) -> None:
        """Raises BadLineError if ``table`` was made from another source than ``source``."""
        if table.lower() == TABLE:
            raise BadLineError(f"{TABLE} is the loader's own table")
        known = self._known(table)
        if self._merge or not isinstance(source, str) or known in (None, source):
            return
        raise BadLineError(
            f"its table has rows from {shown(known)}, these are from {shown(source)}; "
            "load them into another file, or call singer-to-sqlite with --merge"
        )

    def remember(self, table: str, source: object) -> None:
        """From now on ``table`` is made from ``source``, unless another source came before."""
        if not isinstance(source, str) or self._known(table) is not None:
            return
        with transaction(self._db):
            self._db.execute(
                f"CREATE TABLE IF NOT EXISTS {TABLE} (name TEXT PRIMARY KEY, source TEXT NOT NULL)"
            )
            insert = f"INSERT OR IGNORE INTO {TABLE} (name, source) VALUES (?, ?)"  # noqa: S608
            self._db.execute(insert, [table, source])

    def _known(self, table: str) -> str | None:
        if TABLE not in self._db.table_names():
            return None
        query = f"SELECT source FROM {TABLE} WHERE name = ?"  # noqa: S608
        row = self._db.execute(query, [table]).fetchone()
        return str(row[0]) if row else None
