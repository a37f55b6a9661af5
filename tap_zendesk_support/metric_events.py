"""Metric events of tickets: by their export or, where that is refused, ticket by ticket."""

from __future__ import annotations

from collections.abc import Iterator

from tap_common.children import Children
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, StreamRefused
from tap_common.stream import Page, Row
from tap_common.vendor import Reply, Request
from tap_zendesk_support.changes import export_or_lists, warn_of_lists
from tap_zendesk_support.lists import in_parts
from tap_zendesk_support.tables import METRIC_EVENTS, TICKET_KEYS
from tap_zendesk_support.tickets import CHANGED

STREAM = METRIC_EVENTS.stream


def _pages(context: ReadContext) -> Iterator[Page]:
    lists = Children(context, STREAM, _request, _rows)
    for _, rows in lists.owed():
        yield Page({STREAM.name: rows})

    def by_ticket(refusal: StreamRefused | None) -> Iterator[Page]:
        if refusal is not None:
            warn_of_lists(context, f"{STREAM.name}: the export is refused ({refusal})")
        return _by_ticket(context, lists)

    yield from export_or_lists(context, METRIC_EVENTS.pages(context), by_ticket)


def _by_ticket(context: ReadContext, lists: Children) -> Iterator[Page]:
    """The events of changed tickets.

    Some accounts answer an empty object for every ticket, although there are events (a public
    repository's notes). So the first read by tickets is only good once one of them shows an event.
    """
    name, empty, shows_events = STREAM.name, 0, _was_read_by_ticket(context)
    for batch in CHANGED.batches(context, {name: TICKET_KEYS}):
        yield Page(endings=batch.endings([name]))
        kept = [row for row in batch.parents(name) if row.get("status") != "deleted"]
        for some in in_parts(str(row["id"]) for row in kept):
            for _, rows in lists.below(some):
                shows_events = shows_events or bool(rows)
                yield Page({name: rows})
        empty += len(kept)
        if shows_events or not empty:
            yield Page({}, batch.bookmarks)
    if empty and not shows_events and context.owed[name].ever_shown:
        text = f"tickets/{{id}}/metric_events shows no event of {empty} tickets that changed"
        yield Page(endings={name: ApiError(text)})


def _was_read_by_ticket(context: ReadContext) -> bool:
    bookmark = context.bookmarks[STREAM.name]
    return not bookmark.keys().isdisjoint((TICKET_KEYS.moment, TICKET_KEYS.listed))


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
