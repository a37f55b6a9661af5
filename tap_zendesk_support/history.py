"""A ticket's history: its audits, their comments, and the events of the ticket event export.

They come from the export, 1,000 events in a request, or ticket by ticket. The account-wide list of
audits is not used: Zendesk itself says that following its end skips records, and archived tickets
are not in it (reference, ticket audits).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from tap_common.children import Children, Found, own_id
from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.stream import Bookmark, Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support import audits, exports, tickets, time_exports
from tap_zendesk_support.api import EXPORTS, TICKET_AUDITS
from tap_zendesk_support.exports import Export
from tap_zendesk_support.lists import LARGEST_PAGE, below, sized
from tap_zendesk_support.moments import epoch, text
from tap_zendesk_support.positions import BookmarkKeys

READ_TO = "created_at"
"""The bookmark's key for the time up to which the event export was read."""
TICKET_KEYS = BookmarkKeys(
    "ticket_generated_timestamp",
    "ticket_cursor",
    "ticket_listed",
    "ticket_deleted",
    write=str,
    write_listed=str,
    before=READ_TO,
)
"""For the walk over changed tickets. Its moments are epoch seconds as text."""
_BOOKMARK_KEYS = (READ_TO, *TICKET_KEYS.names)
AUDITS = Stream(
    "audits",
    "incremental/ticket_events",
    method="INCREMENTAL",
    replication_key="created_at",
    bookmark_keys=_BOOKMARK_KEYS,
    bookmark_check=TICKET_KEYS.faults_beside(READ_TO),
    text_fields=tickets.VIA,
    note="or `tickets/{id}/audits` (audits_source: per_ticket)",
)
COMMENTS = Stream(
    "ticket_comments",
    "incremental/ticket_events",
    method="INCREMENTAL",
    parent="audits",
    bookmark_keys=_BOOKMARK_KEYS,
    bookmark_check=TICKET_KEYS.faults_beside(READ_TO),
    text_fields=tickets.VIA,
    note="or `tickets/{id}/audits`; `tickets/{id}/comments` after a redaction",
)
EVENTS = Stream(
    "ticket_events",
    "incremental/ticket_events",
    method="INCREMENTAL",
    replication_key="created_at",
    bookmark_keys=_BOOKMARK_KEYS,
    bookmark_check=TICKET_KEYS.faults_beside(READ_TO),
    text_fields=frozenset({"via"}),
    note="or `tickets/{id}/audits`, where exports are refused",
)
STREAMS = (AUDITS, COMMENTS, EVENTS)
TICKETS_AT_ONCE = 100
NO_TEXTS = f"{AUDITS.path}: the texts of comments were asked for, and none came"

Rows = dict[str, list[Row]]


def event_export(stream: str) -> Export:
    """The ticket event export with the texts of comments, AI agents' tickets included."""
    params = {"include": "comment_events", "support_type_scope": "all"}
    request = Request(AUDITS.path, stream, params, EXPORTS)
    return Export(request, "ticket_events", "timestamp")


def rows_of(names: Iterable[str], audit: Row, event: Row) -> Rows:
    """What one audit, and the event that it is in the export, means for each stream."""
    made: dict[str, Callable[[], list[Row]]] = {
        AUDITS.name: lambda: [audit],
        COMMENTS.name: lambda: list(audits.comments(audit)),
        EVENTS.name: lambda: [event],
    }
    return {name: made[name]() for name in names}


def merged(parts: Iterable[Rows]) -> Rows:
    """The rows of several parts together."""
    whole: Rows = {}
    for part in parts:
        for name, rows in part.items():
            whole.setdefault(name, []).extend(rows)
    return whole


# Ticket by ticket


