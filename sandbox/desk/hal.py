"""Links, envelopes, and what the API of earlier years lacked (REC)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from sandbox.desk.data import API
from sandbox.desk.options import Era
from sandbox.table import Row

ROOT = "/api/v2/"


def link(text: str, **numbers: object) -> Row:
    """Return the link that a text such as "cases/{id}/replies reply" or "... reply 3" describes.

    Its words are the address below the root, the class, and the count if there is one.
    """
    address, kind, *count = text.format(**numbers).split()
    found: Row = {"href": ROOT + address, "class": kind}
    return found | ({"count": int(count[0])} if count else {})


def link_or_none(text: str, id: int | None) -> Row | None:
    """Return the link for the id, or None without one."""
    return None if id is None else link(text, id=id)


def address_of(row: Row) -> str:
    """Return the row's own address below the root, or "" without one."""
    href: str = row.get("_links", {}).get("self", {}).get("href", "")
    return href.removeprefix(ROOT)


def number_of(row: Row) -> int:
    """Return the number at the end of the row's address."""
    return int(address_of(row).rpartition("/")[2])


def aged(row: Row, era: Era) -> Row:
    """Return the row as the API of an era sent it."""
    if era == "2016":
        return row
    rules = API["eras"][era]
    has_id = row.get("_links", {}).get("self", {}).get("class") in rules["with_id"]
    kept = {
        name: value
        for name, value in row.items()
        if name not in rules["lacks_fields"] or (name == "id" and has_id)
    }
    if "_links" in row:
        kept["_links"] = {
            name: value if value is None or rules["counts_links"] else _uncounted(value)
            for name, value in row["_links"].items()
            if name not in rules["lacks_links"]
        }
    return kept


def _uncounted(value: Row) -> Row:
    return {name: part for name, part in value.items() if name != "count"}


class Page(NamedTuple):
    """One page of a collection, as it was asked for."""

    path: str
    query: Sequence[tuple[str, str]]
    number: int
    size: int

    def envelope(self, total: int, rows: list[Row], era: Era, last_linked: int) -> Row:
        """Return the page's document. No page after ``last_linked`` is linked as the next one.

        Its links carry the query that was given, with the real page and size.
        """
        last = max(1, -(-total // self.size))
        before, after = self.number - 1, self.number + 1
        follows = after <= last and (not last_linked or after <= last_linked)
        document: Row = {"total_entries": total}
        if era != "2013":
            document["page"] = self.number
        document["_links"] = {
            "self": self._link(self.number),
            "first": self._link(1),
            "last": self._link(last),
            "previous": self._link(before) if 1 <= before <= last else None,
            "next": self._link(after) if follows else None,
        }
        return {**document, "_embedded": {"entries": rows}}

    def _link(self, number: int) -> Row:
        query = [pair for pair in self.query if pair[0] not in ("page", "per_page")]
        text = urlencode([*query, ("page", number), ("per_page", self.size)])
        return {"href": f"{ROOT}{self.path}?{text}", "class": "page"}
