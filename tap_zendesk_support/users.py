"""Users with their identities: by the cursor export or, where that is refused, by lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tap_common.context import ReadContext, Reader
from tap_common.replies import rows_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import LazyRows, Request
from tap_zendesk_support import exports
from tap_zendesk_support.api import USER_EXPORTS
from tap_zendesk_support.changes import Batch, Changes, unless_refused
from tap_zendesk_support.exports import Export, Position
from tap_zendesk_support.lists import (
    LARGEST_PAGE,
    ListWatermark,
    below,
    pages,
    sized,
    sought,
    stamps,
)
from tap_zendesk_support.moments import epoch
from tap_zendesk_support.positions import BookmarkKeys, Listed, Since

KEYS = BookmarkKeys("updated_at")
LAZY = LazyRows("users", frozenset({"id", "active", "updated_at"}))
USERS = Stream(
    "users",
    "incremental/users/cursor",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=KEYS.names,
    bookmark_check=KEYS.faults,
    note="deleted ones too; or `users`, where exports are refused",
)
IDENTITIES = Stream(
    "user_identities",
    "incremental/users/cursor",
    method="INCREMENTAL",
    parent="users",
    bookmark_keys=KEYS.names,
    bookmark_check=KEYS.faults,
    note="beside the users",
)


def _updated(row: Row) -> int:
    return epoch(row.get("updated_at")) or 0


def _request(context: ReadContext, path: str, **params: str) -> Request:
    include = {"include": "identities"} if context.selects(IDENTITIES.name) else {}
    return Request(path, next(iter(context.streams)), {**params, **include})


def _exported(context: ReadContext, start: Position, since: int) -> Iterator[exports.ExportPage]:
    request = _request(context, USERS.path)
    export = Export(
        Request(USERS.path, request.stream, request.params, USER_EXPORTS, rows=LAZY),
        "users",
        "updated_at",
    )
    return exports.by_cursor(context, export, start, since)


def _lists(context: ReadContext, since: Since) -> Iterator[Listed]:
    yield from _live(context, since.listed)
    yield from unless_refused(context, "deleted users", _deleted(context))


def _live(context: ReadContext, since: int) -> Iterator[Listed]:
    request = sized(_request(context, "users", sort="updated_at"), context.page_size(LARGEST_PAGE))
    watermark = ListWatermark()
    for reply in sought(context.api, request, since):
        rows = rows_in(reply, "users")
        at = epoch(watermark.after(reply, stamps(rows, "updated_at")))
        yield Listed(reply.data, rows, at)
    yield Listed({}, [], epoch(watermark.end()))


def _deleted(context: ReadContext) -> Iterator[Listed]:
    request = Request("deleted_users", next(iter(context.streams)))
    watermark = ListWatermark()
    for reply in pages(context.api, sized(request, context.page_size(LARGEST_PAGE))):
        rows = rows_in(reply, "deleted_users")
        watermark.after(reply, stamps(rows, "updated_at"))
        gone = [{**row, "active": False} for row in rows]
        yield Listed({}, gone, None, is_deleted=True)
    yield Listed({}, [], epoch(watermark.end()), is_deleted=True)


CHANGED = Changes("users", _exported, _lists, moment=_updated, updated=_updated)


def _pages(context: ReadContext) -> Iterator[Page]:
    identities = None
    if context.selects(IDENTITIES.name):
        identities = below(context, IDENTITIES, "identities", _identities_request)
        for _, found in identities.owed():
            yield Page({IDENTITIES.name: found})
    for batch in CHANGED.batches(context, dict.fromkeys(context.streams, KEYS)):
        rows: dict[str, Iterable[Row]] = {}
        if context.selects(USERS.name):
            rows[USERS.name] = map(user_row, batch.wanted(USERS.name))
        if identities is None:
            yield Page(rows, batch.bookmarks)
            continue
        beside = _identities_beside(batch)
        endings = batch.endings([IDENTITIES.name])
        yield Page({**rows, IDENTITIES.name: beside or []}, endings=endings)
        if beside is None:
            users = batch.parents(IDENTITIES.name)
            active = [row for row in users if row.get("active") is not False]
            for _, found in identities.below([str(row["id"]) for row in active]):
                yield Page({IDENTITIES.name: found})
        yield Page({}, batch.bookmarks)


def user_row(row: Row) -> Row:
    """The row of ``users``: it says in any case whether the user was deleted for good."""
    return {"permanently_deleted": False} | row


def _identities_beside(batch: Batch) -> list[Row] | None:
    """The identities of a batch's users that came along; None if none did."""
    found = batch.data.get("identities")
    if not isinstance(found, list):
        return None
    users = {str(row["id"]) for row in batch.parents(IDENTITIES.name)}
    return [row for row in found if isinstance(row, dict) and str(row.get("user_id")) in users]


def _identities_request(user: str) -> Request:
    return sized(Request(f"users/{user}/identities", IDENTITIES.name), LARGEST_PAGE)


READER = Reader((USERS, IDENTITIES), _pages, Request("users", USERS.name, {"page[size]": 1}))
