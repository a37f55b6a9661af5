"""Audits, comments and ticket events: from the ticket event export, or ticket by ticket from the audits of what changed.

The account-wide list of audits is not used: Zendesk itself says that following its end skips records, and archived tickets are
not in it (reference, ticket audits).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from tap_common.errors import StreamRefused
from tap_common.http import Api
from tap_common.model import Bookmark, Page, Reader, Row, Stream, Walk
from tap_common.vendor import Request
from tap_zendesk_support import audits, exports, tickets
from tap_zendesk_support.api import EXPORTS, TICKET_AUDITS
from tap_zendesk_support.changes import Leaves, check_moments, tell_of_lists
from tap_zendesk_support.exports import Export
from tap_zendesk_support.lists import LARGEST_PAGE, children, epoch, sized, text

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
    AUDITS.endpoint,
    method="INCREMENTAL",
    parent="audits",
    text_fields=frozenset({"via.channel", "via.source.rel"}),
    note="or tickets/{id}/audits",
)
EVENTS = Stream(
    "ticket_events",
    AUDITS.endpoint,
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
"""For the walk over tickets. Moments are written as text: a ticket may have changed later than its newest audit was made."""
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


def _pages(walk: Walk) -> Iterator[Page]:
    check_moments(walk, list(walk.fields), LEAF)
    per_ticket = walk.config["audits_source"] == "per_ticket"
    exact = [name for name in walk.fields if per_ticket and name != EVENTS.name]
    exported = [name for name in walk.fields if name not in exact]
    if exact:
        yield from _per_ticket(walk, exact, {})
    if not exported:
        return
    marks = {name: dict(walk.bookmarks[name]) for name in exported}
    if walk.config["export_mode"] != "list":
        try:
            yield from _exported(walk, marks)
            return
        except StreamRefused as error:
            if walk.config["export_mode"] == "incremental":
                raise
            tell_of_lists(walk, f"{', '.join(exported)}: the export is refused ({error})")
    known = {name: epoch(mark.get(LEAF)) or 0 for name, mark in marks.items()}
    yield from _per_ticket(replace(walk, bookmarks=marks), exported, known)


def _exported(walk: Walk, marks: dict[str, dict[str, Any]]) -> Iterator[Page]:
    moments = {name: epoch(mark.get(LEAF)) for name, mark in marks.items()}
    overlap = walk.config["lookback_seconds"]
    since = {
        name: int(walk.start.timestamp()) if at is None else at - overlap
        for name, at in moments.items()
    }
    for batch in exports.by_time(walk, EXPORT, min(since.values()), _crowded(walk)):
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


def _crowded(walk: Walk) -> Callable[[int], Iterator[list[Row]]]:
    """All events of one second, from the audits of every ticket that changed since."""

    def found(second: int) -> Iterator[list[Row]]:
        ids = (
            row["id"]
            for batch in exports.by_cursor(
                walk, tickets.export(walk), exports.Position(None, None), second
            )
            for row in batch.rows
            if (epoch(row.get("created_at")) or 0) <= second
        )
        while some := list(islice(ids, TICKETS_AT_ONCE)):
            yield [
                audits.event(audit)
                for audit in _audits(walk.api, some, walk.page_size(LARGEST_PAGE))
                if epoch(audit.get(LEAF)) == second
            ]

    return found


def _per_ticket(walk: Walk, names: list[str], known: Mapping[str, int]) -> Iterator[Page]:
    """All audits of each changed ticket, or those from the moments on up to which the streams' rows are ``known``.

    The first time, tickets that change meanwhile are looked up in their list, as the export holds them back: the event export
    may later begin where the audits ended, and does not show what came before.
    """
    newest: dict[str, int] = {}
    marks: dict[str, Bookmark] = {}

    def read(changed: Sequence[Row], wanted: Mapping[str, Sequence[Row]]) -> Iterator[Page]:
        few = {name: {row["id"] for row in found} for name, found in wanted.items()}
        ids = [
            number
            for number in dict.fromkeys(row["id"] for row in changed)
            if any(number in some for some in few.values())
        ]
        for at in range(0, len(ids), TICKETS_AT_ONCE):
            out: dict[str, list[Row]] = {name: [] for name in few}
            for audit in _audits(
                walk.api, ids[at : at + TICKETS_AT_ONCE], walk.page_size(LARGEST_PAGE)
            ):
                made = epoch(audit.get(LEAF)) or 0
                for name, some in few.items():
                    if audit["ticket_id"] in some and made >= known.get(name, 0):
                        out[name] += _ROWS[name](audit, audits.event(audit))
                        newest[name] = max(newest.get(name, 0), made)
            yield Page(out)

    for batch in tickets.CHANGED.batches(walk, names, LEAVES):
        yield from read(batch.rows, {name: batch.wanted(name) for name in names})
        marks = dict(batch.bookmarks)
        yield Page({}, marks)
    beginning = [name for name in newest if marks.get(name) and LEAF not in marks[name]]
    if beginning:
        for lately in tickets.lately(walk):
            yield from read(lately, dict.fromkeys(beginning, lately))
    for name in beginning:
        ended = epoch(marks[name].get(LEAVES.moment)) or 0
        marks[name] = {**marks[name], LEAF: text(min(newest[name], ended))}
    yield Page({}, marks)


def _audits(api: Api, ids: list[Any], size: int) -> Iterator[Row]:
    """All audits of the tickets with ``ids``, ticket by ticket; tickets that are gone have none.

    StreamRefused if these credentials may see none of them.
    """
    gone = api.meter(AUDITS.name).gone
    refused, served = gone[403], False
    wanted = [
        sized(Request(f"tickets/{number}/audits", AUDITS.name, {}, TICKET_AUDITS, child=True), size)
        for number in ids
    ]
    for request, found in children(api, wanted, "audits"):
        served = True
        number = int(request.path.split("/")[1])
        for row in found:
            yield {**row, "ticket_id": number}
    if gone[403] > refused and not served:
        raise StreamRefused("tickets answer HTTP 403 when asked for their audits", status=403)


READERS = (Reader((AUDITS, COMMENTS, EVENTS), _pages, tickets.PROBE),)
