"""The SQLite file: opened, written in transactions, and its faults in plain words."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.db import NoTable, TransformError

from singer_to_sqlite.errors import LoadError

DATABASE_ERRORS = (sqlite3.Error, NoTable, TransformError)
_SECONDS_TO_WAIT_FOR_A_LOCK = 10
_SECONDS_BETWEEN_TRIES = 0.02
_PRIMARY_CODE = 0xFF
"""The bits of an error's code that say what it is; the others tell kinds of it apart."""
_OLDEST_SQLITE = (3, 24, 0)
_PAGE_BYTES = 8192
"""Twice SQLite's own: rows of 2 KB, as tickets are, are written with a quarter less work."""


def open_database(path: str) -> Database:
    """The database in the file ``path``, which is made if there is none.

    A new file gets a write-ahead log, so that people who read it neither stop a load nor wait for
    one. A file that has tables keeps its journal mode. In both modes a commit is on the disk when
    it returns. Raises LoadError if the file can't be a database.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise LoadError(f"this Python has SQLite {sqlite3.sqlite_version}; 3.24 or newer is needed")
    file = Path(path).absolute()
    if not file.parent.is_dir():
        raise LoadError(f"can't open {path}: there is no directory {file.parent}")
    if file.is_dir():
        raise LoadError(f"can't open {path}: it is a directory")
    try:
        connection = sqlite3.connect(
            file, timeout=_SECONDS_TO_WAIT_FOR_A_LOCK, isolation_level=None, cached_statements=512
        )
    except sqlite3.Error as error:
        raise LoadError(explain(error, path)) from None
    try:
        db = Database(connection, recursive_triggers=False, execute_plugins=False)
        if not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            db.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            use_write_ahead_log(db)
        db.execute("PRAGMA synchronous = EXTRA")
    except sqlite3.Error as error:
        connection.close()
        raise LoadError(explain(error, path)) from None
    return db


def use_write_ahead_log(db: Database) -> None:
    """Gives a new file its write-ahead log.

    SQLite waits here for some locks only. So it is told to wait for none, and is asked again while
    another process has one. Raises sqlite3.Error at once for any other reason, and for a lock that
    lasts too long.
    """
    db.execute("PRAGMA busy_timeout = 0")
    given_up_at = time.monotonic() + _SECONDS_TO_WAIT_FOR_A_LOCK
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            is_locked = error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
            if not is_locked or time.monotonic() > given_up_at:
                raise
            time.sleep(_SECONDS_BETWEEN_TRIES)
        else:
            db.execute(f"PRAGMA busy_timeout = {_SECONDS_TO_WAIT_FOR_A_LOCK * 1000}")
            return


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """Commits what the block does, all or nothing.

    The block has the file's write lock from its start, so no other process writes in between.
    """
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.conn.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def explain(error: Exception, path: str) -> str:
    """One line about a fault that SQLite or sqlite-utils met in the file ``path``."""
    text = " ".join(str(error).split())
    if "database is locked" in text:
        return f"{path} is locked by another process (waited {_SECONDS_TO_WAIT_FOR_A_LOCK} seconds)"
    if "file is not a database" in text:
        return f"{path} is not a SQLite database"
    if "unable to open database file" in text:
        return f"can't open {path}: no permission, or no file of that name can be made"
    return f"can't write to {path}: {text[:300]}"