def audit_lists(context: ReadContext, names: Sequence[str]) -> Children:
    """The lists of audits below tickets. Tickets are owed to the first of the streams ``names``."""
    stream = context.streams[names[0]]
    size = context.page_size(LARGEST_PAGE)

    def request(ticket: str) -> Request:
        path = f"tickets/{ticket}/audits"
        return sized(Request(path, stream.name, {}, TICKET_AUDITS), size)

    return below(context, stream, "audits", request)


def comment_lists(context: ReadContext) -> Children:
    """The lists of comments below tickets."""
    size = context.page_size(LARGEST_PAGE)

    def request(ticket: str) -> Request:
        return sized(Request(f"tickets/{ticket}/comments", COMMENTS.name), size)

    return below(context, COMMENTS, "comments", request)


def audits_in(found: Iterable[Found]) -> Iterator[Row]:
    """The audits in pages of them, each with its ticket's id."""
    for ticket, rows in found:
        for row in rows:
            yield {**row, "ticket_id": int(ticket)}


def read_audits(lists: Children, names: Sequence[str], ids: Iterable[Any]) -> Iterator[Page]:
    """All audits of the tickets ``ids``, for the streams ``names``."""
    waiting = iter(ids)
    while some := list(islice(waiting, TICKETS_AT_ONCE)):
        found = audits_in(lists.below([str(number) for number in some]))
        yield Page(merged(rows_of(names, audit, audits.event(audit)) for audit in found))


# By the export


def exported(
    context: ReadContext, names: Sequence[str], comparison: Comparison | None
) -> Iterator[Page]:
    """The event export, for the streams ``names``.

    A bookmark moves once everything up to there is written: the events, comments that were hidden
    later, and tickets that the export leaves out.
    """
    ends = {name: epoch(context.bookmarks[name].get(READ_TO)) for name in names}
    since = events_since(context, names)
    export, reread = event_export(names[0]), Rereads(context, names)
    bookmarks = {name: dict(context.bookmarks[name]) for name in names}
    for page in time_exports.by_time(
        context, export, min(since.values()), _another_way(context, names)
    ):
        if audits.lack_texts(page.rows):
            yield Page(endings=dict.fromkeys(names, ApiError(NO_TEXTS)))
        parts = []
        for event in page.rows:
            wanting = [name for name in names if export.moment(event) >= since[name]]
            parts.append(rows_of(wanting, audits.audit(event), event))
        yield Page(merged(parts))
        for name in names:
            context.owed[name].opened()
        yield from reread.pages(page.rows)
        reached = page.position.moment
        if comparison is not None:
            comparison.shown(page.rows)
            yield from comparison.pages(reached)
        for name, end in ends.items():
            if reached is not None and (end is None or end <= reached):
                bookmarks[name][READ_TO] = text(reached)
        yield Page({}, {name: dict(mark) for name, mark in bookmarks.items() if mark})
    if comparison is not None:
        yield from comparison.pages(None)
        yield Page({}, comparison.bookmarks(bookmarks))


def events_since(context: ReadContext, names: Sequence[str]) -> dict[str, int]:
    """From when on each stream wants events."""
    return {name: int(context.read_from(name, READ_TO).timestamp()) for name in names}


def _another_way(
    context: ReadContext, names: Sequence[str]
) -> Callable[[int], Iterator[list[Row]]]:
    """The events of one second, from the audits of every ticket that changed since."""
    lists = audit_lists(context, names)

    def found(second: int) -> Iterator[list[Row]]:
        start = exports.Position()
        pages = exports.by_cursor(context, tickets.export(context), start, second)
        changed = (row for page in pages for row in page.rows)
        old = (row for row in changed if _made(row) <= second)
        ids = (row["id"] for row in old if own_id(row) is not None)
        while some := list(islice(ids, TICKETS_AT_ONCE)):
            read = audits_in(lists.below([str(number) for number in some]))
            yield [audits.event(audit) for audit in read if epoch(audit.get(READ_TO)) == second]

    return found


