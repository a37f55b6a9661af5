"""Custom objects and their records: the account's own tables.

Their lists are unlike the others: they lie in an envelope, and pages follow each other by a token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tap_common import times
from tap_common.children import Children, lost_parents, smaller_page
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, UsageError
from tap_common.guard import WalkGuard
from tap_common.page_size import PageSize
from tap_common.replies import rows_in
from tap_common.stream import Bookmark, Page, Row, Stream, date_times
from tap_common.vendor import Reply, Request
from tap_common.watermark import Watermark
from tap_freshdesk.lists import LARGEST_PAGE, stamp

OBJECTS = Stream("custom_objects", "custom_objects/schemas")
BY_OBJECT, CHANGED = "objects", "updated_time"


def _faults(stream: str, bookmark: Bookmark) -> Iterator[UsageError]:
    objects = bookmark.get(BY_OBJECT) or {}
    if isinstance(objects, Mapping):
        yield from date_times(*objects)(f"{stream}.{BY_OBJECT}", objects)
    else:
        text = "must map ids of objects to date-times; correct or remove it"
        yield UsageError(f"state: bookmarks.{stream}.{BY_OBJECT} {text}")


RECORDS = Stream(
    "custom_object_records",
    "custom_objects/schemas/{id}/records",
    ("schema_id", "display_id"),
    method="INCREMENTAL",
    replication_key=CHANGED,
    parent=OBJECTS.name,
    bookmark_keys=(BY_OBJECT,),
    bookmark_check=_faults,
    by_default=False,
)
FILTER = f"{CHANGED}[gte]"


def pages(context: ReadContext) -> Iterator[Page]:
    """The custom objects, and the records of each that changed since its bookmark."""
    stream = OBJECTS if context.selects(OBJECTS.name) else RECORDS
    objects = rows_in(context.api.get(Request(OBJECTS.path, stream.name)), "schemas")
    yield Page({OBJECTS.name: objects})
    if context.selects(RECORDS.name):
        yield from _Records(context).below(objects)


class _Records:
    """One run over the records. Each object has a bookmark of its own, since each may fail."""

    def __init__(self, context: ReadContext) -> None:
        self._context = context
        self._size = context.page_size(LARGEST_PAGE)
        self._is_filtered = True
        self._bookmarks = _in_utc(context.bookmarks[RECORDS.name].get(BY_OBJECT) or {})
        self._children = Children(context, RECORDS, self._request, self._pages, self._instead)

    def below(self, objects: list[Row]) -> Iterator[Page]:
        """The records of the objects that are not deleted."""
        ids = {str(row["id"]): row["id"] for row in objects if _has_records(row)}
        for parent, rows in self._children.below(list(ids)):
            records = [{**row, "schema_id": ids[parent]} for row in rows]
            yield Page({RECORDS.name: records}, self._bookmark())
        lost = lost_parents([row for row in objects if not row.get("deleted")])
        gaps = {} if lost is None else {RECORDS.name: lost}
        yield Page(bookmarks=self._bookmark(), gaps=gaps)

    def _bookmark(self) -> dict[str, dict[str, Any]]:
        return {RECORDS.name: {BY_OBJECT: dict(self._bookmarks)}} if self._bookmarks else {}

    def _since(self, parent: str) -> str:
        """Where the read of an object's records begins, inclusively."""
        if parent not in self._bookmarks:
            return times.second_of(self._context.start)
        bookmark = times.parse(self._bookmarks[parent])
        return times.text(self._context.less_lookback(RECORDS.name, bookmark))

    def _request(self, parent: str) -> Request:
        params: dict[str, Any] = {"page_size": self._size}
        if self._is_filtered:
            params[FILTER] = self._since(parent).replace("Z", ".000Z")
        return Request(RECORDS.path.format(id=parent), RECORDS.name, params, shrinkable=True)

    def _instead(self, parent: str, error: ApiError, tried: int) -> Request | None:
        """The request without a filter if the account refuses it, or for a smaller page."""
        if error.status == 400:
            self._is_filtered = False
            return replace(self._request(parent), shrinkable=False)
        return smaller_page(tried, error, partial(self._sized, self._request(parent)))

    def _sized(self, request: Request, rows: int) -> Request:
        return replace(request, params={**request.params, "page_size": min(rows, self._size)})

    def _pages(self, reply: Reply) -> Iterator[list[Row]]:
        """The records page by page. Once they are through, the object's bookmark moves.

        Nobody says whether the last page has a link, too. So a page without records is the end. Of
        a full page without ``_links`` nobody knows whether it is the last one: that is an ApiError.
        """
        parent = reply.request.path.split("/")[-2]
        since, guard = self._since(parent), WalkGuard(reply.request.path)
        size = PageSize(reply.request.params["page_size"])
        watermark: Watermark[str] = Watermark(self._bookmarks.get(parent))
        while True:
            rows = rows_in(reply, "records")
            changed = [row for row in rows if stamp(row, since, CHANGED) >= since]
            clock = times.second_of(reply.date)
            watermark = watermark.at_clock(clock)
            watermark = watermark.seen(stamp(row, field=CHANGED) for row in rows)
            yield changed
            is_full = len(rows) >= reply.request.params["page_size"]
            if is_full and not isinstance(reply.data.get("_links"), Mapping):
                raise ApiError(f"{reply.request.path}: a full page of records came without _links")
            further = next_page(reply)
            if not further or not rows:
                break
            guard.check(tuple(sorted(further.items())), len(rows))
            reply = size.get(self._context.api, partial(_further, reply.request, further))
        if watermark.value is not None:
            self._bookmarks[parent] = watermark.value


def _further(before: Request, further: Mapping[str, str], size: int) -> Request:
    """The request for so many rows after the page that ``before`` asked for."""
    return replace(before, params={**before.params, **further, "page_size": size})


def _has_records(row: Row) -> bool:
    """The records of a deleted object are gone."""
    return row.get("id") is not None and not row.get("deleted")


def _in_utc(bookmarks: Mapping[str, Any]) -> dict[str, str]:
    """The bookmarks of the objects that have one."""
    read = {str(parent): times.rfc3339(value) for parent, value in bookmarks.items()}
    return {parent: value for parent, value in read.items() if value is not None}


def next_page(reply: Reply) -> dict[str, str]:
    """The parameters of the page after ``reply``; {} if it is the last one.

    The reply's link is relative to ``custom_objects`` or absolute, and may lack the filter.
    """
    links = reply.data.get("_links")
    link = links.get("next") if isinstance(links, Mapping) else None
    href = link.get("href") if isinstance(link, Mapping) else None
    if not isinstance(href, str):
        return {}
    return {name: text for name, text in parse_qsl(urlsplit(href).query) if name == "next_token"}


READER = Reader((OBJECTS, RECORDS), pages, Request(OBJECTS.path, OBJECTS.name))
