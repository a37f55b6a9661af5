"""The incremental exports: what changed since a moment, oldest change first.

Source: developer.zendesk.com, "Incremental Exports" of the Chat API, unless a line says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.stream import Row
from tap_common.vendor import Reply, Request
from tap_zendesk_chat.lists import member, objects

LARGEST_PAGE = 1000
YOUNGEST = timedelta(minutes=5)
"""A start_time younger than this is refused."""
CLOCKS = timedelta(minutes=1)
"""How far our clock may be ahead of the vendor's."""
HEADER_PRECISION = timedelta(seconds=1)
PURSUED = 100
"""Pages of changes made during a context that it still reads: a busy account must not hold it for ever."""
REFUSED = range(400, 500)
"""With what a start_time that is too young is refused is not told."""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Export:
    """An export: its path, the name of its list, what identifies a row, what to ask for as ``fields`` ("": nothing, else the
    next if that is refused), its units of time a second."""

    path: str
    rows: str
    key: tuple[str, ...] = ("id",)
    fields: tuple[str, ...] = ("",)
    units: int = 1

    def units_at(self, moment: datetime) -> int:
        """``moment`` as the export counts time."""
        return (moment - BEGINNING) // timedelta(microseconds=1_000_000 // self.units)

    def moment(self, units: Any) -> datetime | None:
        """The moment that a number (whole or not, or its text) of the export's units names, or None."""
        try:
            return BEGINNING + timedelta(microseconds=float(units) * (1_000_000 // self.units))
        except (TypeError, ValueError, OverflowError):
            return None


class Batch(NamedTuple):
    """Rows that the last reply did not hold, the moment up to which all are out, whether rows that are out already may be among
    them, and when the context began by the vendor's clock. The moment is the reply's own word, if it has one, and never beyond that
    clock: a row that bears a time to come must not hide what changes until then."""

    rows: list[Row]
    end: datetime
    again: bool
    began: datetime


def exported(context: ReadContext, stream: str, export: Export, since: datetime) -> Iterator[Batch]:
    """What changed at or after ``since``, with the first of the export's ``fields`` that is not refused."""
    for fields in export.fields[:-1]:
        begun = False
        try:
            for batch in _batches(context, stream, export, fields, since):
                begun = True
                yield batch
            return
        except ApiError as error:
            if begun or error.status != 400:
                raise
            context.warn(f"{export.path}: asked again with other fields than {fields} ({error})")
    yield from _batches(context, stream, export, export.fields[-1], since)


def _batches(
    context: ReadContext, stream: str, export: Export, fields: str, since: datetime
) -> Iterator[Batch]:
    """What changed at or after ``since``, or after the youngest moment that may be asked for if that is earlier.

    A page goes on at the time and the id of its last row, as its ``next_page`` says: thousands of rows may have changed in one
    second. What changes after the context has begun is followed for some pages and then left to the next one.

    The last minutes can't be asked for by their times. A page that ends in them is followed by one of the largest size from the
    youngest moment allowed; only if that is full, ``next_page`` is tried, and what is then refused comes with the next context.
    """
    params: dict[str, Any] = {
        "start_time": export.units_at(max(BEGINNING, min(since, _allowed(datetime.now(UTC)))))
    }
    if fields:
        params["fields"] = fields
    request = Request(export.path, stream, {**params, "limit": context.page_size(LARGEST_PAGE)})
    began: datetime | None = None
    before: dict[tuple[Any, ...], Row] = {}
    last_minutes, pursued = False, 0
    while pursued <= PURSUED:
        try:
            reply = context.api.get(request)
        except ApiError as error:
            if last_minutes and error.status in REFUSED:
                return
            raise
        rows = {tuple(row.get(name) for name in export.key): row for row in _rows(reply, export)}
        fresh = [row for key, row in rows.items() if before.get(key) != row]
        began, before = began or reply.date, rows
        yield Batch(
            fresh,
            min(export.moment(reply.data.get("end_time")) or reply.date, reply.date),
            last_minutes,
            began,
        )
        following = _following(reply, export)
        if following is None:
            return
        pursued += _start(following, export) > began + HEADER_PRECISION
        youngest = _allowed(reply.date)
        if _start(following, export) > youngest and not last_minutes:
            start = export.units_at(youngest)
            following = replace(
                request, params={**params, "start_time": start, "limit": LARGEST_PAGE}
            )
            last_minutes = True
        request = following


def _allowed(now: datetime) -> datetime:
    return now - YOUNGEST - CLOCKS


def _rows(reply: Reply, export: Export) -> list[Row]:
    found = member(reply, export.rows)
    return objects(
        [row for row in found if row is not None] if isinstance(found, list) else found, export.path
    )


def _following(reply: Reply, export: Export) -> Request | None:
    """The request for the page after ``reply``, or None if that is the last one. ApiError if there is no way to go on.

    Of the link its parameters are used, not its address: that is the vendor's, whatever base this account is read from. It is
    there on the last page, too, so what tells that one is that it is not full.
    """
    asked = dict(reply.request.params)
    link = dict(
        parse_qsl(urlsplit(str(reply.data.get("next_page") or "")).query, keep_blank_values=True)
    )
    if "start_time" not in link and reply.data.get("end_time") is not None:
        link["start_time"] = reply.data["end_time"]
    if "start_id" not in link and reply.data.get("end_id"):
        link["start_id"] = reply.data["end_id"]
    following = {**asked, "start_id": "", **link}
    count, limit = reply.data.get("count"), min(int(asked["limit"]), int(following["limit"]))
    found = _rows(reply, export)
    if max(len(found), count if isinstance(count, int) else 0) < limit or not found or not link:
        return None
    if _position(following) == _position(asked):
        if len(found) < limit:
            return None
        if limit >= LARGEST_PAGE:
            raise ApiError(
                f"{export.path}: more than {limit} rows share one moment, and the API does not lead past them"
            )
        following["limit"] = LARGEST_PAGE
    return replace(
        reply.request, params={name: value for name, value in following.items() if value != ""}
    )


def _position(params: Mapping[str, Any]) -> tuple[float, str]:
    return float(params["start_time"]), str(params.get("start_id", ""))


def _start(request: Request, export: Export) -> datetime:
    return export.moment(request.params["start_time"]) or BEGINNING
