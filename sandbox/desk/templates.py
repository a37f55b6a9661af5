"""Rows made of data: templates.json has what all rows of a kind share, tables.json whole tables.

In both a link is a text: its address, its class, and perhaps its count.
"""

from __future__ import annotations

from typing import Any

from sandbox.desk.data import load
from sandbox.desk.hal import link
from sandbox.table import Row

_TEMPLATES = load("templates.json")


def made(kind: str, id: int, fields: Row, links: Row, number: int | str = 0) -> Row:
    """Return a row of a kind: ``fields`` and ``links``, and what else its template has.

    In the template's texts {id} and {number} stand for the numbers.
    """
    numbers = {"id": id, "number": number}
    shared = {name: _filled(value, numbers) for name, value in _TEMPLATES[kind].items()}
    return {**fields, **shared, **fields, "_links": {**_linked(shared["_links"]), **links}}


def tables() -> dict[str, list[Row]]:
    """Return the small tables by their endpoints."""
    return {path: list(map(_with_links, rows)) for path, rows in load("tables.json").items()}


def _with_links(row: Row) -> Row:
    return {**row, "_links": _linked(row["_links"])}


def _filled(value: Any, numbers: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(member, numbers) for name, member in value.items()}
    return value.format(**numbers) if isinstance(value, str) else value


def _linked(links: Row) -> Row:
    return {name: text if text is None else link(text) for name, text in links.items()}
