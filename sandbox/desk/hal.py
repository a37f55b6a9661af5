"""Rows made of data, links, envelopes, and what the API of earlier years lacked (REC).

rows.json has a template for each kind of row, tables.json whole tables. In both a link is a text:
its address, its class, and perhaps its count.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sandbox.chance import Dice
from sandbox.desk.options import Era, Options
from sandbox.table import Row, without
from sandbox.template import fill, load
from sandbox.wire import Request

API = load(__file__, "api")
"""How the API behaves, as data."""
ROOT = "/api/v2/"
_TABLES = load(__file__, "tables")


def link(text: str | None) -> Row | None:
    """Returns the link that a text such as "cases/7/replies reply" or "... reply 3" describes.

    Its words are the address below the root, the class, and the count if there is one. A text with
    None in its address leads nowhere, and the link is null.
    """
    if text is None or "/None" in text:
        return None
    address, kind, *count = text.split()
    found: Row = {"href": ROOT + address, "class": kind}
    return found | ({"count": int(count[0])} if count else {})


def address_of(row: Row) -> str:
    """Returns the row's own address below the root, or "" without one."""
    href: str = row.get("_links", {}).get("self", {}).get("href", "")
    return href.removeprefix(ROOT)


def number_of(row: Row) -> int:
    """Returns the number at the end of the row's address."""
    return int(address_of(row).rpartition("/")[2])


def aged(row: Row, era: Era) -> Row:
    """Returns the row as the API of an era sent it."""
    if era == "2016":
        return row
    rules, links = API["eras"][era], row.get("_links", {})
    lacking = set(rules["lacks_fields"])
    if links.get("self", {}).get("class") in rules["with_id"]:
        lacking.remove("id")
    kept = without(row, lacking)
    if links:
        kept["_links"] = links = without(links, rules["lacks_links"])
    if links and not rules["counts_links"]:
        kept["_links"] = {name: link and without(link, ["count"]) for name, link in links.items()}
    return kept


def tables() -> dict[str, list[Row]]:
    """Returns the small tables by their endpoints."""
    return {path: list(map(_with_links, rows)) for path, rows in _TABLES.items()}


def _with_links(row: Row) -> Row:
    return {**row, "_links": {name: link(text) for name, text in row["_links"].items()}}


def _templates() -> dict[str, Any]:
    """Returns the templates; where one names a kind of custom fields, it has these fields."""
    templates: dict[str, Any] = load(__file__, "rows")
    for template in templates.values():
        if "custom_fields" in template["row"]:
            template["row"]["custom_fields"] = _custom(template["row"]["custom_fields"])
    return templates


def _custom(kind: str) -> Row:
    """Returns the template of a kind's active custom fields, with values of all years (REC)."""
    fields = [row for row in _TABLES["custom_fields"] if row["type"] == kind and row["active"]]
    return {row["name"]: {"$pick": _values(row["data"])} for row in fields}


def _values(data: Row) -> list[Any]:
    if data["type"] == "list":
        return [*data["choices"], None]
    return list(API["custom_values"][data["type"]])


_TEMPLATES = _templates()


def made(kind: str, dice: Dice, fields: Mapping[str, Any] = {}, /, **values: Any) -> Row:
    """Returns a row of a kind: its template filled with ``values``, with ``fields`` set in it.

    "row" of the template comes before the ``fields``, "rest" after them. A link to nothing, which
    has None in its address, is null.
    """
    template, values = _TEMPLATES[kind], {"n": values.get("id", 0), **values}
    own = {**fill(template["row"], values, dice), **fields}
    links = fill(template["links"], values, dice)
    return {
        **own,
        **fill(template["rest"], values, dice),
        **own,
        "_links": {name: link(text) for name, text in links.items()},
    }


def envelope(request: Request, page: int, size: int, total: int, options: Options) -> Row:
    """Returns a page's document but its rows. Its links carry the query that was given.

    No page after ``last_linked`` is linked as the next one.
    """
    last = max(1, -(-total // size))
    given = [pair for pair in request.query if pair[0] not in ("page", "per_page")]

    def link_to(number: int) -> Row:
        query = urlencode([*given, ("page", number), ("per_page", size)])
        return {"href": f"{request.path.rstrip('/')}?{query}", "class": "page"}

    follows = page < last and (not options.last_linked or page < options.last_linked)
    links = {
        "self": link_to(page),
        "first": link_to(1),
        "last": link_to(last),
        "previous": link_to(page - 1) if 1 < page <= last + 1 else None,
        "next": link_to(page + 1) if follows else None,
    }
    numbered = {} if options.era == "2013" else {"page": page}
    return {"total_entries": total, **numbered, "_links": links}
