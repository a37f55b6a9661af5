"""Organizations: by the time export or, where that is refused, by their list and the audit log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from tap_common.context import ReadContext, Reader
from tap_common.replies import rows_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support import exports, time_exports
from tap_zendesk_support.api import EXPORTS
from tap_zendesk_support.changes import Changes, unless_refused
from tap_zendesk_support.exports import Export, Position
from tap_zendesk_support.lists import (
    LARGEST_PAGE,
    ListWatermark,
    logged_since,
    pages,
    sized,
    sought,
    stamps,
)
from tap_zendesk_support.moments import epoch
from tap_zendesk_support.positions import BookmarkKeys, Listed, Since

KEYS = BookmarkKeys("updated_at")
ORGANIZATIONS = Stream(
    "organizations",
    "incremental/organizations",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=KEYS.names,
    bookmark_check=KEYS.faults,
    note="deleted ones too; or `organizations`, where exports are refused",
)
EXPORT = Export(
    Request(ORGANIZATIONS.path, ORGANIZATIONS.name, {}, EXPORTS), "organizations", "updated_at"
)
_DELETIONS = {
    "sort": "created_at",
    "filter[source_type]": "organization",
    "filter[action]": "destroy",
}


def _updated(row: Row) -> int:
    return epoch(row.get("updated_at")) or 0


def _exported(context: ReadContext, _: Position, since: int) -> Iterator[exports.ExportPage]:
    return time_exports.by_time(context, EXPORT, since, _another_way(context))


def _another_way(context: ReadContext) -> Callable[[int], Iterator[list[Row]]]:
    """The organizations of one second, from their list and the audit log."""

    def found(second: int) -> Iterator[list[Row]]:
        for listed in (_live(context, second), _deleted(context, second)):
            for page in listed:
                yield [row for row in page.rows if _updated(row) == second]
                if page.position is not None and page.position > second:
                    break

    return found


def _lists(context: ReadContext, since: Since) -> Iterator[Listed]:
    yield from _live(context, since.listed)
    yield from _deleted(context, since.deleted)


def _live(context: ReadContext, since: int) -> Iterator[Listed]:
    request = Request("organizations", ORGANIZATIONS.name, {"sort": "updated_at"})
    watermark = ListWatermark()
    for reply in sought(context.api, sized(request, context.page_size(LARGEST_PAGE)), since):
        rows = rows_in(reply, "organizations")
        at = epoch(watermark.after(reply, stamps(rows, "updated_at")))
        yield Listed(reply.data, rows, at)
    yield Listed({}, [], epoch(watermark.end()))


def _deleted(context: ReadContext, since: int) -> Iterator[Listed]:
    return unless_refused(context, "deleted organizations", _logged(context, since))


def _logged(context: ReadContext, since: int) -> Iterator[Listed]:
    """What the audit log says of deleted organizations; Enterprise plans have it."""
    window = logged_since(context, datetime.fromtimestamp(since, UTC))
    request = Request("audit_logs", ORGANIZATIONS.name, {**_DELETIONS, **window})
    watermark = ListWatermark()
    for reply in pages(context.api, sized(request, context.page_size(LARGEST_PAGE))):
        logs = rows_in(reply, "audit_logs")
        at = epoch(watermark.after(reply, stamps(logs, "created_at")))
        yield Listed({}, [_deleted_organization(log) for log in logs], at, is_deleted=True)
    yield Listed({}, [], epoch(watermark.end()), is_deleted=True)


def _deleted_organization(log: Row) -> Row:
    deleted_at = log.get("created_at")
    return {"id": log.get("source_id"), "updated_at": deleted_at, "deleted_at": deleted_at}


CHANGED = Changes("organizations", _exported, _lists, moment=_updated, updated=_updated)


def _pages(context: ReadContext) -> Iterator[Page]:
    name = ORGANIZATIONS.name
    for batch in CHANGED.batches(context, {name: KEYS}):
        rows = [organization_row(row) for row in batch.wanted(name)]
        yield Page({name: rows}, batch.bookmarks)


def organization_row(row: Row) -> Row:
    """The row of ``organizations``: it says in any case whether the organization is deleted."""
    return {"deleted_at": None, **row}


READER = Reader(
    (ORGANIZATIONS,), _pages, Request("organizations", ORGANIZATIONS.name, {"page[size]": 1})
)
