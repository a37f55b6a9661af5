"""The incremental exports: what changed since a moment, oldest change first.

Source: developer.zendesk.com, "Incremental Exports" of the Chat API, unless a line says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.guard import WalkGuard
from tap_common.page_size import PageSize
from tap_common.replies import rows_in
from tap_common.stream import Row, Stream
from tap_common.vendor import LazyRows, Reply, Request
from tap_zendesk_chat.page_lengths import PageLengths

LARGEST_PAGE = 1000
YOUNGEST = timedelta(minutes=5)
"""The vendor refuses a start_time that is not older than this."""
MARGIN = timedelta(minutes=1)
"""Time that may pass until a request arrives, and for clocks that differ."""
DATE_PRECISION = timedelta(seconds=1)
PAGES_OF_LATER_CHANGES = 100
"""Pages of changes made during the walk that it still reads: a busy account must not hold it."""
SILENCE = 3
"""So many times the longest pause between two rows of a page make its end doubtful."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
REFUSALS = frozenset(range(400, 500)) - {408, 429}
"""The docs do not say with which status a start_time that is too young is refused."""
BAD_REQUEST = frozenset({400, 422})
"""What refuses a value that the vendor does not know or want."""

Position = Mapping[str, str]
"""The parameters of a request that say where in the export it begins."""


