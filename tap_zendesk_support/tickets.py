"""Tickets and their metrics, in one context of the cursor export; by lists where that is refused.

Order and position of the export are the generated_timestamp, which system updates move and ``updated_at`` does not show
(Zendesk's reference, incremental exports). Metrics ride along: they cover archived tickets, which /ticket_metrics leaves out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support import exports
from tap_zendesk_support.api import DELETED_TICKETS, EXPORTS, SEARCH_EXPORTS
from tap_zendesk_support.changes import Changes, Leaves, Listed, Since, optional
from tap_zendesk_support.exports import Export, Position
from tap_zendesk_support.lists import (
    LARGEST_PAGE,
    Progress,
    epoch,
    pages,
    rows,
    sized,
    sought,
    stamp,
    text,
)

TICKETS = Stream(
    "tickets",
    "incremental/tickets/cursor",
    method="INCREMENTAL",
    replication_key="generated_timestamp",
    text_fields=frozenset({"via.channel", "via.source.rel"}),
    unselected=frozenset({"fields"}),
    note="or tickets, where exports are refused",
)
METRICS = Stream(
    "zendesk_ticket_metrics",
    "incremental/tickets/cursor?include=metric_sets",
    method="INCREMENTAL",
    parent="tickets",
    note="archived tickets' too",
)
PROBE = Request("tickets", TICKETS.name, {"page[size]": 1})
LEAVES = Leaves("generated_timestamp", write=int)
MOST_SEARCHED = 1000


def _generated(row: Row) -> int:
    return epoch(row.get("generated_timestamp")) or 0


def _updated(row: Row) -> int:
    return epoch(row.get("updated_at")) or 0


def _exported(context: ReadContext, start: Position, since: int) -> Iterator[exports.Batch]:
    return exports.by_cursor(context, export(context), start, since)


def export(context: ReadContext) -> Export:
    """The cursor export of tickets, with those of AI agents, which come on demand only, and metrics if they are selected."""
    include = {"include": "metric_sets"} if context.selects(METRICS.name) else {}
    params = {"support_type_scope": "all", **include}
    return Export(
        Request("incremental/tickets/cursor", _meter(context), params, EXPORTS),
        "tickets",
        "generated_timestamp",
    )


def _meter(context: ReadContext) -> str:
    return next(iter(context.fields))


def _lists(context: ReadContext, since: Since) -> Iterator[Listed]:
    """Archived tickets on the first run (only the search still finds them), the live ones by time of change, and deleted ones.

    The deleted ones come last: the export may later begin where the live ones ended, and none deleted before must be missing.
    """
    if since.first:
        yield from optional(context, "archived tickets", _archived(context, since.listed))
    yield from _live(context, since.listed)
    yield from optional(context, "deleted tickets", _deleted(context, since.deleted))


def _live(context: ReadContext, since: int) -> Iterator[Listed]:
    include = {"include": "metric_sets"} if context.selects(METRICS.name) else {}
    request = sized(
        Request("tickets", _meter(context), {"sort": "updated_at", **include}),
        context.page_size(LARGEST_PAGE),
    )
    progress = Progress()
    for reply in sought(context.api, request, since):
        found = rows(reply, "tickets")
        at = epoch(progress.passed(reply, [stamp(row, "updated_at") for row in found]) or None)
        metrics = {
            metric.get("ticket_id"): metric for metric in reply.data.get("metric_sets") or []
        }
        yield Listed(
            {},
            [
                {"metric_set": metrics.get(row.get("id")), **row} if metrics else row
                for row in found
            ],
            at,
        )
    yield Listed({}, [], epoch(progress.end() or None))


def lately(context: ReadContext) -> Iterator[list[Row]]:
    """Live tickets that changed since a little before the stretch of time that exports hold back."""
    since = exports.settled(int(time.time())) - context.config["lookback_seconds"]
    for page in _live(context, since):
        yield [row for row in page.rows if _updated(row) >= since]


def _deleted(context: ReadContext, since: int) -> Iterator[Listed]:
    request = Request("deleted_tickets", _meter(context), {"sort": "deleted_at"}, DELETED_TICKETS)
    progress = Progress()
    for reply in sought(context.api, sized(request, context.page_size(LARGEST_PAGE)), since):
        found = rows(reply, "deleted_tickets")
        progress.passed(reply, [stamp(row, "deleted_at") for row in found])
        yield Listed({}, [_gone(row) for row in found], None, deleted=True)
    yield Listed({}, [], epoch(progress.end() or None), deleted=True)


def _gone(row: Row) -> Row:
    """What the list of deleted tickets says of one, as a ticket."""
    return {
        "id": row.get("id"),
        "subject": row.get("subject"),
        "status": "deleted",
        "updated_at": row.get("deleted_at"),
    }


def _archived(context: ReadContext, since: int) -> Iterator[Listed]:
    params = {"filter[type]": "ticket", "query": f"updated>={text(since)}"}
    request = Request("search/export", _meter(context), params, SEARCH_EXPORTS)
    size = context.page_size(MOST_SEARCHED)
    for reply in pages(context.api, sized(request, size)):
        closed = [row for row in rows(reply, "results") if row.get("status") == "closed"]
        yield Listed(
            {}, [{name: row[name] for name in row if name != "result_type"} for row in closed], None
        )


CHANGED = Changes(
    "tickets",
    _exported,
    _lists,
    moment=_generated,
    updated=_updated,
    leaves=LEAVES,
)


def _pages(context: ReadContext) -> Iterator[Page]:
    names = list(context.fields)
    for batch in CHANGED.batches(context, names):
        found = {name: batch.wanted(name) for name in names}
        out: dict[str, list[Row]] = {}
        if TICKETS.name in found:
            out[TICKETS.name] = [_ticket(context, row) for row in found[TICKETS.name]]
        if METRICS.name in found:
            out[METRICS.name] = [
                _metric(row)
                for row in found[METRICS.name]
                if isinstance(row.get("metric_set"), dict)
            ]
        yield Page(out, batch.bookmarks)


def _ticket(context: ReadContext, row: Row) -> Row:
    ticket = {name: value for name, value in row.items() if name != "metric_set"}
    if not ticket.get("generated_timestamp"):  # which lists may leave out
        ticket["generated_timestamp"] = _updated(row)
    rating = ticket.get("satisfaction_rating")
    if isinstance(rating, str):
        ticket["satisfaction_rating"] = {"score": rating}
    custom = ticket.get("custom_fields")
    if context.config["custom_fields_map"] and isinstance(custom, list):
        ticket["custom_fields_map"] = {
            str(field.get("id")): field.get("value") for field in custom if isinstance(field, dict)
        }
    return ticket


def _metric(row: Row) -> dict[str, Any]:
    return {"ticket_id": row.get("id"), **row["metric_set"]}


READERS = (Reader((TICKETS, METRICS), _pages, PROBE),)
