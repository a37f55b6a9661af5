"""Audits, comments and ticket events: from the ticket event export, or ticket by ticket from the audits of what changed.

The account-wide list of audits is not used: Zendesk itself says that following its end skips records, and archived tickets are
not in it (reference, ticket audits).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from tap_common.children import Children, Found
from tap_common.context import ReadContext, Reader
from tap_common.errors import StreamRefused
from tap_common.stream import Bookmark, Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support import audits, exports, tickets
from tap_zendesk_support.api import EXPORTS, TICKET_AUDITS
from tap_zendesk_support.changes import Leaves, check_moments, tell_of_lists
from tap_zendesk_support.exports import Export
from tap_zendesk_support.lists import LARGEST_PAGE, below, epoch, sized, text

AUDITS = Stream(
    "audits",
    "incremental/ticket_events?include=comment_events",
    method="INCREMENTAL",
    replication_key="created_at",
    text_fields=frozenset({"via.channel", "via.source.rel"}),
    note="or tickets/{id}/audits (audits_source: per_ticket)",
)
COMMENTS = Stream(
    "ticket_comments",
    AUDITS.path,
    method="INCREMENTAL",
    parent="audits",
    text_fields=frozenset({"via.channel", "via.source.rel"}),
    note="or tickets/{id}/audits",
)
EVENTS = Stream(
    "ticket_events",
    AUDITS.path,
    method="INCREMENTAL",
    replication_key="created_at",
    text_fields=frozenset({"via"}),
    note="or tickets/{id}/audits where exports are refused",
)
LEAF = "created_at"
LEAVES = Leaves(
    "ticket_generated_timestamp",
    "ticket_cursor",
    "ticket_listed",
    "ticket_deleted",
    write=str,
    write_listed=str,
    before=LEAF,
)
"""For the context over tickets. Moments are written as text: a ticket may have changed later than its newest audit was made."""
TICKETS_AT_ONCE = 100
EXPORT = Export(
    Request(
        "incremental/ticket_events",
        AUDITS.name,
        {"include": "comment_events", "support_type_scope": "all"},
        EXPORTS,
    ),
    "ticket_events",
    "timestamp",
)
_ROWS: dict[str, Callable[[Row, Row], list[Row]]] = {
    AUDITS.name: lambda audit, event: [audit],
    COMMENTS.name: lambda audit, event: list(audits.comments(audit)),
    EVENTS.name: lambda audit, event: [event],
}


def _pages(context: ReadContext) -> Iterator[Page]:
    check_moments(context, list(context.fields), LEAF)
    per_ticket = context.config["audits_source"] == "per_ticket"
    exact = [name for name in context.fields if per_ticket and name != EVENTS.name]
    exported = [name for name in context.fields if name not in exact]
    if exact:
        yield from _per_ticket(context, exact, {})
    if not exported:
        return
    marks = {name: dict(context.bookmarks[name]) for name in exported}
    if context.config["export_mode"] != "list":
        try:
            yield from _exported(context, marks)
            return
        except StreamRefused as error:
            if context.config["export_mode"] == "incremental":
                raise
            tell_of_lists(context, f"{', '.join(exported)}: the export is refused ({error})")
    known = {name: epoch(mark.get(LEAF)) or 0 for name, mark in marks.items()}
    yield from _per_ticket(replace(context, bookmarks=marks), exported, known)


def _exported(context: ReadContext, marks: dict[str, dict[str, Any]]) -> Iterator[Page]:
    moments = {name: epoch(mark.get(LEAF)) for name, mark in marks.items()}
    overlap = context.config["lookback_seconds"]
    since = {
        name: int(context.start.timestamp()) if at is None else at - overlap
        for name, at in moments.items()
    }
    for batch in exports.by_time(context, EXPORT, min(since.values()), _crowded(context)):
        rows_of = {
            name: [row for row in batch.rows if EXPORT.moment(row) >= since[name]] for name in marks
        }
        reached = batch.position.moment
        for name, at in moments.items():
            if reached is not None and (at is None or at <= reached):
                marks[name][LEAF] = text(reached)
        yield Page(
            {
                name: [row for event in kept for row in _ROWS[name](audits.audit(event), event)]
                for name, kept in rows_of.items()
            },
            {name: dict(mark) for name, mark in marks.items() if mark},
        )


def _crowded(context: ReadContext) -> Callable[[int], Iterator[list[Row]]]:
    """All events of one second, from the audits of every ticket that changed since."""

    lists = _lists(context)

    def found(second: int) -> Iterator[list[Row]]:
        ids = (
            row["id"]
            for batch in exports.by_cursor(
                context, tickets.export(context), exports.Position(None, None), second
            )
            for row in batch.rows
            if (epoch(row.get("created_at")) or 0) <= second
        )
        while some := list(islice(ids, TICKETS_AT_ONCE)):
            found = _audits(lists.below(list(map(str, some))))
            yield [audits.event(audit) for audit in found if epoch(audit.get(LEAF)) == second]

    return found


def _per_ticket(context: ReadContext, names: list[str], known: Mapping[str, int]) -> Iterator[Page]:
    """All audits of each changed ticket, or those from the moments on up to which the streams' rows are ``known``.

    The first time, tickets that change meanwhile are looked up in their list, as the export holds them back: the event export
    may later begin where the audits ended, and does not show what came before.
    """
    newest: dict[str, int] = {}
    marks: dict[str, Bookmark] = {}
    lists = _lists(context)
    carrier = next(iter(context.streams))

    def read(changed: Sequence[Row], wanted: Mapping[str, Sequence[Row]]) -> Iterator[Page]:
        few = {name: {row["id"] for row in found} for name, found in wanted.items()}
        ids = [
            number
            for number in dict.fromkeys(row["id"] for row in changed)
            if any(number in some for some in few.values())
        ]
        for at in range(0, len(ids), TICKETS_AT_ONCE):
            out: dict[str, list[Row]] = {name: [] for name in few}
            some_ids = [str(number) for number in ids[at : at + TICKETS_AT_ONCE]]
            for audit in _audits(lists.below(some_ids)):
                made = epoch(audit.get(LEAF)) or 0
                for name, some in few.items():
                    if audit["ticket_id"] in some and made >= known.get(name, 0):
                        out[name] += _ROWS[name](audit, audits.event(audit))
                        newest[name] = max(newest.get(name, 0), made)
            yield Page(out)

    for audit in _audits(lists.owed()):
        yield Page({name: _ROWS[name](audit, audits.event(audit)) for name in names})
    for batch in tickets.CHANGED.batches(context, names, LEAVES):
        yield from read(batch.rows, {name: batch.wanted(name) for name in names})
        marks = dict(batch.bookmarks)
        if not context.owed[carrier].is_closed:
            yield Page({}, marks)
    if context.owed[carrier].is_closed:
        refusal = StreamRefused("tickets refuse to show their audits", status=403)
        yield Page(endings=dict.fromkeys(names, refusal))
        return
    beginning = [name for name in newest if marks.get(name) and LEAF not in marks[name]]
    if beginning:
        for lately in tickets.lately(context):
            yield from read(lately, dict.fromkeys(beginning, lately))
    for name in beginning:
        ended = epoch(marks[name].get(LEAVES.moment)) or 0
        marks[name] = {**marks[name], LEAF: text(min(newest[name], ended))}
    yield Page({}, marks)


def _audits(found: Iterable[Found]) -> Iterator[Row]:
    """The audits of tickets, each with its ticket's id."""
    for ticket, rows in found:
        for row in rows:
            yield {**row, "ticket_id": int(ticket)}


def _lists(context: ReadContext) -> Children:
    """The lists of audits below tickets. They are owed to the first stream that needs them."""
    first = next(iter(context.streams.values()))
    size = context.page_size(LARGEST_PAGE)

    def request(ticket: str) -> Request:
        return sized(Request(f"tickets/{ticket}/audits", first.name, {}, TICKET_AUDITS), size)

    return below(context, first, "audits", request)


READERS = (Reader((AUDITS, COMMENTS, EVENTS), _pages, tickets.PROBE),)
