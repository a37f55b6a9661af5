"""The ticket event export: the history of all tickets, 1,000 events in a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tap_common.children import own_id
from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.stream import Page, Row
from tap_common.vendor import Request
from tap_zendesk_support import audits, exports, history, tickets, time_exports
from tap_zendesk_support.api import EXPORTS
from tap_zendesk_support.changes import is_since
from tap_zendesk_support.comparison import Comparison
from tap_zendesk_support.exports import Export
from tap_zendesk_support.lists import in_parts
from tap_zendesk_support.moments import epoch, text

EVENTS_AT_ONCE = 100
"""What is made of a page of events takes several times their memory. So it is made in parts."""
NO_TEXTS = f"{history.AUDITS.path}: the texts of comments were asked for, and none came"


def event_export(stream: str) -> Export:
    """The ticket event export with the texts of comments, AI agents' tickets included."""
    params = {"include": "comment_events", "support_type_scope": "all"}
    request = Request(history.AUDITS.path, stream, params, EXPORTS)
    return Export(request, "ticket_events", "timestamp")


def exported(
    context: ReadContext, names: Sequence[str], comparison: Comparison | None
) -> Iterator[Page]:
    """The event export, for the streams ``names``.

    A bookmark moves once everything up to there is written: the events, comments that were hidden
    later, and tickets that the export leaves out.
    """
    ends = {name: epoch(context.bookmarks[name].get(history.READ_TO)) for name in names}
    since = history.events_since(context, names)
    export, reread = event_export(names[0]), Rereads(context, names)
    bookmarks = {name: dict(context.bookmarks[name]) for name in names}
    for page in time_exports.by_time(
        context, export, min(since.values()), _another_way(context, names)
    ):
        if audits.lack_texts(page.rows):
            yield Page(endings=dict.fromkeys(names, ApiError(NO_TEXTS)))
        for at in range(0, len(page.rows), EVENTS_AT_ONCE):
            parts = []
            for event in page.rows[at : at + EVENTS_AT_ONCE]:
                moment = export.moment(event)
                wanting = [name for name in names if is_since(moment, since[name])]
                parts.append(history.rows_of(wanting, audits.audit(event), event))
            yield Page(history.merged(parts))
        for name in names:
            context.owed[name].note_open()
        yield from reread.pages(page.rows)
        reached = page.position.moment
        if comparison is not None:
            if page.date is not None:
                comparison.shown(page.rows)
            yield from comparison.pages(reached)
            reached = comparison.known(reached)
        for name, end in ends.items():
            if reached is not None and (end is None or end <= reached):
                bookmarks[name][history.READ_TO] = text(reached)
        yield Page({}, {name: dict(mark) for name, mark in bookmarks.items() if mark})
    if comparison is not None:
        yield from comparison.pages(None)
        yield Page({}, comparison.bookmarks(bookmarks))


def _another_way(
    context: ReadContext, names: Sequence[str]
) -> Callable[[int], Iterator[list[Row]]]:
    """The events of one second, from the audits of every ticket that changed since."""
    lists = history.audit_lists(context, names, settles=False)

    def found(second: int) -> Iterator[list[Row]]:
        old = (row for row in _changed_since(context, second) if history.made(row) <= second)
        for some in in_parts(str(row["id"]) for row in old if own_id(row) is not None):
            read = history.audits_in(lists.below(some))
            yield [audits.event(audit) for audit in read if history.made(audit) == second]

    return found


def _changed_since(context: ReadContext, moment: int) -> Iterator[Row]:
    """The tickets that changed since ``moment``, those too that their export still holds back.

    The list shows these. A ticket that the system alone updated keeps its older place in it.
    """
    ended = moment
    start = exports.Position()
    for page in exports.by_cursor(context, tickets.export(context), start, moment):
        ended = page.position.moment or ended
        yield from page.rows
    for rows in tickets.listed_since(context, moment):
        yield from (row for row in rows if (tickets.generated(row) or tickets.updated(row)) > ended)


class Rereads:
    """Reads comments again that were redacted or made private after they were sent.

    The export shows that it happened, but does not send the old event again.
    """

    def __init__(self, context: ReadContext, names: Sequence[str]) -> None:
        self._names = [name for name in names if name != history.COMMENTS.name]
        self._audits = self._comments = None
        if self._names:
            self._audits = history.audit_lists(context, self._names, settles=False)
        if history.COMMENTS.name in names:
            self._comments = history.comment_lists(context, settles=False)

    def pages(self, events: Sequence[Row]) -> Iterator[Page]:
        """The comments as they are now, and their audits, that are older than an event which
        hides something of the ticket's comments."""
        until: dict[str, int] = {}
        for event in events:
            if audits.hides_comments(event):
                until[str(event.get("ticket_id"))] = epoch(event.get("timestamp")) or 0
        if self._audits is not None:
            for audit in history.audits_in(self._audits.below(list(until))):
                is_older = history.made(audit) <= until[str(audit["ticket_id"])]
                if is_older and audits.has_comment(audit):
                    yield Page(history.rows_of(self._names, audit, audits.event(audit)))
        if self._comments is not None:
            for ticket, rows in self._comments.below(list(until)):
                older = [row for row in rows if history.made(row) <= until[ticket]]
                yield Page({history.COMMENTS.name: [audits.comment(row, ticket) for row in older]})
