"""Tickets and their metrics: how they are found, and what is made of each row.

The export's order and position are the generated_timestamp, which system updates move and
``updated_at`` does not show (Zendesk's reference, incremental exports). Metrics come with the
tickets: so they cover archived ones, which /ticket_metrics leaves out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.replies import rows_in
from tap_common.stream import Row, Stream
from tap_common.vendor import LazyRows, Request
from tap_zendesk_support import exports
from tap_zendesk_support.api import DELETED_TICKETS, EXPORTS, SEARCH_EXPORTS
from tap_zendesk_support.changes import Batch, Changes, unless_refused
from tap_zendesk_support.exports import Export, Position
from tap_zendesk_support.lists import (
    LARGEST_PAGE,
    ListWatermark,
    pages,
    sized,
    sought,
    stamps,
)
from tap_zendesk_support.moments import epoch, text
from tap_zendesk_support.positions import BookmarkKeys, Listed, Since

KEYS = BookmarkKeys("generated_timestamp", write=int)
METRIC_KEYS = replace(KEYS, lists_are_whole=False)
"""Lists show no metrics of archived tickets."""
VIA = frozenset({"via.channel", "via.source.rel"})
TICKETS = Stream(
    "tickets",
    "incremental/tickets/cursor",
    method="INCREMENTAL",
    replication_key="generated_timestamp",
    bookmark_keys=KEYS.names,
    bookmark_check=KEYS.faults,
    text_fields=VIA,
    unselected=frozenset({"fields"}),
    elsewhere=frozenset({"metric_set"}),
    note="or `tickets`, where exports are refused",
)
METRICS = Stream(
    "zendesk_ticket_metrics",
    "incremental/tickets/cursor",
    method="INCREMENTAL",
    parent="tickets",
    bookmark_keys=KEYS.names,
    bookmark_check=KEYS.faults,
    note="inside the tickets, archived ones included",
)
LOOKED_AT = frozenset(
    {
        *("id", "status", "created_at", "updated_at", "generated_timestamp"),
        *("from_messaging_channel", "satisfaction_rating"),
    }
)
"""The fields of a ticket that the readers look at."""
PROBE = Request("tickets", TICKETS.name, {"page[size]": 1})
LARGEST_SEARCH = 1000


def generated(row: Row) -> int:
    """When a ticket came into the export, in epoch seconds; 0 if it does not say."""
    return epoch(row.get("generated_timestamp")) or 0


def updated(row: Row) -> int:
    """When a ticket was updated, in epoch seconds; 0 if it does not say."""
    return epoch(row.get("updated_at")) or 0


def export(context: ReadContext) -> Export:
    """The cursor export of tickets, AI agents' included, with metrics if they are selected."""
    params = {"support_type_scope": "all", **_include(context)}
    rows = LazyRows("tickets", LOOKED_AT)
    request = Request(TICKETS.path, _counted_for(context), params, EXPORTS, rows=rows)
    return Export(request, "tickets", "generated_timestamp")


def _include(context: ReadContext) -> dict[str, str]:
    return {"include": "metric_sets"} if context.selects(METRICS.name) else {}


def _counted_for(context: ReadContext) -> str:
    """The stream whose figures the requests count for: the first one that is read."""
    return next(iter(context.streams))


# By lists


def _lists(context: ReadContext, since: Since) -> Iterator[Listed]:
    """Archived tickets the first time, then live ones by time of change, then deleted ones.

    Only the search finds archived tickets. Its index may be old, so that live rows come after it.
    The deleted ones come last: the export may later begin where the live ones ended, and none that
    was deleted before must be missing.
    """
    if since.is_first:
        yield from unless_refused(context, "archived tickets", _found(context, since.listed))
    yield from _live(context, since.listed)
    yield from unless_refused(context, "deleted tickets", _deleted(context, since.deleted))


def _found(context: ReadContext, since: int) -> Iterator[Listed]:
    params = {"filter[type]": "ticket", "query": f"updated>={text(since)}"}
    request = Request("search/export", _counted_for(context), params, SEARCH_EXPORTS)
    for reply in pages(context.api, sized(request, context.page_size(LARGEST_SEARCH))):
        rows = [_without(row, "result_type") for row in rows_in(reply, "results")]
        yield Listed({}, rows, None)


