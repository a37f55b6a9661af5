"""Envelopes, links and what the eras lacked (REC)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from sandbox.desk.options import Era
from sandbox.table import Row

ROOT = "/api/v2/"
_FIELDS_OF_2016 = (
    "active_attachments_count",
    "active_notes_count",
    "has_pending_interactions",
    "has_failed_interactions",
    "route_status",
    "display_name",
    "company_name",
    "opportunity_value",
)
_LINKS_OF_2016 = {"history", "case_links"}
_WITH_ID_IN_2014 = {"case", "customer"}
_NEVER_WITH_ID = {
    "brand",
    "topic",
    "custom_field",
    "filter",
    "note",
    "company",
    "macro",
    "site_setting",
}


def to(path: str, kind: str, count: int | None = None) -> Row:
    """A link; ``count`` of what is there came with the years."""
    found: Row = {"href": ROOT + path, "class": kind}
    return found if count is None else {**found, "count": count}


def to_one(plural: str, kind: str, id: int | None) -> Row | None:
    """A link to a record, null without one."""
    return None if id is None else to(f"{plural}/{id}", kind)


def own(row: Row) -> Row:
    """The row's link to itself; {} without one."""
    found: Row = row.get("_links", {}).get("self", {})
    return found


def aged(row: Row, era: Era) -> Row:
    """The row as the API of an era sent it."""
    kind = own(row).get("class")
    lost = set(_FIELDS_OF_2016) if era != "2016" else set()
    if kind in _NEVER_WITH_ID or era == "2013" or (era == "2014" and kind not in _WITH_ID_IN_2014):
        lost.add("id")
    if era == "2013":
        lost |= {"label_ids", "changed_at"}
    row = {name: value for name, value in row.items() if name not in lost}
    if era != "2016" and "_links" in row:
        row["_links"] = {
            name: {key: value for key, value in link.items() if key != "count" or era != "2013"}
            if link
            else link
            for name, link in row["_links"].items()
            if name not in _LINKS_OF_2016
        }
    return row


def envelope(
    path: str,
    query: Sequence[tuple[str, str]],
    page: int,
    size: int,
    total: int,
    rows: list[Row],
    era: Era,
) -> Row:
    """A page of a collection; its links carry the query that was given, with the real page and size."""
    kept = [pair for pair in query if pair[0] not in ("page", "per_page")]
    last = max(1, -(-total // size))

    def link(number: int) -> Row | None:
        if not 1 <= number <= last:
            return None
        return {
            "href": f"{ROOT}{path}?{urlencode([*kept, ('page', number), ('per_page', size)])}",
            "class": "page",
        }

    document: Row = {"total_entries": total}
    if era != "2013":
        document["page"] = page
    here = {
        "href": f"{ROOT}{path}?{urlencode([*kept, ('page', page), ('per_page', size)])}",
        "class": "page",
    }
    return document | {
        "_links": {
            "self": here,
            "first": link(1),
            "last": link(last),
            "previous": link(page - 1) if page > 1 else None,
            "next": link(page + 1),
        },
        "_embedded": {"entries": rows},
    }


def embedded(row: Row, names: Sequence[str], find: Callable[[Row, str], Any]) -> Row:
    """The row with what its links ``names`` lead to, null where there is nothing."""
    return {**row, "_embedded": {name: find(row, name) for name in names}} if names else row