@dataclass(frozen=True)
class Export:
    """The export of ``stream``, whose rows lie under the name ``envelope``.

    ``time_field`` of a row is about the time by which the export is ordered. ``fields`` are values
    of that parameter, the best one first ("" is none): the first one that is not refused is used.
    ``units`` is how many units of start_time make a second. ``rows`` says whether rows stay
    undecoded.
    """

    stream: Stream
    envelope: str
    time_field: str
    fields: tuple[str, ...]
    units: int = 1
    rows: LazyRows | None = None

    @property
    def path(self) -> str:
        """Returns the export's path below the API's root."""
        return self.stream.path

    def position_at(self, moment: datetime) -> Position:
        """Returns the position of what changed at a moment or later."""
        unit = timedelta(microseconds=1_000_000 // self.units)
        return {"start_time": str((max(moment, EPOCH) - EPOCH) // unit)}

    def moment(self, units: Any) -> datetime | None:
        """Returns the moment that a number of units (or its text) names, or None."""
        try:
            return EPOCH + timedelta(microseconds=float(units) * (1_000_000 // self.units))
        except (TypeError, ValueError, OverflowError):
            return None

    def key(self, row: Row) -> str:
        """Returns a text that identifies a row, whatever its key holds."""
        return repr([row.get(name) for name in self.stream.key])

    def row_moment(self, row: Row) -> datetime | None:
        """Returns the time that a row bears, or None."""
        found = times.rfc3339(row.get(self.time_field))
        return times.parse(found) if found else None


class Batch(NamedTuple):
    """New rows of one reply.

    ``end`` is where in time the reply ends: what the reply says, else its last row. ``began`` is
    the vendor's clock at the first reply of the walk. A batch that ``overlaps`` may hold rows of
    earlier batches.
    """

    rows: list[Row]
    end: datetime
    began: datetime
    overlaps: bool


def read(
    context: ReadContext, counted_for: str, export: Export, since: datetime
) -> Iterator[Batch]:
    """Yields what changed at or after ``since``. Requests count for the stream ``counted_for``.

    Each page goes on where the vendor's link leads: at the time and id of its last row, since
    thousands of rows can change in one second. The walk ends with a page after which none can
    follow (PageLengths), or that brings nothing new. Changes made during the walk are followed for
    some pages; the rest belongs to the next walk.

    The vendor refuses to begin in the last minutes. A page that ends in them is followed by one of
    the largest size from the youngest time allowed. Only if that is full, the vendor's link is
    tried, and what is then refused belongs to the next walk. So does what comes after a short page,
    if the vendor takes its end for too young.
    """
    size = PageSize(context.page_size(LARGEST_PAGE))
    fields, position, reply = _first(context, counted_for, export, since, size)
    began = reply.date
    guard = WalkGuard(export.path)
    lengths = PageLengths()
    before: dict[str, Row] = {}
    overlaps = False
    later_pages = 0
    while later_pages <= PAGES_OF_LATER_CHANGES:
        rows = _rows(reply, export)
        new = [row for row in rows if before.get(export.key(row)) != row]
        before = {export.key(row): row for row in rows}
        end = _end(reply, export, rows)
        yield Batch(new, end, began, overlaps)

        asked = int(reply.request.params["limit"])
        is_full = len(rows) >= asked
        doubt = partial(_ends_in_silence, reply, export, rows)
        may_go_on = lengths.may_go_on(len(rows), asked, doubt) or _announces_more(reply, rows)
        following = _following(reply, export, rows)
        if following is None or not may_go_on:
            return
        if overlaps and not is_full:
            return
        leads_back = not new or {**position, **following} == position
        beyond = _past_last_row(reply, following, rows) if leads_back else following
        if beyond == position:
            if not is_full:
                return
            size = _larger(asked, export)
        elif end > _youngest(reply.date) and not overlaps:
            beyond = export.position_at(_youngest(reply.date))
            size = PageSize(LARGEST_PAGE)
            overlaps = True
        else:
            moments = [(export.key(row), row.get(export.time_field)) for row in rows]
            guard.check(hash(f"{moments} {leads_back}"), len(new))
        position = beyond
        later_pages += end > began + DATE_PRECISION
        try:
            reply = size.get(context.api, partial(_request, export, counted_for, fields, position))
        except ApiError as error:
            if overlaps and error.status in REFUSALS:
                return
            if not is_full and error.status in BAD_REQUEST:
                return
            raise


def _first(
    context: ReadContext, counted_for: str, export: Export, since: datetime, size: PageSize
) -> tuple[str, Position, Reply]:
    """Returns the first reply, its position, and the ``fields`` that were not refused.

    A refusal shows the vendor's clock. If that is behind ours, the time was too young, and an
    earlier one is asked for.
    """
    fields = list(export.fields)
    is_corrected = False
    begin = min(since, _youngest(context.api.vendor_now()))
    while True:
        position = export.position_at(begin)
        try:
            request = partial(_request, export, counted_for, fields[0], position)
            return fields[0], position, size.get(context.api, request)
        except ApiError as error:
            youngest = _youngest(context.api.vendor_now())
            is_too_young = error.status in REFUSALS and youngest < begin - DATE_PRECISION
            if is_too_young and not is_corrected:
                begin = youngest
                is_corrected = True
            elif error.status in BAD_REQUEST and len(fields) > 1:
                refused = fields.pop(0)
                context.warn(f"{export.path}: fields={refused} was refused ({error})")
            else:
                raise


def _request(
    export: Export, counted_for: str, fields: str, position: Position, limit: int
) -> Request:
    params = {**position, "limit": limit}
    if fields:
        params["fields"] = fields
    return Request(export.path, counted_for, params, rows=export.rows)


def second(moment: datetime) -> str:
    """Returns a moment as text, cut to the second."""
    return times.text(moment.replace(microsecond=0))


def _youngest(now: datetime) -> datetime:
    """Returns the latest time that may be asked for."""
    return now - YOUNGEST - MARGIN


def _rows(reply: Reply, export: Export) -> list[Row]:
    """Returns the rows of a reply. ApiError if it announces rows and brings none."""
    rows = rows_in(reply, export.envelope)
    count = reply.data.get("count")
    if not rows and count:
        raise ApiError(f"{export.path}: the reply announces {count} rows and brings none")
    return rows


def _announces_more(reply: Reply, rows: list[Row]) -> bool:
    """Returns whether ``count`` of a reply, which is that of its rows, is greater than that."""
    count = reply.data.get("count")
    return isinstance(count, int) and count > len(rows)


def _end(reply: Reply, export: Export, rows: list[Row]) -> datetime:
    """Returns where in time a reply ends."""
    said = export.moment(reply.data.get("end_time"))
    if said is None and rows:
        said = export.row_moment(rows[-1])
    return said or reply.date


def _following(reply: Reply, export: Export, rows: list[Row]) -> Position | None:
    """Returns where the page after ``reply`` begins, or None if the reply says that it is the last.

    The link's parameters are used, whatever they are called, but not its address: that is the
    vendor's, even if this account is read through a proxy. Without any link the walk goes on at
    the time of the last row. ApiError if the last row of a full page bears no time.
    """
    link = parse_qsl(urlsplit(str(reply.data.get("next_page") or "")).query)
    position = {name: value for name, value in link if name not in ("fields", "limit")}
    end_time, end_id = reply.data.get("end_time"), reply.data.get("end_id")
    if position:
        return position
    is_short = len(rows) < int(reply.request.params["limit"])
    if not rows or (is_short and "next_page" in reply.data):
        return None
    if end_time is not None:
        return {"start_time": str(end_time), **({"start_id": str(end_id)} if end_id else {})}
    last = export.row_moment(rows[-1])
    if last is not None:
        return export.position_at(last)
    if is_short:
        return None
    raise ApiError(f"{export.path}: a full page does not say where the next one begins")


def _past_last_row(reply: Reply, following: Position, rows: list[Row]) -> Position:
    """Returns the position after the last row, where ``following``, its time, leads back to it.

    That is ``following`` if it is no time, or if the row has no id.
    """
    last_id = reply.data.get("end_id") or rows[-1].get("id")
    if last_id is None or "start_time" not in following:
        return following
    return {**following, "start_id": str(last_id)}


def _ends_in_silence(reply: Reply, export: Export, rows: list[Row]) -> bool:
    """Returns whether nothing happened after a page for several times as long as within it.

    More rows are then likely, unless the account is no longer in use.
    """
    found = [export.row_moment(row) for row in rows]
    moments = sorted(moment for moment in found if moment is not None)
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    return not pauses or reply.date - moments[-1] > SILENCE * max(pauses)


def _larger(asked: int, export: Export) -> PageSize:
    """Returns the largest page size, for a full page that leads to itself.

    ApiError if it was of that size.
    """
    if asked >= LARGEST_PAGE:
        raise ApiError(
            f"{export.path}: {asked} rows or more share one moment, and the API does not lead past "
            "them"
        )
    return PageSize(LARGEST_PAGE)