def _live(context: ReadContext, since: int) -> Iterator[Listed]:
    params = {"sort": "updated_at", **_include(context)}
    request = Request("tickets", _counted_for(context), params)
    watermark = ListWatermark()
    for reply in sought(context.api, sized(request, context.page_size(LARGEST_PAGE)), since):
        rows = rows_in(reply, "tickets")
        at = epoch(watermark.after(reply, stamps(rows, "updated_at")))
        yield Listed(reply.data, rows, at)
    yield Listed({}, [], epoch(watermark.end()))


def listed_since(context: ReadContext, since: int) -> Iterator[list[Row]]:
    """Live tickets that were updated since then, those too that the export still holds back."""
    for page in _live(context, since):
        yield [row for row in page.rows if updated(row) >= since]


def _deleted(context: ReadContext, since: int) -> Iterator[Listed]:
    params = {"sort": "deleted_at"}
    request = Request("deleted_tickets", _counted_for(context), params, DELETED_TICKETS)
    watermark = ListWatermark()
    for reply in sought(context.api, sized(request, context.page_size(LARGEST_PAGE)), since):
        rows = rows_in(reply, "deleted_tickets")
        watermark.after(reply, stamps(rows, "deleted_at"))
        yield Listed({}, [_deleted_ticket(row) for row in rows], None, is_deleted=True)
    yield Listed({}, [], epoch(watermark.end()), is_deleted=True)


def _deleted_ticket(row: Row) -> Row:
    """What the list of deleted tickets says of one, as a ticket."""
    return {
        "id": row.get("id"),
        "subject": row.get("subject"),
        "status": "deleted",
        "updated_at": row.get("deleted_at"),
    }


def _exported(context: ReadContext, start: Position, since: int) -> Iterator[exports.ExportPage]:
    return exports.by_cursor(context, export(context), start, since)


CHANGED = Changes("tickets", _exported, _lists, moment=generated, updated=updated)


# Rows


def _without(row: Row, name: str) -> Row:
    return {key: value for key, value in row.items() if key != name}


def ticket_row(row: Row, *, with_map: bool) -> Row:
    """The row of ``tickets``: with a rating that is always an object."""
    changes: Row = {"generated_timestamp": generated(row) or updated(row)}
    rating = row.get("satisfaction_rating")
    if isinstance(rating, str):
        changes["satisfaction_rating"] = {"score": rating}
    custom = row.get("custom_fields") if with_map else None
    if isinstance(custom, list):
        changes["custom_fields_map"] = custom_fields_map(custom)
    return row | changes


def custom_fields_map(custom: list[Any]) -> Row:
    """Custom fields by id. An empty text is null, as it is in the array."""
    fields = [field for field in custom if isinstance(field, dict)]
    return {str(field.get("id")): _unless_empty(field.get("value")) for field in fields}


def _unless_empty(value: Any) -> Any:
    return None if value == "" else value


def metric_rows(batch: Batch, stream: str) -> Iterator[Row]:
    """The rows of metrics of the tickets that ``stream`` wants, made one by one.

    Metric sets come inside the tickets, in a list of their own, or both (probes of the live API,
    October 2026).
    """
    beside = _metric_sets_beside(batch.data)
    for row in batch.parents(stream):
        inside = row.get("metric_set")
        metrics = inside if isinstance(inside, dict) else beside.get(str(row["id"]))
        if metrics is not None:
            yield {**metrics, "ticket_id": row["id"]}


def _metric_sets_beside(data: Mapping[str, Any]) -> dict[str, Row]:
    sets = data.get("metric_sets") or []
    return {str(row.get("ticket_id")): row for row in sets if isinstance(row, dict)}


def missing_metrics(batch: Batch) -> ApiError | None:
    """Why metrics end here: they were asked for, and no ticket of the page has any, or null."""
    tickets = batch.data.get("tickets") or []
    kept = [row for row in tickets if row.get("status") != "deleted"]
    has_any = _metric_sets_beside(batch.data) or any("metric_set" in row for row in kept)
    if has_any or not kept:
        return None
    return ApiError(f"{TICKETS.path}: metric sets were asked for, and none came")
