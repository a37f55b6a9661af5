"""Links, envelopes, refusals, and what the API of earlier years lacked (REC)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from sandbox.desk.options import Era
from sandbox.errors import Errors
from sandbox.table import Row
from sandbox.template import load

API = load(__file__, "api")
"""How the API behaves, as data."""
ERRORS = Errors(__file__)
"""403 is inferred. A 429 is plain text (GEM-DESK, issue 29)."""
refuse = ERRORS.refuse
ROOT = "/api/v2/"


def link(text: str | None) -> Row | None:
    """Return the link that a text such as "cases/7/replies reply" or "... reply 3" describes.

    Its words are the address below the root, the class, and the count if there is one. A text with
    None in its address leads nowhere, and the link is null.
    """
    if text is None or "/None" in text:
        return None
    address, kind, *count = text.split()
    found: Row = {"href": ROOT + address, "class": kind}
    return found | ({"count": int(count[0])} if count else {})


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
    rules, links = API["eras"][era], row.get("_links", {})
    lacking = set(rules["lacks_fields"])
    if links.get("self", {}).get("class") in rules["with_id"]:
        lacking.remove("id")
    kept = {name: value for name, value in row.items() if name not in lacking}
    if links:
        kept["_links"] = {
            name: value if rules["counts_links"] else _uncounted(value)
            for name, value in links.items()
            if name not in rules["lacks_links"]
        }
    return kept


def _uncounted(value: Row | None) -> Row | None:
    return value and {name: part for name, part in value.items() if name != "count"}


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
        links = {
            "self": self._link(self.number),
            "first": self._link(1),
            "last": self._link(last),
            "previous": self._link(before) if 1 <= before <= last else None,
            "next": self._link(after) if follows else None,
        }
        numbered = {} if era == "2013" else {"page": self.number}
        return {"total_entries": total, **numbered, "_links": links, "_embedded": {"entries": rows}}

    def _link(self, number: int) -> Row:
        query = [pair for pair in self.query if pair[0] not in ("page", "per_page")]
        text = urlencode([*query, ("page", number), ("per_page", self.size)])
        return {"href": f"{ROOT}{self.path}?{text}", "class": "page"}
