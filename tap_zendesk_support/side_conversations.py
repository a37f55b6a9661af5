"""Side conversations of tickets and their events.

The account's export of events tells which tickets have side conversations, so that only these are
asked for them. Where it is closed to these credentials, each changed ticket is asked.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tap_common.children import Children, Found
from tap_common.context import ReadContext, Reader
from tap_common.errors import StreamRefused
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support import time_exports
from tap_zendesk_support.api import SIDE_CONVERSATION_EVENTS
from tap_zendesk_support.exports import Export, ExportPage
from tap_zendesk_support.lists import below, in_parts, numbered
from tap_zendesk_support.moments import epoch, text
from tap_zendesk_support.positions import BookmarkKeys
from tap_zendesk_support.tickets import CHANGED

AT = "created_at"
EVENTS = Stream(
    "side_conversation_events",
    "tickets/side_conversations/events",
    method="INCREMENTAL",
    replication_key=AT,
    bookmark_keys=(AT,),
)
KEYS = BookmarkKeys("generated_timestamp", write=int, before=AT)
SIDE_CONVERSATIONS = Stream(
    "side_conversations",
    "tickets/{id}/side_conversations",
    method="INCREMENTAL",
    parent="tickets",
    bookmark_keys=(AT, *KEYS.names),
    bookmark_check=KEYS.faults_beside(AT),
    by_default=False,
    note="of each ticket with new events; of each changed ticket, where events are refused",
)
LARGEST_PAGE = 100
"""No source says how many events come in a page. If it is fewer than there are in one second, the
read fails."""
REQUEST = Request(EVENTS.path, EVENTS.name, {}, SIDE_CONVERSATION_EVENTS)
EXPORT = Export(REQUEST, "events", AT, LARGEST_PAGE)
PROBED_SINCE = 1577836800


def _pages(context: ReadContext) -> Iterator[Page]:
    if not context.selects(SIDE_CONVERSATIONS.name):
        yield from _Events(context, None).pages()
        return
    lists = below(context, SIDE_CONVERSATIONS, SIDE_CONVERSATIONS.name, _request)
    yield _linked(lists.owed())
    events = _Events(context, lists)
    try:
        yield from events.pages()
    except StreamRefused as error:
        context.warn(f"{SIDE_CONVERSATIONS.name}: each changed ticket is asked ({error})")
        if context.selects(EVENTS.name):
            yield Page(endings={EVENTS.name: error})
        yield from _of_changed_tickets(context, lists)
        return
    if events.lacks_tickets:
        yield from _of_changed_tickets(context, lists)


class _Lately(OrderedDict[object, int]):
    """Numbers by what they belong to: the last ``MOST`` that were remembered."""

    MOST = 100_000

    def remember(self, owner: object, number: int) -> None:
        """Notes the number of ``owner``."""
        self[owner] = number
        self.move_to_end(owner)
        if len(self) > self.MOST:
            self.popitem(last=False)


class _Events:
    """A walk through the export of events, and the side conversations of the tickets in it.

    ``lacks_tickets`` says that an event did not name its ticket, so that side conversations have
    to be found another way.
    """

    def __init__(self, context: ReadContext, lists: Children | None) -> None:
        self._context, self._lists = context, lists
        self._tickets, self._read_at = _Lately(), _Lately()
        self.lacks_tickets = False

    def pages(self) -> Iterator[Page]:
        """The events since the bookmarks, and the conversations of their tickets."""
        context = self._context
        since = min(map(self._begin, context.streams))
        request = replace(EXPORT.request, stream=next(iter(context.streams)))
        for page in time_exports.by_time(context, replace(EXPORT, request=request), since):
            if context.selects(EVENTS.name):
                yield Page({EVENTS.name: page.rows})
            if self._lists is not None and not self.lacks_tickets:
                yield from self._conversations(self._lists, page)
            yield self._reached(page.position.moment)

    def _begin(self, stream: str) -> int:
        """Where the events of a stream begin: where they, or the changed tickets, ended."""
        bookmark = self._context.bookmarks[stream]
        moment = epoch(bookmark.get(AT, bookmark.get(KEYS.moment)))
        if moment is None:
            return int(self._context.start.timestamp())
        return moment - int(self._context.lookback(stream).total_seconds())

    def _conversations(self, lists: Children, page: ExportPage) -> Iterator[Page]:
        """The conversations of the tickets in ``page``, but for what this run has read already."""
        tickets = [self._ticket(event) for event in page.rows]
        self.lacks_tickets = None in tickets
        moments = map(EXPORT.moment, page.rows)
        news = [one for one, at in zip(tickets, moments, strict=True) if self._is_news(one, at)]
        known = list(dict.fromkeys(news))
        for some in in_parts(map(str, known)):
            yield _linked(lists.below(some))
        if page.date is not None:
            for ticket in known:
                self._read_at.remember(ticket, int(page.date.timestamp()))

    def _is_news(self, ticket: int | None, moment: int) -> bool:
        """May something have happened at ``moment`` that was not read with the ticket?"""
        return ticket is not None and moment >= (self._read_at.get(ticket) or 0)

    def _ticket(self, event: Row) -> int | None:
        """The ticket of an event, which may be named by an earlier one of the conversation."""
        ticket = numbered(event, "ticket_id").get("ticket_id")
        conversation = str(event.get("side_conversation_id"))
        if isinstance(ticket, int):
            self._tickets.remember(conversation, ticket)
        return self._tickets.get(conversation)

    def _reached(self, moment: int | None) -> Page:
        """The bookmarks after a page. A stream that is ahead of the walk keeps its own."""
        if moment is None:
            return Page()
        bookmarks = {}
        for name in self._context.streams:
            before = epoch(self._context.bookmarks[name].get(AT))
            is_behind = before is None or before <= moment
            if is_behind and not (name == SIDE_CONVERSATIONS.name and self.lacks_tickets):
                bookmarks[name] = {AT: text(moment)}
        return Page({}, bookmarks)


def _of_changed_tickets(context: ReadContext, lists: Children) -> Iterator[Page]:
    """The side conversations of each changed ticket that is not deleted."""
    name = SIDE_CONVERSATIONS.name
    walk = replace(context, streams={name: context.streams[name]})
    for batch in CHANGED.batches(walk, {name: KEYS}):
        yield Page(endings=batch.endings([name]))
        kept = [row for row in batch.parents(name) if row.get("status") != "deleted"]
        for some in in_parts(str(row["id"]) for row in kept):
            yield _linked(lists.below(some))
        yield Page({}, batch.bookmarks)


def _request(ticket: str) -> Request:
    return Request(SIDE_CONVERSATIONS.path.format(id=ticket), SIDE_CONVERSATIONS.name)


def _linked(found: Iterable[Found]) -> Page:
    rows = [{**row, "ticket_id": int(ticket)} for ticket, some in found for row in some]
    return Page({SIDE_CONVERSATIONS.name: rows})


READER = Reader(
    (EVENTS, SIDE_CONVERSATIONS),
    _pages,
    Request(EVENTS.path, EVENTS.name, {"start_time": PROBED_SINCE}),
    fallbacks=(Request("tickets", SIDE_CONVERSATIONS.name, {"page[size]": 1}),),
)
