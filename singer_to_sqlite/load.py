"""A load from its first line to its summary, and how it ends early."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from singer_to_sqlite.database import DATABASE_ERRORS, explain, open_database
from singer_to_sqlite.errors import BadLineError, LoadError, Stopped
from singer_to_sqlite.loader import Loader
from singer_to_sqlite.metadata import MetadataFile
from singer_to_sqlite.settings import Settings


def load(
    lines: Iterable[bytes],
    settings: Settings,
    put: Callable[[bytes], None],
    tell: Callable[[str], None],
) -> int:
    """Loads ``lines`` into the SQLite file; returns the exit code.

    Each STATE whose rows are stored is ``put`` as a line. Warnings, how many rows that were, and
    the exit code go to ``tell``. Blank lines are ignored. Raises LoadError for whatever ends the
    load early; if the input is at fault, the lines before that are loaded.
    """
    path = settings.file
    metadata = MetadataFile(settings.metadata, path) if settings.metadata else None
    db = open_database(path)
    loader = Loader(db, put, tell, merge=settings.merge)
    code = None
    try:
        ended = _take_all(lines, loader, tell)
        if ended == 0:
            loader.index()
        if metadata is not None:
            metadata.write(loader.descriptions)
        code = ended
    except DATABASE_ERRORS as error:
        raise LoadError(explain(error, path)) from None
    finally:
        _summarise(loader, path, code, tell)
        db.close()
    return code


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
    except LoadError:
        loader.commit()
        raise
    except Stopped as stopped:
        loader.commit()
        tell(f"stopped by signal {stopped.signum} after line {taken}")
        return 128 + stopped.signum
    loader.commit()
    return 0


def _counted(number: int, noun: str) -> str:
    return f"1 {noun}" if number == 1 else f"{number:,} {noun}s"


def _summarise(loader: Loader, path: str, code: int | None, tell: Callable[[str], None]) -> None:
    """Tells what was loaded. Without an exit code an error follows, which has it."""
    if loader.replaced:
        texts = _counted(loader.replaced, "text")
        tell(f"{texts} held half a character (a lone surrogate), now U+FFFD")
    tables = loader.tables.values()
    if not tables:
        return
    rows = _counted(sum(table.written for table in tables), "row")
    deleted = sum(table.deleted for table in tables)
    ends = [
        f", {deleted:,} deleted" if deleted else "",
        "" if code is None else f"; exit {code}",
    ]
    tell(f"{rows} written to {_counted(len(tables), 'table')} of {path}{''.join(ends)}")
