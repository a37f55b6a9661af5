"""Conversions, events and the agents' timeline: exports whose rows bear a time, which need not be the one that orders them.

"Items are returned based on the update timestamp", says the vendor's page of all exports; these rows do not show it. So no
bookmark goes beyond the earliest of the newest time seen in the rows, the reply's ``end_time`` and the vendor's clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from tap_common import times
from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_chat.exports import LARGEST_PAGE, YOUNGEST, Export, exported

MARK, OPEN = "read_to", "open_since"
VALUES = frozenset({"id", "value", "previous_value"})
SPANS_LOOKBACK = timedelta(hours=1)


def _stream(name: str, replication_key: str, key: tuple[str, ...] = ("id",), **more: Any) -> Stream:
    return Stream(name, f"incremental/{name}", key, "INCREMENTAL", replication_key, **more)


CONVERSIONS = _stream("conversions", "timestamp", text_fields=frozenset({"id"}))
DEPARTMENT_EVENTS = _stream("department_events", "timestamp", text_fields=VALUES)
AGENT_EVENTS = _stream("agent_events", "timestamp", text_fields=VALUES)
TIMELINE = _stream("agent_timeline", "start_time", ("agent_id", "start_time"))


def _export(stream: Stream, units: int = 1) -> Export:
    """The stream's export. Which of them bring no more than ids unless asked for all fields is not told."""
    return Export(stream.path, stream.name, stream.key, (f"{stream.name}(*)", ""), units)


def _events(stream: Stream, export: Export) -> Callable[[ReadContext], Iterator[Page]]:
    """The reader of rows that do not change."""

    def pages(context: ReadContext) -> Iterator[Page]:
        bookmark = context.bookmark_time(stream.name, MARK)
        since = context.read_from(stream.name, MARK)
        for rows, reached, _ in _read(context, stream, export, since, bookmark):
            yield Page(
                {stream.name: rows}, {stream.name: {MARK: times.text(reached)}} if reached else {}
            )

    return pages


def _timeline(context: ReadContext) -> Iterator[Page]:
    """Spans of time. How long the newest span of an agent lasts is told when the next one begins.

    ``open_since`` in the bookmark is the beginning of the oldest of the agents' spans that had not ended when the context began,
    from which they are read again: one that ends during the context may have been read before it did. One that began longer ago
    than ``timeline_lookback_days``, and before the last thousand spans (as many as one request brings), does not count: its
    agent may have left.
    """
    longest = timedelta(days=context.config["timeline_lookback_days"])
    recent: deque[datetime] = deque(maxlen=LARGEST_PAGE)
    bookmark, open_since = (
        context.bookmark_time(TIMELINE.name, MARK),
        context.bookmark_time(TIMELINE.name, OPEN),
    )
    since = context.start
    if bookmark:
        since = min(
            bookmark - context.lookback(TIMELINE.name),
            bookmark - SPANS_LOOKBACK,
            open_since or bookmark,
        )
    current: dict[Any, datetime] = {}
    for rows, reached, began in _read(
        context, TIMELINE, _export(TIMELINE, 1_000_000), since, bookmark
    ):
        settled = began - YOUNGEST
        for row in rows:
            start = _moment(row, TIMELINE)
            if start:
                known = current.setdefault(row.get("agent_id"), start)
                if known < start <= settled or start <= settled < known:
                    current[row.get("agent_id")] = start
                recent.append(start)
        mark: dict[str, str] = {}
        if reached:
            horizon = min([reached - longest, *list(recent)[:1]])
            oldest = min((start for start in current.values() if start >= horizon), default=reached)
            open_since = max(oldest, open_since or oldest)
            mark = {MARK: times.text(reached), OPEN: times.text(open_since)}
        yield Page({TIMELINE.name: rows}, {TIMELINE.name: mark} if mark else {})


def _read(
    context: ReadContext, stream: Stream, export: Export, since: datetime, bookmark: datetime | None
) -> Iterator[tuple[list[Row], datetime | None, datetime]]:
    """The export's rows, with the moment from which a later context may begin once they are out (None while nothing was seen) and
    the one at which this context began."""
    newest, reached = None, bookmark
    for batch in exported(context, stream.name, export, since):
        moments = [moment for row in batch.rows if (moment := _moment(row, stream))]
        newest = max(moments if newest is None else [newest, *moments], default=None)
        if newest is not None:
            safe = newest if export.units_at(newest) <= export.units_at(batch.end) else batch.end
            reached = max(safe, reached or safe)
        yield batch.rows, reached, batch.began


def _moment(row: Row, stream: Stream) -> datetime | None:
    moment = times.rfc3339(row.get(stream.replication_key or ""))
    return times.parse(moment) if moment else None


def _reader(stream: Stream, pages: Callable[[ReadContext], Iterator[Page]]) -> Reader:
    return Reader(
        (stream,), pages, Request(stream.path, stream.name, {"start_time": 0, "limit": 1})
    )


READERS = (
    _reader(TIMELINE, _timeline),
    _reader(AGENT_EVENTS, _events(AGENT_EVENTS, _export(AGENT_EVENTS))),
    _reader(DEPARTMENT_EVENTS, _events(DEPARTMENT_EVENTS, _export(DEPARTMENT_EVENTS))),
    _reader(CONVERSIONS, _events(CONVERSIONS, _export(CONVERSIONS))),
)
