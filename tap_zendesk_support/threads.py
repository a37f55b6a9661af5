"""Side conversations of tickets, which are in no list of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tap_common.children import Found
from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Stream
from tap_common.vendor import Request
from tap_zendesk_support.lists import below
from tap_zendesk_support.positions import BookmarkKeys
from tap_zendesk_support.tickets import CHANGED, PROBE

TICKETS_AT_ONCE = 100


KEYS = BookmarkKeys("generated_timestamp", write=int)
SIDE_CONVERSATIONS = Stream(
    "side_conversations",
    "tickets/{id}/side_conversations",
    method="INCREMENTAL",
    parent="tickets",
    bookmark_keys=KEYS.names,
    by_default=False,
    note="all of each changed ticket, at a request for each",
)


def _side_conversations(context: ReadContext) -> Iterator[Page]:
    """Those of each changed ticket that is not deleted."""
    name = SIDE_CONVERSATIONS.name
    lists = below(context, SIDE_CONVERSATIONS, name, _side_conversations_request)
    yield _linked(lists.owed())
    for batch in CHANGED.batches(context, {name: KEYS}):
        kept = [row for row in batch.wanted(name) if row.get("status") != "deleted"]
        for at in range(0, len(kept), TICKETS_AT_ONCE):
            some = kept[at : at + TICKETS_AT_ONCE]
            yield _linked(lists.below([str(row["id"]) for row in some]))
        yield Page({}, batch.bookmarks)


def _side_conversations_request(ticket: str) -> Request:
    return Request(SIDE_CONVERSATIONS.path.format(id=ticket), SIDE_CONVERSATIONS.name)


def _linked(found: Iterable[Found]) -> Page:
    rows = [{**row, "ticket_id": int(ticket)} for ticket, some in found for row in some]
    return Page({SIDE_CONVERSATIONS.name: rows})


READERS = (Reader((SIDE_CONVERSATIONS,), _side_conversations, PROBE),)
