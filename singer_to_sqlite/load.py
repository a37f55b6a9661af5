"""A load from its first line to its summary, and how it ends early."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from singer_to_sqlite.database import DATABASE_ERRORS, explain, open_database
from singer_to_sqlite.errors import BadLineError, LoadError, Stopped
from singer_to_sqlite.loader import Loader


def load(
    lines: Iterable[bytes],
    path: str,
    put: Callable[[bytes], None],
    tell: Callable[[str], None],
    *,
    merge: bool = False,
) -> int:
    """Load ``lines`` into the file ``path`` and ``tell`` how many rows that were.

    Each STATE whose rows are stored is ``put`` as a line. Returns the exit code. Blank lines are
    ignored. With ``merge``, a table takes rows of several taps and accounts. Raises LoadError for
    whatever ends the load early; if that is a bad line, the lines before it are loaded.
    """
    db = open_database(path)
    loader = Loader(db, put, tell, merge=merge)
    try:
        return _take_all(lines, loader, tell)
    except DATABASE_ERRORS as error:
        raise LoadError(explain(error, path)) from None
    finally:
        _summarise(loader, tell)
        db.close()


def _take_all(lines: Iterable[bytes], loader: Loader, tell: Callable[[str], None]) -> int:
    taken = 0
    try:
        for line in lines:
            if not line.isspace():
                loader.take(line)
            taken += 1
    except BadLineError as error:
        loader.commit()
        raise LoadError(f"line {taken + 1}: {error}") from None
    except Stopped as stopped:
        loader.commit()
        tell(f"stopped by signal {stopped.signum} after line {taken}")
        return 128 + stopped.signum
    loader.commit()
    return 0


def _summarise(loader: Loader, tell: Callable[[str], None]) -> None:
    for stream, table in loader.tables.items():
        deleted = f", {table.deleted} deleted" if table.deleted else ""
        tell(f"{stream}: {table.written} rows written{deleted}")
    if loader.replaced:
        tell(f"{loader.replaced} texts held half a character (a lone surrogate), now U+FFFD")
