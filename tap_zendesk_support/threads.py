"""What hangs below a row and is in no list of its own.

Those are comments and votes of the help centre, and side conversations of tickets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tap_common.children import Children, Found
from tap_common.context import ReadContext, Reader
from tap_common.replies import rows_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support.lists import LARGEST_PAGE, below, pages, sized
from tap_zendesk_support.positions import BookmarkKeys
from tap_zendesk_support.tickets import CHANGED, PROBE

TICKETS_AT_ONCE = 100


@dataclass(frozen=True)
class Thread:
    """Rows below a post or an article.

    ``link`` is the column for the parent's id. Where the parent's ``count`` is 0 there are none.
    """

    stream: Stream
    envelope: str
    link: str
    count: str = ""

    def lists(self, context: ReadContext) -> Children:
        """The lists below the parents."""
        return below(context, self.stream, self.envelope, self._request)

    def _request(self, parent: str) -> Request:
        return sized(Request(self.stream.path.format(id=parent), self.stream.name), LARGEST_PAGE)

    def may_have_rows(self, parent: Row) -> bool:
        """May there be rows below ``parent``?"""
        return not self.count or parent.get(self.count) != 0


ARTICLES = (
    Thread(
        Stream("article_comments", "help_center/articles/{id}/comments", parent="articles"),
        "comments",
        "source_id",
    ),
    Thread(
        Stream("article_votes", "help_center/articles/{id}/votes", parent="articles"),
        "votes",
        "item_id",
        "vote_count",
    ),
)
POST = Stream("posts", "community/posts")
POSTS = (
    Thread(
        Stream("post_comments", "community/posts/{id}/comments", parent="posts"),
        "comments",
        "post_id",
        "comment_count",
    ),
    Thread(
        Stream("post_votes", "community/posts/{id}/votes", parent="posts"),
        "votes",
        "item_id",
        "vote_count",
    ),
)


class _Threads:
    """The selected ones of some threads, read below pages of parents."""

    def __init__(self, context: ReadContext, threads: Iterable[Thread]) -> None:
        selected = [thread for thread in threads if context.selects(thread.stream.name)]
        self._lists = [(thread, thread.lists(context)) for thread in selected]

    def below(self, parents: Sequence[Row]) -> Iterator[Page]:
        """The rows below a page of parents."""
        for thread, lists in self._lists:
            ids = [str(row["id"]) for row in parents if thread.may_have_rows(row)]
            for parent, rows in lists.below(ids):
                linked = [{**row, thread.link: int(parent)} for row in rows]
                yield Page({thread.stream.name: linked})


def _articles(context: ReadContext) -> Iterator[Page]:
    threads = _Threads(context, ARTICLES)
    request = Request("help_center/articles", next(iter(context.streams)))
    for reply in pages(context.api, sized(request, context.page_size(LARGEST_PAGE))):
        yield from threads.below(rows_in(reply, "articles"))


def _posts(context: ReadContext) -> Iterator[Page]:
    threads = _Threads(context, POSTS)
    request = Request(POST.path, next(iter(context.streams)))
    for reply in pages(context.api, sized(request, context.page_size(LARGEST_PAGE))):
        rows = rows_in(reply, "posts")
        if context.selects(POST.name):
            yield Page({POST.name: rows})
        yield from threads.below(rows)


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


READERS = (
    Reader(
        tuple(thread.stream for thread in ARTICLES),
        _articles,
        Request("help_center/articles", ARTICLES[0].stream.name, {"page[size]": 1}),
    ),
    Reader(
        (POST, *(thread.stream for thread in POSTS)),
        _posts,
        Request(POST.path, POST.name, {"page[size]": 1}),
    ),
    Reader((SIDE_CONVERSATIONS,), _side_conversations, PROBE),
)
