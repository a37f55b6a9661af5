"""Tickets and their conversations, from three lists with a bookmark each: live, spam, deleted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tap_common import times
from tap_common.children import Children, lost_parents
from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, UsageError
from tap_common.replies import object_in, rows_in
from tap_common.stream import Bookmark, Page, Row, Stream, date_times
from tap_common.vendor import Request
from tap_common.watermark import Watermark
from tap_freshdesk import archive, small_lists
from tap_freshdesk.changed_tickets import changed
from tap_freshdesk.lists import below, have_common, missing_lists, stamp
from tap_freshdesk.ticket_list import BEGINNING, DOUBTS, TicketList
from tap_freshdesk.ticket_views import TicketViews

LISTS: dict[str, dict[str, str]] = {
    "live": {},
    "spam": {"filter": "spam"},
    "deleted": {"filter": "deleted"},
}
"""The lists by the keys of their bookmarks, with the parameters that ask for them: without a filter
neither spam nor deleted tickets come."""
ARCHIVED = "archived"
"""What stands for the list of archived tickets, which the API does not have."""
BOOKMARK_KEYS = (*LISTS, "updated_at", archive.NEXT_ID)
"""singer-io's tap keeps one ``updated_at`` for all lists."""


def _faults(stream: str, bookmark: Bookmark) -> Iterator[UsageError]:
    yield from date_times(*LISTS, "updated_at")(stream, bookmark)
    yield from archive.faults(stream, bookmark)


TICKETS = Stream(
    "tickets",
    "tickets",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=BOOKMARK_KEYS,
    bookmark_check=_faults,
    text_fields=frozenset({"source_additional_info"}),
    note="live, spam and deleted ones; archived ones on request",
)
CONVERSATIONS = Stream(
    "conversations",
    "tickets/{id}/conversations",
    method="INCREMENTAL",
    parent="tickets",
    bookmark_keys=BOOKMARK_KEYS,
    bookmark_check=_faults,
    text_fields=frozenset({"source_additional_info", "outgoing_failures"}),
    note="all of each changed ticket",
)
LIMITED_SCOPES = {
    "2": "the tickets of the agent's groups and those assigned to the agent",
    "3": "the tickets that are assigned to the agent",
}
"""What an agent sees by the ``ticket_scope`` of the agent, where that is not everything."""
INCLUDES = {
    "requester": ("requester", "email", "name", "phone"),
    "stats": ("stats",),
    "company": ("company",),
    "description": ("description", "description_text", "structured_description"),
}
"""What a list must be asked to include so that it holds these fields; each costs two more credits a
page."""


def pages(context: ReadContext) -> Iterator[Page]:
    """Tickets by time of change, each page with all conversations of just its tickets."""
    reading = _Reading(context)
    reading.warn_of_scope()
    yield from reading.owed()
    problems: dict[str, ApiError] = {}
    for name in LISTS:
        try:
            yield from reading.list_pages(name)
        except ApiError as error:
            problems[name] = error
    yield from missing_lists(context.fields, LISTS, problems)
    if context.config["archived_tickets"]:
        try:
            yield from reading.archive_pages()
        except ApiError as error:
            gap = ApiError(f"archived tickets could not be read: {error}")
            yield Page(gaps=dict.fromkeys(context.fields, gap))


