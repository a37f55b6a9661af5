"""Exports of conversions and events, and the timeline of the agents.

The vendor's page says of all exports that "items are returned based on the update timestamp",
which these rows do not show. So no bookmark goes beyond the earliest of three times: the newest one
in the rows, the reply's ``end_time`` and the vendor's clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from tap_common import times
from tap_common.context import ReadContext, Reader
from tap_common.stream import Bookmark, Page, Row, Stream, date_times
from tap_common.vendor import Request
from tap_common.watermark import Watermark
from tap_zendesk_chat.export import Export
from tap_zendesk_chat.export_pages import LONGEST, export_pages
from tap_zendesk_chat.walk import LARGEST_PAGE, YOUNGEST

READ_TO, OPEN_SINCE = "read_to", "open_since"
VALUES = frozenset({"id", "value", "previous_value"})


def _stream(name: str, text_fields: frozenset[str]) -> Stream:
    return Stream(
        name,
        f"incremental/{name}",
        method="INCREMENTAL",
        replication_key="timestamp",
        bookmark_keys=(READ_TO, LONGEST),
        bookmark_check=date_times(READ_TO),
        text_fields=text_fields,
    )


CONVERSIONS = _stream("conversions", frozenset({"id"}))
DEPARTMENT_EVENTS = _stream("department_events", VALUES)
AGENT_EVENTS = _stream("agent_events", VALUES)
TIMELINE = Stream(
    "agent_timeline",
    "incremental/agent_timeline",
    ("agent_id", "start_time"),
    "INCREMENTAL",
    "start_time",
    bookmark_keys=(READ_TO, OPEN_SINCE, LONGEST),
    bookmark_check=date_times(READ_TO, OPEN_SINCE),
    lookback=timedelta(hours=1),
    note="spans that had not ended are read again",
)


class EventsPage(NamedTuple):
    """New rows, the bookmark that holds once they are written, if it is known how far the stream is
    read then, and the vendor's clock when the walk began."""

    rows: list[Row]
    bookmark: Bookmark | None
    began: datetime


def _export(stream: Stream, units: int = 1) -> Export:
    """A stream's export. Which exports give ids only without fields is not documented."""
    time_field = stream.replication_key or ""
    return Export(stream, stream.name, time_field, (f"{stream.name}(*)", ""), units)


def _read(context: ReadContext, export: Export, since: datetime) -> Iterator[EventsPage]:
    name = export.stream.name
    watermark = Watermark(times.second(context.bookmarks[name].get(READ_TO)) or None)
    for page in export_pages(context, name, export, since):
        moments = [times.second(row.get(export.time_field)) for row in page.rows]
        end = times.second_of(page.end)
        watermark = watermark.at_clock(times.second_of(page.began))
        watermark = watermark.seen(min(moment, end) for moment in moments)
        bookmark = {READ_TO: watermark.value, LONGEST: page.longest}
        yield EventsPage(page.rows, bookmark if watermark.value else None, page.began)


def _events(stream: Stream) -> Callable[[ReadContext], Iterator[Page]]:
    """The reader of rows that do not change."""

    def pages(context: ReadContext) -> Iterator[Page]:
        since = context.read_from(stream.name, READ_TO)
        for rows, bookmark, _ in _read(context, _export(stream), since):
            yield Page({stream.name: rows}, {stream.name: bookmark} if bookmark else {})

    return pages


class OpenSpans:
    """The spans of agents that had not ended when a walk began.

    How long an agent's newest span lasts is known when the next one begins. A span that ends during
    the walk may have been read before it did, so the newest one that began well before the walk
    counts. An agent may have left, so a span does not count that began more than ``longest`` ago
    and before the last thousand spans, which are as many as one request brings.
    """

    def __init__(self, longest: timedelta) -> None:
        self._longest = longest
        self._newest: dict[str, datetime] = {}
        self._recent: deque[datetime] = deque(maxlen=LARGEST_PAGE)

    def see(self, agent: str, start: datetime, began: datetime) -> None:
        """Notes a span of an agent, seen in a walk that began at ``began``."""
        known = self._newest.setdefault(agent, start)
        settled = began - YOUNGEST
        if known < start <= settled or start <= settled < known:
            self._newest[agent] = start
        self._recent.append(start)

    def oldest(self, read_to: datetime) -> datetime:
        """The start of the oldest open span, or ``read_to`` if there is none."""
        horizon = min([read_to - self._longest, *list(self._recent)[:1]])
        counted = [start for start in self._newest.values() if start >= horizon]
        return min([read_to, *counted])


def _timeline(context: ReadContext) -> Iterator[Page]:
    """The spans, from the oldest one on that had not ended when the walk before began."""
    name, export = TIMELINE.name, _export(TIMELINE, 1_000_000)
    spans = OpenSpans(timedelta(days=context.config["timeline_lookback_days"]))
    open_since = context.bookmark_time(name, OPEN_SINCE)
    since = context.read_from(name, OPEN_SINCE, READ_TO)
    for rows, bookmark, began in _read(context, export, since):
        for row in rows:
            start = export.row_moment(row)
            if start is not None:
                spans.see(str(row.get("agent_id")), start, began)
        if bookmark is None:
            yield Page({name: rows})
            continue
        oldest = spans.oldest(times.parse(bookmark[READ_TO]))
        open_since = max(oldest, open_since or oldest)
        yield Page({name: rows}, {name: {**bookmark, OPEN_SINCE: times.text(open_since)}})


def _reader(stream: Stream, pages: Callable[[ReadContext], Iterator[Page]]) -> Reader:
    probe = Request(stream.path, stream.name, {"start_time": 0, "limit": 1})
    return Reader((stream,), pages, probe)


READERS = (
    _reader(TIMELINE, _timeline),
    *(_reader(one, _events(one)) for one in (AGENT_EVENTS, DEPARTMENT_EVENTS, CONVERSIONS)),
)
