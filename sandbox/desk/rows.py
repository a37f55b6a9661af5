"""Rows made of data: rows.json has a template for each kind of row, tables.json whole tables.

In both a link is a text: its address, its class, and perhaps its count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.chance import Dice
from sandbox.desk.hal import API, link
from sandbox.table import Row
from sandbox.template import fill, load

_TABLES = load(__file__, "tables")


def tables() -> dict[str, list[Row]]:
    """Return the small tables by their endpoints."""
    return {path: list(map(_with_links, rows)) for path, rows in _TABLES.items()}


def _with_links(row: Row) -> Row:
    return {**row, "_links": {name: link(text) for name, text in row["_links"].items()}}


def _templates() -> dict[str, Any]:
    """Return the templates; where one names a kind of custom fields, it has these fields."""
    templates: dict[str, Any] = load(__file__, "rows")
    for template in templates.values():
        if "custom_fields" in template["row"]:
            template["row"]["custom_fields"] = _custom(template["row"]["custom_fields"])
    return templates


def _custom(kind: str) -> Row:
    """Return the template of a kind's active custom fields, with values of all years (REC)."""
    fields = [row for row in _TABLES["custom_fields"] if row["type"] == kind and row["active"]]
    return {row["name"]: {"$pick": _values(row["data"])} for row in fields}


def _values(data: Row) -> list[Any]:
    if data["type"] == "list":
        return [*data["choices"], None]
    values: list[Any] = API["custom_values"][data["type"]]
    return values


_TEMPLATES = _templates()


def made(kind: str, dice: Dice, values: Row, fields: Mapping[str, Any] | None = None) -> Row:
    """Return a row of a kind: its template filled with ``values``, with ``fields`` set in it.

    "row" of the template comes before the ``fields``, "rest" after them. A link to nothing, which
    has None in its address, is null.
    """
    template, values = _TEMPLATES[kind], {"n": values.get("id", 0), **values}
    own = {**fill(template["row"], values, dice), **(fields or {})}
    links = fill(template["links"], values, dice)
    return {
        **own,
        **fill(template["rest"], values, dice),
        **own,
        "_links": {name: link(text) for name, text in links.items()},
    }