class _Reading:
    """One run over the tickets and their conversations, or over one of the two streams."""

    def __init__(self, context: ReadContext) -> None:
        includes = [
            name for name, fields in INCLUDES.items() if context.wants(TICKETS.name, *fields)
        ]
        self._context = context
        self._counted_for = TICKETS.name if context.selects(TICKETS.name) else CONVERSATIONS.name
        self._tickets = TicketList(context, self._counted_for, includes)
        self._bookmarks = {name: dict(context.bookmarks[name]) for name in context.fields}
        self._begins = {name: self._begin(name) for name in LISTS}
        self._views: TicketViews | None = None
        if context.selects(TICKETS.name):
            self._views = TicketViews(context, TICKETS, self._tickets, LISTS.keys())
        self._conversations: Children | None = None
        self._incomplete: set[str] = set()
        if context.selects(CONVERSATIONS.name):
            self._conversations = below(context, CONVERSATIONS, CONVERSATIONS.path)

    def warn_of_scope(self) -> None:
        """Warns if the API key belongs to an agent who sees only some tickets.

        The API does not say so: the lists are just shorter.
        """
        request = Request("agents/me", self._counted_for, child=True, attempts=1)
        try:
            scope = object_in(self._context.api.get(request)).get("ticket_scope")
        except ApiError:
            return
        seen = LIMITED_SCOPES.get(str(scope))
        if seen is not None:
            self._context.warn(
                f"tickets: the agent of this api_key sees only {seen}; to read all tickets, use "
                "the key of an agent with global access"
            )

    def owed(self) -> Iterator[Page]:
        """What earlier runs could not read: views of tickets, and conversations."""
        if self._views is not None:
            for name, row in self._views.owed():
                yield Page({TICKETS.name: [with_requester(_flagged(row, name))]})
            yield Page(gaps=small_lists.gaps(TICKETS, self._views.failure))
        if self._conversations is not None:
            for _, rows in self._conversations.owed():
                yield Page({CONVERSATIONS.name: rows})

    def _begin(self, name: str) -> dict[str, str]:
        """Where each stream's read of a list begins."""
        return {
            stream: times.text(self._context.read_from(stream, name, "updated_at"))
            for stream in self._bookmarks
        }

    def list_pages(self, name: str) -> Iterator[Page]:
        """The pages of one list, each stream from its own bookmark on."""
        begin = self._begins[name]
        watermarks = {
            stream: Watermark(times.rfc3339(bookmark.get(name)))
            for stream, bookmark in self._bookmarks.items()
        }
        is_known = name == "live" or any(name in bookmark for bookmark in self._bookmarks.values())
        for rows, second in changed(self._tickets, LISTS[name], min(begin.values())):
            if not is_known and self._are_live(rows, name):
                self._context.warn(f"tickets: the API has no list of the {name} ones")
                return
            is_known = True
            for stream, watermark in watermarks.items():
                watermarks[stream] = watermark.seen([second])
                self._bookmarks[stream][name] = watermarks[stream].value
            yield self._page(rows, begin, name)

    def _are_live(self, tickets: Sequence[Row], name: str) -> bool:
        """Does the account ignore the filter, so that the list ``name`` shows live tickets?

        Its tickets mostly say that they are spam or deleted. Otherwise the live list is asked, once
        for an account: of such a list there is no bookmark.
        """
        if any(row.get(name) for row in tickets):
            return False
        since = next(filter(None, map(stamp, tickets)), BEGINNING)
        return have_common(tickets, rows_in(self._tickets.page(LISTS["live"], since)))

    def archive_pages(self) -> Iterator[Page]:
        """Archived tickets, which lie in no list."""
        begin = dict.fromkeys(self._bookmarks, times.text(self._context.start))
        for rows, next_id in archive.pages(self._context):
            for bookmark in self._bookmarks.values():
                bookmark[archive.NEXT_ID] = next_id
            yield self._page(rows, begin, ARCHIVED)

    def _page(self, tickets: Sequence[Row], begin: dict[str, str], name: str) -> Page:
        """The tickets of the list ``name`` that changed at ``begin`` or later, with conversations.

        An archived ticket was read from its own view, so that this is not asked for again.
        """
        rows: dict[str, Iterable[Row]] = {}
        gaps: dict[str, ApiError] = {}
        if self._views is not None:
            listed = [_flagged(row, name) for row in _since(tickets, begin[TICKETS.name])]
            if name != ARCHIVED:
                listed = self._views.added_to(listed, name)
            rows[TICKETS.name] = map(with_requester, listed)
        if self._conversations is not None:
            changed_tickets = _since(tickets, begin[CONVERSATIONS.name])
            parent = "archived/{id}" if name == ARCHIVED else "{id}"
            parents = [parent.format(id=row["id"]) for row in changed_tickets if row.get("id")]
            lost = lost_parents(changed_tickets)
            if lost is not None:
                gaps[CONVERSATIONS.name] = lost
            found = self._conversations.below(parents)
            rows[CONVERSATIONS.name] = [row for _, some in found for row in some]
        self._incomplete |= gaps.keys()
        if self._views is not None:
            gaps |= small_lists.gaps(TICKETS, self._views.failure)
        bookmarks: dict[str, Bookmark] = {
            stream: dict(bookmark)
            for stream, bookmark in self._bookmarks.items()
            if stream not in self._incomplete  # the next run meets these tickets again
        }
        return Page(rows, bookmarks, gaps=gaps)


def _since(tickets: Sequence[Row], begin: str) -> list[Row]:
    """The tickets that changed at ``begin`` or later, or do not say when they changed."""
    return [row for row in tickets if stamp(row, begin) >= begin]


def _flagged(ticket: Row, name: str) -> Row:
    """The ticket with what the list ``name``, in which it stood, says of it."""
    flags = {"deleted": name == "deleted", "archived": name == ARCHIVED}
    return (ticket if name == ARCHIVED else with_spam(ticket, name == "spam")) | flags


def with_spam(ticket: Row, is_spam: bool) -> Row:
    """The ticket with ``spam`` as the API says it, or else as the list says in which it stood."""
    return ticket if ticket.get("spam") is not None else ticket | {"spam": is_spam}


def with_requester(ticket: Row) -> Row:
    """The ticket with its requester's email, name and phone in the columns of the same names.

    The API leaves these columns empty.
    """
    requester = ticket.get("requester")
    if not isinstance(requester, dict):
        return ticket
    empty = [name for name in ("email", "name", "phone") if ticket.get(name) is None]
    return ticket | {name: requester.get(name) for name in empty}


PROBE = Request(
    TICKETS.path, TICKETS.name, {"per_page": 1, "updated_since": BEGINNING}, tries=DOUBTS
)
READER = Reader((TICKETS, CONVERSATIONS), pages, PROBE)
