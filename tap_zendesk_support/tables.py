"""The lists that are read by one rule each, and those of them that send what changed.

A list is read whole, or whole but only what changed is sent, or with a filter by time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tap_common import times
from tap_common.context import ReadContext, Reader
from tap_common.replies import object_in, rows_in
from tap_common.stream import BookmarkCheck, Page, Row, Stream
from tap_common.vendor import Reply, Request
from tap_zendesk_support.api import DELETED_TICKETS
from tap_zendesk_support.lists import (
    LARGEST_PAGE,
    ListWatermark,
    logged_since,
    pages,
    sized,
    stamps,
)
from tap_zendesk_support.moments import settled, text
from tap_zendesk_support.positions import ticket_keys
from tap_zendesk_support.sweep import SWEPT, Filter, Sweep, swept


@dataclass(frozen=True)
class Table:
    """A list as data.

    ``envelope`` is where the reply holds the rows. ``is_paged`` says that the list is paged by
    cursor; the others are numbered or come in one reply. ``since`` makes the parameters that filter
    by time. ``is_ordered`` says that rows come in the order of the replication key, so that the
    bookmark may follow them; otherwise it is set when all is read. ``sweep`` says how what is older
    than the filter's start_time is looked at again. ``largest`` is the page size to try first.
    ``probe`` has parameters that the cheapest request needs. ``secrets`` are fields that are never
    sent. ``shape`` makes the stream's row of the API's. ``figures`` are sideloads that change
    without the replication key: as long as one of them is selected, every row is sent in each run.
    """

    stream: Stream
    envelope: str
    is_paged: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)
    since: Filter | None = None
    is_ordered: bool = False
    sweep: Sweep | None = None
    bucket: str | None = None
    probe: Mapping[str, Any] = field(default_factory=dict)
    largest: int = LARGEST_PAGE
    secrets: frozenset[str] = frozenset()
    shape: Callable[[Row], Row] | None = None
    figures: tuple[str, ...] = ()

    def reader(self) -> Reader:
        """The reader of this table."""
        params = {**self.params, **self.probe, **({"page[size]": 1} if self.is_paged else {})}
        probe = Request(self.stream.path, self.stream.name, params, self.bucket)
        return Reader((self.stream,), self.pages, probe)

    def pages(self, context: ReadContext) -> Iterator[Page]:
        """The rows of the list: all, or those from the bookmark on."""
        if self.stream.replication_key is None:
            for reply in pages(context.api, self.request(context, {})):
                yield Page({self.stream.name: self._rows(reply)})
            return
        yield from self._changed(context, self.stream.replication_key)

    def request(self, context: ReadContext, params: Mapping[str, Any]) -> Request:
        """The request for the first page, with more parameters."""
        path, name = self.stream.path, self.stream.name
        wanted = [figure for figure in self.figures if context.wants(name, figure)]
        include = {"include": ",".join(wanted)} if wanted else {}
        request = Request(path, name, {**self.params, **params, **include}, self.bucket)
        return sized(request, context.page_size(self.largest)) if self.is_paged else request

    def _rows(self, reply: Reply) -> list[Row]:
        """The rows of a page without their secrets."""
        rows = rows_in(reply, self.envelope)
        if self.shape is not None:
            rows = [self.shape(row) for row in rows]
        return [without(self.secrets, row) for row in rows] if self.secrets else rows

    def _changed(self, context: ReadContext, key: str) -> Iterator[Page]:
        """The rows from the bookmark on, then some of the older ones if the table is swept."""
        name = self.stream.name
        bookmark = context.bookmark_time(name, key)
        begin = None if bookmark is None and self.since is None else context.read_from(name, key)
        floor = times.second_of(begin) if begin is not None else ""
        if context.wants(name, *self.figures):
            floor = ""
        watermark = ListWatermark("" if bookmark is None else times.second_of(bookmark))
        remembered = {SWEPT: context.bookmarks[name].get(SWEPT)}
        params = self.since(context, begin) if self.since and begin else {}
        for reply in pages(context.api, self.request(context, params)):
            rows = self._rows(reply)
            moments = stamps(rows, key)
            wanted = [_is_wanted(moment, floor) for moment in moments]
            kept = [row for row, is_kept in zip(rows, wanted, strict=True) if is_kept]
            counted = [moment for moment in moments if moment >= floor]
            reached = watermark.after(reply, counted)
            follows = reached is not None and self.is_ordered
            yield Page({name: kept}, {name: _mark(key, reached, remembered)} if follows else {})
        reached = watermark.end()
        if reached is None:
            return
        yield Page({}, {name: _mark(key, reached, remembered)})
        if self.sweep is None or bookmark is None:
            return
        for rows, position in swept(context, self, self.sweep, text(params["start_time"])):
            yield Page({name: rows}, {name: _mark(key, reached, {SWEPT: position})})


def without(names: Collection[str], row: Row) -> Row:
    """``row`` without the fields of these names."""
    return {name: value for name, value in row.items() if name not in names}


def _is_wanted(moment: str, floor: str) -> bool:
    """Is a row wanted that changed at ``moment``? One that does not say when is."""
    return not moment or moment >= floor


def _mark(key: str, reached: str | None, more: Mapping[str, str | None]) -> dict[str, str]:
    """A bookmark without the parts that are not known."""
    parts = {key: reached, **more}
    return {name: value for name, value in parts.items() if value is not None}


def _changed(
    name: str, path: str, envelope: str, params: Mapping[str, Any] | None = None, note: str = ""
) -> Table:
    """A list without a filter: it is read whole, and what changed since the bookmark is sent."""
    stream = Stream(
        name,
        path,
        method="INCREMENTAL",
        replication_key="updated_at",
        bookmark_keys=("updated_at",),
        note=note,
    )
    return Table(stream, envelope, params=params or {})


def _since(
    name: str,
    path: str,
    key: str,
    since: Filter,
    *,
    envelope: str = "",
    note: str = "",
    lookback: timedelta = timedelta(0),
    bookmark_keys: tuple[str, ...] = (),
    bookmark_check: BookmarkCheck | None = None,
    **more: Any,
) -> Table:
    """A list with a filter by time."""
    stream = Stream(
        name,
        path,
        method="INCREMENTAL",
        replication_key=key,
        bookmark_keys=(key, *bookmark_keys),
        bookmark_check=bookmark_check,
        lookback=lookback,
        note=note,
    )
    return Table(stream, envelope or name, since=since, **more)


def _start_time(context: ReadContext, since: datetime) -> Mapping[str, Any]:
    return {"start_time": settled(context, int(since.timestamp()))}


def _ratings_since(context: ReadContext, since: datetime) -> Mapping[str, Any]:
    """The filter may go by the day on which a rating was offered; it is answered later."""
    days = timedelta(days=context.config["ratings_lookback_days"])
    return _start_time(context, since - days)


def _activities_since(_: ReadContext, since: datetime) -> Mapping[str, Any]:
    return {"since": times.second_of(since)}


def unfiltered(_: ReadContext, __: datetime) -> Mapping[str, Any]:
    """No filter: the list is read whole, and what changed is sent."""
    return {}


TICKET_KEYS = ticket_keys(before="time")
"""For the walk over changed tickets where the export of metric events is refused."""
METRIC_EVENTS = _since(
    "ticket_metric_events",
    "incremental/ticket_metric_events",
    "time",
    _start_time,
    note="or `tickets/{id}/metric_events`, where exports are refused",
    lookback=timedelta(hours=1),
    bookmark_keys=(SWEPT, *TICKET_KEYS.names),
    bookmark_check=TICKET_KEYS.faults_beside("time", SWEPT),
    is_ordered=True,
    sweep=Sweep("time", _start_time, requests=1),
    probe={"start_time": 1577836800},
    largest=1000,
)
"""Events may appear 13 minutes late, with their own time, and breaches are written ahead with a
time to come (probes of the live API, October 2026). Later ones may be marked deleted."""
USAGE = ("usage_1h", "usage_24h", "usage_7d", "usage_30d")
"""How often a macro was used in the last hour, day, week and month."""
TABLES = (
    _changed("ticket_fields", "ticket_fields", "ticket_fields"),
    _changed(
        "zendesk_groups", "groups", "groups", {"exclude_deleted": "false"}, note="deleted ones too"
    ),
    replace(_changed("zendesk_macros", "macros", "macros"), figures=USAGE),
    _since(
        "satisfaction_ratings",
        "satisfaction_ratings",
        "updated_at",
        _ratings_since,
        params={"sort": "created_at"},
        bookmark_keys=(SWEPT,),
        sweep=Sweep("created_at", _start_time, requests=10),
    ),
    _since("ticket_skips", "skips", "updated_at", _start_time, envelope="skips"),
    _since(
        "ticket_activities",
        "activities",
        "created_at",
        _activities_since,
        envelope="activities",
        note="of the last 30 days, the agent's own",
    ),
    _since(
        "audit_logs",
        "audit_logs",
        "created_at",
        logged_since,
        params={"sort": "created_at"},
        is_ordered=True,
    ),
    _since(
        "deleted_tickets",
        "deleted_tickets",
        "deleted_at",
        unfiltered,
        params={"sort": "deleted_at"},
        is_ordered=True,
        bucket=DELETED_TICKETS,
        note="of the last 30 days",
    ),
    _changed("deleted_users", "deleted_users", "deleted_users"),
)
DEFINITIONS = Stream(
    "attribute_definitions", "routing/attributes/definitions", ("condition", "subject")
)


def _definitions(context: ReadContext) -> Iterator[Page]:
    """The conditions of skills: two lists, which the column ``condition`` tells apart."""
    reply = context.api.get(Request(DEFINITIONS.path, DEFINITIONS.name))
    definitions = object_in(reply, "definitions")
    rows: list[Row] = []
    for condition in ("all", "any"):
        found = definitions.get(f"conditions_{condition}") or []
        rows += [{**row, "condition": condition} for row in found]
    yield Page({DEFINITIONS.name: rows})


READERS = (
    *(table.reader() for table in TABLES),
    Reader((DEFINITIONS,), _definitions, Request(DEFINITIONS.path, DEFINITIONS.name)),
)
