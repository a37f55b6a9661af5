"""Custom objects, their fields, and their records: by cursor or, where that is refused, by list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tap_common.children import GONE_STATUSES, lost_parents
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, StreamRefused, UsageError
from tap_common.replies import rows_in
from tap_common.stream import Bookmark, Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support import exports
from tap_zendesk_support.api import EXPORTS
from tap_zendesk_support.changes import export_or_lists
from tap_zendesk_support.exports import Export, Position
from tap_zendesk_support.lists import (
    LARGEST_PAGE,
    ListWatermark,
    numbered,
    pages,
    sized,
    stamps,
)
from tap_zendesk_support.moments import epoch, text

if TYPE_CHECKING:
    from tap_common.http import Api

OBJECTS = Stream("custom_objects", "custom_objects", ("key",))
FIELDS = Stream(
    "custom_object_fields",
    "custom_objects/{key}/fields",
    ("custom_object_key", "id"),
    by_default=False,
    note="a request for each object",
)
REACHED = "reached"
"""How far an object is read: its place in the bookmark."""


def _faults(stream: str, bookmark: Bookmark) -> Iterator[UsageError]:
    objects = bookmark.get("objects") or {}
    is_sound = isinstance(objects, dict) and all(map(_is_position, objects.values()))
    at = bookmark.get("updated_at")
    if not is_sound or (at is not None and epoch(at) is None):
        yield UsageError(
            f"state: bookmarks.{stream} must hold updated_at, a date-time, and for each "
            "object the moment that it reached; correct or remove it"
        )


def _is_position(value: Any) -> bool:
    return isinstance(value, dict) and epoch(value.get(REACHED)) is not None


RECORDS = Stream(
    "custom_object_records",
    "incremental/custom_objects/{key}/cursor",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=("updated_at", "objects"),
    bookmark_check=_faults,
    by_default=False,
    note="deleted ones too; or `custom_objects/{key}/records`, where the export is refused",
)
LISTED_PATH = "custom_objects/{key}/records"
MAKERS = ("created_by_user_id", "updated_by_user_id")
DELETED = "[DELETED]"
"""What the export shows as the name and the values of a deleted record."""


def _pages(context: ReadContext) -> Iterator[Page]:
    objects = list(_objects(context.api, next(iter(context.streams))))
    if context.selects(OBJECTS.name):
        yield Page({OBJECTS.name: [numbered(row, *MAKERS) for row in objects]})
    lost = lost_parents(objects, _key)
    below = filter(context.selects, (FIELDS.name, RECORDS.name))
    yield Page(gaps={} if lost is None else dict.fromkeys(below, lost))
    keys = _keys(objects)
    if context.selects(FIELDS.name):
        yield from _of_each(context, FIELDS.name, keys, lambda key: _field_pages(context, key))
    if context.selects(RECORDS.name):
        records = _Records(context, keys)
        yield from _of_each(context, RECORDS.name, keys, records.of)
        yield records.end()


def _objects(api: Api, stream: str) -> Iterator[Row]:
    for reply in pages(api, Request(OBJECTS.path, stream)):
        yield from rows_in(reply, OBJECTS.name)


def _key(row: Row) -> Any:
    return row.get("key")


def _keys(objects: Iterable[Row]) -> list[str]:
    return [str(row["key"]) for row in objects if _key(row) is not None]


def fields_of(api: Api, key: str) -> Iterator[Row]:
    """The fields of an object, each with the object's key."""
    request = Request(FIELDS.path.format(key=quote(key, safe="")), FIELDS.name)
    for reply in pages(api, sized(request, LARGEST_PAGE)):
        for row in rows_in(reply, FIELDS.name):
            yield {**row, "custom_object_key": key}


def all_fields(api: Api) -> list[Row]:
    """The fields of all objects."""
    keys = _keys(_objects(api, OBJECTS.name))
    return [row for key in keys for row in fields_of(api, key)]


def _field_pages(context: ReadContext, key: str) -> Iterator[Page]:
    yield Page({FIELDS.name: list(fields_of(context.api, key))})


def _of_each(
    context: ReadContext, stream: str, keys: list[str], read: Callable[[str], Iterator[Page]]
) -> Iterator[Page]:
    """What ``read`` yields of each object. One that refuses or fails leaves the others alone."""
    errors: list[ApiError] = []
    for key in keys:
        try:
            yield from read(key)
        except ApiError as error:
            errors.append(error)
            if error.status in GONE_STATUSES:
                context.warn(f"{stream}: the object {key!r} is gone ({error})")
            else:
                yield Page(gaps={stream: ApiError(f"the object {key!r}: {error}")})
    if errors and len(errors) == len(keys) and isinstance(errors[0], StreamRefused):
        yield Page(endings={stream: errors[0]})


