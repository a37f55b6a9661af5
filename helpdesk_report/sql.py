"""The SQL views, for SQLite and for PostgreSQL.

Both kinds come from the files in views/. What the two databases write differently stands there as a
function in capitals, such as ``WEEK(created_at)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

TAPS = ("tap-desk", "tap-freshdesk", "tap-zendesk-chat", "tap-zendesk-support")
DIALECTS: Mapping[str, Mapping[str, str]] = {
    "sqlite": {
        "TIME": "{0}",
        "MINUTES": "(unixepoch({1}) - unixepoch({0})) / 60.0",
        "DAY": "date({0})",
        "WEEK": "date({0}, 'weekday 0', '-6 days')",
        "WEEKDAY": "((strftime('%w', {0}) + 6) % 7 + 1)",
        "HOUR": "CAST(strftime('%H', {0}) AS integer)",
        "LIST": "{0}",
        "CHOICE": "json_extract({0}, '$.\"' || {1} || '\"[0]')",
    },
    "postgresql": {
        "TIME": "CAST({0} AS timestamp)",
        "MINUTES": "floor(extract(epoch FROM {1}) - extract(epoch FROM {0})) / 60.0",
        "DAY": "CAST({0} AS date)",
        "WEEK": "CAST(date_trunc('week', {0}) AS date)",
        "WEEKDAY": "CAST(extract(isodow FROM {0}) AS integer)",
        "HOUR": "CAST(extract(hour FROM {0}) AS integer)",
        "LIST": "to_jsonb({0})",
        "CHOICE": "CAST({0} AS jsonb) -> CAST({1} AS text) ->> 0",
    },
}
_FILES = Path(__file__).resolve().parent / "views"
_NEED = re.compile(r"^-- needs (\w+) \((.+)\)$", re.MULTILINE)
_VIEW = re.compile(r"((?:^-- .*\n)*)^CREATE VIEW (\w+) AS\n((?:.|\n)+?);$", re.MULTILINE)
_CALL = re.compile(r"\b([A-Z]+)\(([^()]*)\)")


class View(NamedTuple):
    """A view: its name, the sentences that say what is in it, and the query behind it."""

    name: str
    about: str
    query: str


def needs(tap: str) -> dict[str, list[str]]:
    """The columns that the views of ``tap`` read, by table."""
    tables: dict[str, list[str]] = {}
    for table, columns in _NEED.findall(_text(tap)):
        tables.setdefault(table, []).extend(columns.split(", "))
    return tables


def views(tap: str, dialect: str) -> list[View]:
    """The views for the tables of ``tap``, each after those that it reads.

    ``dialect`` is "sqlite" (3.39 or newer) or "postgresql".
    """
    return [
        View(name, about, _CALL.sub(lambda call: _written(call, DIALECTS[dialect]), query))
        for file in (tap, "figures")
        for about, name, query in _VIEW.findall(_text(file))
    ]


def script(tap: str, dialect: str) -> str:
    """The statements that make the views, or make them anew."""
    return "\n".join(_statements(views(tap, dialect)))


def _statements(made: list[View]) -> Iterator[str]:
    for view in reversed(made):
        yield f"DROP VIEW IF EXISTS {view.name};"
    for view in made:
        yield f"\n{view.about}CREATE VIEW {view.name} AS\n{view.query};"


def _text(name: str) -> str:
    return (_FILES / f"{name.replace('-', '_')}.sql").read_text("utf-8")


def _written(call: re.Match[str], functions: Mapping[str, str]) -> str:
    function, arguments = call.groups()
    if function not in functions:
        return call[0]
    return functions[function].format(*arguments.split(", "))