class Rereads:
    """Reads comments again that were redacted or made private after they were sent.

    The export shows that it happened, but does not send the old event again.
    """

    def __init__(self, context: ReadContext, names: Sequence[str]) -> None:
        self._names = [name for name in names if name != COMMENTS.name]
        self._audits = audit_lists(context, self._names) if self._names else None
        self._comments = comment_lists(context) if COMMENTS.name in names else None

    def pages(self, events: Sequence[Row]) -> Iterator[Page]:
        """The comments as they are now, and their audits, that are older than an event which
        hides something of the ticket's comments."""
        until: dict[str, int] = {}
        for event in events:
            if audits.hides_comments(event):
                until[str(event.get("ticket_id"))] = epoch(event.get("timestamp")) or 0
        if self._audits is not None:
            for audit in audits_in(self._audits.below(list(until))):
                is_older = _made(audit) <= until[str(audit["ticket_id"])]
                if is_older and audits.has_comment(audit):
                    yield Page(rows_of(self._names, audit, audits.event(audit)))
        if self._comments is not None:
            for ticket, rows in self._comments.below(list(until)):
                older = [row for row in rows if _made(row) <= until[ticket]]
                yield Page({COMMENTS.name: [audits.comment(row, ticket) for row in older]})


def _made(row: Row) -> int:
    return epoch(row.get("created_at")) or 0


class Comparison:
    """Finds changed tickets that the event export leaves out, and reads their audits.

    Each ticket should have an event at its time of update. Compared are tickets from messaging,
    which are reported to be absent from the export, and those that were created since its start.
    """

    MOST = 200_000
    """Tickets that are remembered at once."""

    def __init__(self, context: ReadContext, names: Sequence[str]) -> None:
        self._context, self._names = context, names
        self._since = min(events_since(context, names).values())
        self._updated: dict[str, int] = {}
        self._missing = 0
        self._positions: Mapping[str, Bookmark] = {}

    def changed(self, rows: Iterable[Row], positions: Mapping[str, Bookmark]) -> None:
        """Notes a page of changed tickets, and the bookmarks that hold once all are compared."""
        self._positions = positions
        for row in rows:
            if self._should_have_events(row):
                self._remember(row)

    def _should_have_events(self, row: Row) -> bool:
        is_changed = row.get("status") != "deleted" and tickets.updated(row) >= self._since
        is_created = _made(row) >= self._since
        return is_changed and (is_created or row.get("from_messaging_channel") is True)

    def _remember(self, row: Row) -> None:
        if len(self._updated) < self.MOST:
            self._updated[str(row["id"])] = tickets.updated(row)
        else:
            text = f"more than {self.MOST} tickets changed; not all are looked for in the export"
            self._context.warn_once("comparison", f"{AUDITS.path}: {text}")

    def shown(self, events: Iterable[Row]) -> None:
        """Notes that the export shows these events."""
        for event in events:
            self._updated.pop(str(event.get("ticket_id")), None)

    def pages(self, reached: int | None) -> Iterator[Page]:
        """The audits of tickets that the export left out up to ``reached`` (None: its end)."""
        missing = [
            number
            for number, updated in self._updated.items()
            if reached is None or updated < reached
        ]
        for number in missing:
            del self._updated[number]
        self._missing += len(missing)
        if missing:
            lists = audit_lists(self._context, self._names)
            yield from read_audits(lists, self._names, missing)
        if reached is None and self._missing:
            self._context.warn(
                f"{AUDITS.path}: it shows nothing of {self._missing} tickets that changed; their "
                "audits were read ticket by ticket"
            )

    def bookmarks(self, exported: Mapping[str, Bookmark]) -> dict[str, Bookmark]:
        """The bookmarks after the comparison: the export's position, and that of the walk."""
        whole: dict[str, Bookmark] = {}
        for name in self._names:
            position = self._positions.get(name, {})
            of_walk = {key: position[key] for key in TICKET_KEYS.names if key in position}
            whole[name] = {**exported[name], **of_walk}
        return whole
