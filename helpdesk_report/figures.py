"""The figures of one helpdesk, read from a SQLite file that a tap of this suite filled."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from helpdesk_report.errors import ReportError
from helpdesk_report.sql import TAPS, View, needs, views

_OLDEST_SQLITE = (3, 38, 0)
Row = dict[str, Any]


class Figures(NamedTuple):
    """The rows of the views, each of which helpdesk_report/views/figures.sql describes.

    ``source`` is the tap and its account. ``missing`` names the tables that the file lacks, and the
    columns ("tickets.status") that its tables lack. What rests on them is empty.
    """

    source: str
    missing: list[str]
    summary: Row
    first: str | None
    last: str | None
    weeks: list[Row]
    days: list[Row]
    backlog: list[Row]
    first_replies: list[float]
    resolutions: list[float]
    agents: list[Row]
    groups: list[Row]
    satisfaction: list[Row]
    hours: list[Row]


def read(path: str, tap: str | None = None) -> Figures:
    """The figures of the helpdesk in the SQLite file ``path``, which stays as it is.

    ``tap`` says whose tables to read where the file has those of several taps. Raises ReportError
    if the file can't be read.
    """
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise ReportError(
            f"this Python has SQLite {sqlite3.sqlite_version}; 3.38 or newer is needed"
        )
    if not Path(path).is_file():
        raise ReportError(f"there is no file {path}")
    address = f"file:{quote(str(Path(path).absolute()))}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
            database.row_factory = sqlite3.Row
            source = _source(database, tap)
            missing = list(_stand_in(database, _tap_of(source)))
            for view in views(_tap_of(source), "sqlite"):
                database.execute(_statement(view))
            return _figures(database, source, missing)
    except sqlite3.Error as error:
        raise ReportError(f"can't read {path}: {error}") from None


def _source(database: sqlite3.Connection, tap: str | None) -> str:
    """The tap that filled the file, and its account if the file says so."""
    known: set[str] = set()
    if _columns(database, "_singer_sources"):
        rows = database.execute("SELECT DISTINCT source FROM main._singer_sources")
        known = {row["source"] for row in rows if _tap_of(row["source"]) in TAPS}
    if tap is not None:
        of_this_tap = sorted(source for source in known if _tap_of(source) == tap)
        return ", ".join(of_this_tap) or tap
    taps = {_tap_of(source) for source in known}
    if len(taps) == 1:
        return ", ".join(sorted(known))
    found = f"tables of {', '.join(sorted(taps))}" if taps else "no name of a tap"
    raise ReportError(f"the file holds {found}; say with --tap whose tables should be read")


def _tap_of(source: object) -> str:
    return str(source).partition(" ")[0]


def _stand_in(database: sqlite3.Connection, tap: str) -> Iterator[str]:
    """Puts a temporary view before each table, with NULL for what the table lacks.

    Yields the names of what is missing.
    """
    for table, wanted in needs(tap).items():
        present = _columns(database, table)
        lacking = [f"{table}.{column}" for column in wanted if column not in present]
        yield from lacking if present else [table]
        selected = [
            _quoted(column) if column in present else f"NULL AS {_quoted(column)}"
            for column in wanted
        ]
        source = f"FROM main.{_quoted(table)}" if present else "WHERE FALSE"
        database.execute(
            f"CREATE TEMP VIEW {_quoted(table)} AS SELECT {', '.join(selected)} {source}"
        )


def _statement(view: View) -> str:
    """Makes a temporary view. The tickets, on which all others rest, become a table."""
    kind = "TABLE" if view.name == "v_tickets" else "VIEW"
    return f"CREATE TEMP {kind} {view.name} AS {view.query}"


def _figures(database: sqlite3.Connection, source: str, missing: list[str]) -> Figures:
    def rows(sql: str) -> list[Row]:
        return [dict(row) for row in database.execute(sql)]

    def column(sql: str) -> list[Any]:
        return [row[0] for row in database.execute(sql)]

    (period,) = rows("SELECT min(created_at) AS first, max(created_at) AS last FROM v_tickets")
    (summary,) = rows("SELECT * FROM v_summary")
    return Figures(
        source=source,
        missing=missing,
        summary=summary,
        **period,
        weeks=rows("SELECT * FROM v_weeks WHERE week IS NOT NULL ORDER BY week"),
        days=rows("SELECT * FROM v_backlog_by_day WHERE day IS NOT NULL ORDER BY day"),
        backlog=rows("SELECT * FROM v_backlog ORDER BY tickets DESC, status"),
        first_replies=column("SELECT minutes FROM v_first_reply ORDER BY minutes"),
        resolutions=column("SELECT minutes FROM v_resolution ORDER BY minutes"),
        agents=rows("SELECT * FROM v_agents ORDER BY tickets DESC, agent"),
        groups=rows("SELECT * FROM v_groups ORDER BY tickets DESC, group_name"),
        satisfaction=rows("SELECT * FROM v_satisfaction WHERE week IS NOT NULL ORDER BY week"),
        hours=rows("SELECT * FROM v_busiest_hours WHERE hour IS NOT NULL"),
    )


def _columns(database: sqlite3.Connection, table: str) -> set[str]:
    sql = "SELECT name FROM pragma_table_info(?, 'main')"
    return {row["name"] for row in database.execute(sql, [table])}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
