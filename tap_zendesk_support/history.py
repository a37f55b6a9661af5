"""A ticket's history: its audits, their comments, and the events of the ticket event export.

They come from the export (event_export.py) or ticket by ticket. The account-wide list of
audits is not used: Zendesk itself says that following its end skips records, and archived tickets
are not in it (reference, ticket audits).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tap_common.children import Children, Found
from tap_common.context import ReadContext
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support import audits, tickets
from tap_zendesk_support.api import TICKET_AUDITS
from tap_zendesk_support.lists import LARGEST_PAGE, below, in_parts, sized
from tap_zendesk_support.moments import epoch
from tap_zendesk_support.positions import ticket_keys

READ_TO = "created_at"
"""The bookmark's key for the time up to which the event export was read."""
TICKET_KEYS = ticket_keys(before=READ_TO)
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

Rows = dict[str, list[Row]]


def rows_of(names: Iterable[str], audit: Row, event: Row) -> Rows:
    """What one audit, and the event that it is in the export, means for each stream."""
    made: dict[str, Iterable[Row]] = {
        AUDITS.name: [audit],
        COMMENTS.name: audits.comments(audit),
        EVENTS.name: [event],
    }
    return {name: list(made[name]) for name in names}


def merged(parts: Iterable[Rows]) -> Rows:
    """The rows of several parts together."""
    whole: Rows = {}
    for part in parts:
        for name, rows in part.items():
            whole.setdefault(name, []).extend(rows)
    return whole


def audit_lists(context: ReadContext, names: Sequence[str], *, settles: bool = True) -> Children:
    """The lists of audits below tickets. Tickets are owed to the first of the streams ``names``.

    Where not all of a ticket's audits are sent, that does not settle what is owed (``settles``).
    """
    stream = context.streams[names[0]]
    size = context.page_size(LARGEST_PAGE)

    def request(ticket: str) -> Request:
        path = f"tickets/{ticket}/audits"
        return sized(Request(path, stream.name, {}, TICKET_AUDITS), size)

    return below(context, stream, "audits", request, settles=settles, has_any=True)


def comment_lists(context: ReadContext, *, settles: bool = True) -> Children:
    """The lists of comments below tickets; ``settles`` as for those of audits."""
    size = context.page_size(LARGEST_PAGE)

    def request(ticket: str) -> Request:
        return sized(Request(f"tickets/{ticket}/comments", COMMENTS.name), size)

    return below(context, COMMENTS, "comments", request, settles=settles, has_any=True)


def audits_in(found: Iterable[Found]) -> Iterator[Row]:
    """The audits in pages of them, each with its ticket's id."""
    for ticket, rows in found:
        for row in rows:
            yield {**row, "ticket_id": int(ticket)}


def read_audits(lists: Children, names: Sequence[str], ids: Iterable[Any]) -> Iterator[Page]:
    """All audits of the tickets ``ids``, for the streams ``names``."""
    for some in in_parts(map(str, ids)):
        found = audits_in(lists.below(some))
        yield Page(merged(rows_of(names, audit, audits.event(audit)) for audit in found))


def events_since(context: ReadContext, names: Sequence[str]) -> dict[str, int]:
    """From when on each stream wants events."""
    return {name: int(context.read_from(name, READ_TO).timestamp()) for name in names}


def made(row: Row) -> int:
    """When a row was created, in epoch seconds; 0 if it does not say."""
    return epoch(row.get("created_at")) or 0
