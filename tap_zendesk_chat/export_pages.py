"""The incremental exports: what changed since a moment, oldest change first.

Source: developer.zendesk.com, "Incremental Exports" of the Chat API, unless a line says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.page_size import PageSize
from tap_common.replies import rows_in
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tap_zendesk_chat.export import Export, Position
from tap_zendesk_chat.walk import (
    BAD_REQUEST,
    LARGEST_PAGE,
    REFUSALS,
    Walk,
    announced,
    latest_start,
)

DATE_PRECISION = timedelta(seconds=1)
LONGEST = "longest_page"
"""The part of a bookmark that says how many rows the export's longest page has had."""
PAGES_OF_LATER_CHANGES = 100
"""Pages of changes made during the walk that it still reads: a busy account must not hold it."""


@dataclass
class LongestPage:
    """The longest page of this run's exports so far, in rows."""

    rows: int = 0


class ExportPage(NamedTuple):
    """New rows of one reply.

    ``end`` is where in time the reply ends: what the reply says, else its last row. ``began`` is
    the vendor's clock at the first reply of the walk. ``longest`` is the length of the export's
    longest page so far, those of earlier runs included.
    """

    rows: list[Row]
    end: datetime
    began: datetime
    longest: int


def export_pages(
    context: ReadContext, counted_for: str, export: Export, since: datetime
) -> Iterator[ExportPage]:
    """What changed at or after ``since``. Requests count for the stream ``counted_for``.

    Changes made during the walk are followed for some pages; the rest belongs to the next walk.
    """
    size = PageSize(context.page_size(LARGEST_PAGE))
    fields, position, reply = _first(context, counted_for, export, since, size)
    of_run, longest = context.api.learned(LongestPage), _longest_before(context)
    walk = Walk(export, size, position, max(of_run.rows, longest))
    began = reply.date
    before: dict[str, Row] = {}
    later_pages = 0
    while later_pages <= PAGES_OF_LATER_CHANGES:
        rows = _rows(reply, export)
        new = [row for row in rows if before.get(export.key(row)) != row]
        before = {export.key(row): row for row in rows}
        end = _end(reply, export, rows)
        of_run.rows, longest = max(of_run.rows, len(rows)), max(longest, len(rows))
        yield ExportPage(new, end, began, longest)
        if not walk.goes_on(reply, rows, end, has_new_rows=bool(new)):
            return
        later_pages += end > began + DATE_PRECISION
        request = partial(_request, export, counted_for, fields, walk.position)
        try:
            reply = walk.size.get(context.api, request)
        except ApiError as error:
            if error.status in walk.expected:
                return
            raise


def _first(
    context: ReadContext, counted_for: str, export: Export, since: datetime, size: PageSize
) -> tuple[str, Position, Reply]:
    """The first reply, its position, and the ``fields`` that the vendor accepts.

    Rows that are only their ids show that it ignores them. A refusal shows the vendor's clock. If
    that is behind ours, the time was too young, and an earlier one is asked for.
    """
    fields = list(export.fields)
    is_corrected = False
    begin = min(since, latest_start(context.api.vendor_now()))
    while True:
        position = export.position_at(begin)
        try:
            request = partial(_request, export, counted_for, fields[0], position)
            reply = size.get(context.api, request)
            if len(fields) == 1 or not _are_bare(reply, export):
                return fields[0], position, reply
            ignored = fields.pop(0)
            context.warn(f"{export.path}: fields={ignored} was ignored")
        except ApiError as error:
            latest = latest_start(context.api.vendor_now())
            is_too_young = error.status in REFUSALS and latest < begin - DATE_PRECISION
            if is_too_young and not is_corrected:
                begin = latest
                is_corrected = True
            elif error.status in BAD_REQUEST and len(fields) > 1:
                refused = fields.pop(0)
                context.warn(f"{export.path}: fields={refused} was refused ({error})")
            else:
                raise


def _longest_before(context: ReadContext) -> int:
    """The length of the longest page that earlier runs got, as the bookmarks know it."""
    known = [bookmark.get(LONGEST) for bookmark in context.bookmarks.values()]
    return max((rows for rows in known if type(rows) is int), default=0)


def _request(
    export: Export, counted_for: str, fields: str, position: Position, limit: int
) -> Request:
    params = {**position, "limit": limit}
    if fields:
        params["fields"] = fields
    return Request(export.path, counted_for, params, rows=export.rows)


def _rows(reply: Reply, export: Export) -> list[Row]:
    """The rows of a reply. ApiError if it announces rows and brings none."""
    rows = rows_in(reply, export.envelope)
    count = announced(reply)
    if not rows and count:
        raise ApiError(f"{export.path}: the reply announces {count} rows and brings none")
    return rows


def _are_bare(reply: Reply, export: Export) -> bool:
    """Are the rows of a reply only their ids, as they are without ``fields``?"""
    rows, key = rows_in(reply, export.envelope), export.stream.key
    return bool(rows) and all(row.keys() <= set(key) for row in rows)


def _end(reply: Reply, export: Export, rows: list[Row]) -> datetime:
    """Where in time a reply ends."""
    said = export.moment(reply.data.get("end_time"))
    if said is None and rows:
        said = export.row_moment(rows[-1])
    return said or reply.date
