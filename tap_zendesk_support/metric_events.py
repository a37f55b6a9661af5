"""Metric events of tickets: by their export or, where that is refused, ticket by ticket."""

from __future__ import annotations

from collections.abc import Iterator

from tap_common.children import Children
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, StreamRefused
from tap_common.stream import Page, Row
from tap_common.vendor import Reply, Request
from tap_zendesk_support.changes import warn_of_lists
from tap_zendesk_support.tables import METRIC_EVENTS, TICKET_KEYS
from tap_zendesk_support.tickets import CHANGED

STREAM = METRIC_EVENTS.stream
TICKETS_AT_ONCE = 100


def _pages(context: ReadContext) -> Iterator[Page]:
    mode = context.config["export_mode"]
    lists = Children(context, STREAM, _request, _rows)
    for _, rows in lists.owed():
        yield Page({STREAM.name: rows})
    if mode != "list":
        try:
            yield from METRIC_EVENTS.pages(context)
            return
        except StreamRefused as error:
            if mode == "incremental":
                raise
            warn_of_lists(context, f"{STREAM.name}: the export is refused ({error})")
    for batch in CHANGED.batches(context, {STREAM.name: TICKET_KEYS}):
        kept = [row for row in batch.wanted(STREAM.name) if row.get("status") != "deleted"]
        for at in range(0, len(kept), TICKETS_AT_ONCE):
            some = kept[at : at + TICKETS_AT_ONCE]
            for _, rows in lists.below([str(row["id"]) for row in some]):
                yield Page({STREAM.name: rows})
        yield Page({}, batch.bookmarks)


def _request(ticket: str) -> Request:
    return Request(f"tickets/{ticket}/metric_events", STREAM.name)


def _rows(reply: Reply) -> Iterator[list[Row]]:
    """The events in a reply: an object that has a list of them for each metric."""
    data = reply.data
    if not isinstance(data, dict):
        raise ApiError(f"{reply.request.path}: expected an object of lists")
    for metric, events in data.items():
        is_list = isinstance(events, list) and all(isinstance(row, dict) for row in events)
        if not is_list:
            raise ApiError(f"{reply.request.path}: expected a list of objects in {metric!r}")
        yield events


READER = Reader((STREAM,), _pages, METRIC_EVENTS.reader().probe)
