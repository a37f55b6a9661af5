"""The conversation log of tickets from messaging: what comments and ticket events do not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tap_common.context import ReadContext
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support.api import CONVERSATION_LOGS
from tap_zendesk_support.changes import Batch
from tap_zendesk_support.lists import LARGEST_PAGE, below, in_parts, sized
from tap_zendesk_support.tickets import KEYS

CONVERSATION_LOG = Stream(
    "conversation_log",
    "tickets/{id}/conversation_log",
    method="INCREMENTAL",
    parent="tickets",
    bookmark_keys=KEYS.names,
    bookmark_check=KEYS.faults,
    by_default=False,
    note="all of each changed ticket from messaging, at a request for each",
)
CHANNELS = (
    *("native_messaging", "messaging", "chat", "whatsapp"),
    *("facebook", "instagram_dm", "line", "sms"),
)
"""Channels of tickets that may have messages, besides those with from_messaging_channel."""


class ConversationLog:
    """Reads the logs of changed tickets. A log has no filter by time: it is read whole."""

    def __init__(self, context: ReadContext) -> None:
        self._lists = below(context, CONVERSATION_LOG, "events", _request)

    def owed(self) -> Iterator[Page]:
        """The logs of owed tickets."""
        for ticket, rows in self._lists.owed():
            yield _page(ticket, rows)

    def pages(self, batch: Batch) -> Iterator[Page]:
        """The logs of the changed tickets that came by messaging and are not deleted."""
        name = CONVERSATION_LOG.name
        ids = [str(row["id"]) for row in batch.parents(name) if may_have_messages(row)]
        for some in in_parts(ids):
            for ticket, rows in self._lists.below(some):
                yield _page(ticket, rows)
        if name in batch.bookmarks:
            yield Page({}, {name: batch.bookmarks[name]})


def _request(ticket: str) -> Request:
    path, name = CONVERSATION_LOG.path.format(id=ticket), CONVERSATION_LOG.name
    request = Request(path, name, {"sort": "created_at"}, CONVERSATION_LOGS)
    return sized(request, LARGEST_PAGE)


def may_have_messages(ticket: Row) -> bool:
    """Did the ticket come by messaging, and is it still there?"""
    if ticket.get("status") == "deleted":
        return False
    via = ticket.get("via")
    channel = via.get("channel") if isinstance(via, dict) else None
    return ticket.get("from_messaging_channel") is True or channel in CHANNELS


def _page(ticket: str, rows: Sequence[Row]) -> Page:
    return Page({CONVERSATION_LOG.name: [log_row(row, int(ticket)) for row in rows]})


def log_row(row: Row, ticket: int) -> Row:
    """The row of ``conversation_log``, with its ticket.

    The author's keys such as ``zen:support:user_id`` become ``support_user_id``, since targets make
    columns of them.
    """
    author = row.get("author")
    if not isinstance(author, dict):
        return {**row, "ticket_id": ticket}
    renamed = {name.removeprefix("zen:").replace(":", "_"): author[name] for name in author}
    return {**row, "ticket_id": ticket, "author": renamed}