class _Records:
    """The records of all objects. Each object has its own position in the bookmark."""

    def __init__(self, context: ReadContext, keys: list[str]) -> None:
        self._context = context
        self._bookmark = context.bookmarks[RECORDS.name]
        known = self._bookmark.get("objects") or {}
        self._positions = {key: known[key] for key in keys if key in known}

    def of(self, key: str) -> Iterator[Page]:
        """The records of an object that changed."""
        listed = partial(self._instead_of_export, key)
        return export_or_lists(self._context, self._exported(key), listed)

    def _instead_of_export(self, key: str, refusal: StreamRefused | None) -> Iterator[Page]:
        """The records of an object by their list, which an object that is gone does not have."""
        text = f"{RECORDS.name}: the export is refused ({refusal}); records are listed"
        for page in self._listed(key):
            if refusal is not None:
                self._context.warn_once(RECORDS.path, f"{text}, which does not show deleted ones")
            yield page

    def _begin(self, key: str) -> tuple[Position, int]:
        """Where the read of an object begins: its cursor if it has one, and its time."""
        known = self._positions.get(key, {})
        if "objects" not in self._bookmark:
            known = {REACHED: self._bookmark.get("updated_at")}
        moment = epoch(known.get(REACHED))
        if moment is None:
            return Position(), int(self._context.start.timestamp())
        since = moment - int(self._context.lookback(RECORDS.name).total_seconds())
        return Position(known.get("cursor"), moment), since

    def _exported(self, key: str) -> Iterator[Page]:
        request = Request(RECORDS.path.format(key=quote(key, safe="")), RECORDS.name, {}, EXPORTS)
        export = Export(request, RECORDS.name, "updated_at")
        for page in exports.by_cursor(self._context, export, *self._begin(key)):
            rows = [record_row(row) for row in page.rows]
            moment, cursor = page.position.moment, page.position.cursor
            yield Page({RECORDS.name: rows}, self._reached(key, moment, cursor))

    def _listed(self, key: str) -> Iterator[Page]:
        """The records by their list, the newest first, down to where the last read ended."""
        position, since = self._begin(key)
        path = LISTED_PATH.format(key=quote(key, safe=""))
        request = Request(path, RECORDS.name, {"sort": "-updated_at"})
        watermark = ListWatermark(text(position.moment) if position.moment is not None else "")
        size = self._context.page_size(LARGEST_PAGE)
        for reply in pages(self._context.api, sized(request, size)):
            rows = rows_in(reply, RECORDS.name)
            watermark.after(reply, stamps(rows, "updated_at"))
            changed = [row for row in rows if (epoch(row.get("updated_at")) or since) >= since]
            yield Page({RECORDS.name: [record_row(row) for row in changed]})
            if len(changed) < len(rows):
                break
        yield Page({}, self._reached(key, epoch(watermark.end())))

    def _reached(
        self, key: str, moment: int | None, cursor: str | None = None
    ) -> dict[str, Bookmark]:
        """The bookmark once an object is read up to ``moment``."""
        if moment is None:
            return {}
        position = {REACHED: text(moment), **({"cursor": cursor} if cursor else {})}
        self._positions[key] = position
        return {RECORDS.name: {**self._bookmark, "objects": {**self._positions}}}

    def end(self) -> Page:
        """The bookmark once all objects are read: it says how far the one furthest behind is."""
        if not self._positions:
            return Page()
        earliest = min(position[REACHED] for position in self._positions.values())
        bookmark = {**self._bookmark, "updated_at": earliest, "objects": {**self._positions}}
        return Page({}, {RECORDS.name: bookmark})


def record_row(row: Row) -> Row:
    """The row of ``custom_object_records``: it says in any case whether the record is deleted.

    A deleted one has no values, since a text in their place would not fit their types.
    """
    record, values = numbered(row, *MAKERS), row.get("custom_object_fields")
    known = values.values() if isinstance(values, dict) else ()
    if row.get("name") == DELETED and all(value == DELETED for value in known):
        return {**record, "custom_object_fields": None, "is_deleted": True}
    return {**record, "is_deleted": False}


READER = Reader((OBJECTS, FIELDS, RECORDS), _pages, Request(OBJECTS.path, OBJECTS.name))
