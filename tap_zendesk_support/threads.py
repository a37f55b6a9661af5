"""What hangs below a row and is in no list of its own: comments and votes of the help centre, side conversations of tickets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tap_common.children import Found
from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support import tickets
from tap_zendesk_support.changes import Leaves
from tap_zendesk_support.lists import LARGEST_PAGE, below, pages, rows, sized

PARENTS_AT_ONCE = 100


@dataclass(frozen=True)
class Thread:
    """Rows below a post or an article, whose id goes to ``link``; where the parent's ``count`` is 0 there are none."""

    stream: Stream
    envelope: str
    link: str
    count: str


def _thread(name: str, parent: str, endpoint: str, link: str, count: str) -> Thread:
    envelope = endpoint.rpartition("/")[2]
    return Thread(Stream(name, endpoint, parent=parent), envelope, link, count)


ARTICLES = (
    _thread("article_comments", "articles", "help_center/articles/{id}/comments", "source_id", ""),
    _thread(
        "article_votes", "articles", "help_center/articles/{id}/votes", "item_id", "vote_count"
    ),
)
POSTS = (
    _thread("post_comments", "posts", "community/posts/{id}/comments", "post_id", "comment_count"),
    _thread("post_votes", "posts", "community/posts/{id}/votes", "item_id", "vote_count"),
)
POST = Stream("posts", "community/posts")


def _below(context: ReadContext, threads: tuple[Thread, ...], parents: list[Row]) -> Iterator[Page]:
    for thread in threads:
        name = thread.stream.name
        if not context.selects(name):
            continue
        path, link = thread.stream.path, thread.link
        lists = below(
            context,
            thread.stream,
            thread.envelope,
            lambda parent, path=path, name=name: sized(  # type: ignore[misc]
                Request(path.format(id=parent), name), LARGEST_PAGE
            ),
        )
        counted = [row for row in parents if not thread.count or row.get(thread.count) != 0]
        for parent, found in lists.below([str(row["id"]) for row in counted]):
            yield Page({name: [{link: int(parent), **row} for row in found]})


def _articles(context: ReadContext) -> Iterator[Page]:
    first = next(thread.stream.name for thread in ARTICLES if context.selects(thread.stream.name))
    for reply in pages(
        context.api, sized(Request("help_center/articles", first), context.page_size(LARGEST_PAGE))
    ):
        yield from _below(context, ARTICLES, rows(reply, "articles"))


def _posts(context: ReadContext) -> Iterator[Page]:
    for reply in pages(
        context.api,
        sized(Request(POST.path, next(iter(context.fields))), context.page_size(LARGEST_PAGE)),
    ):
        found = rows(reply, "posts")
        yield Page({POST.name: found})
        yield from _below(context, POSTS, found)


SIDE_CONVERSATIONS = Stream(
    "side_conversations",
    "tickets/{id}/side_conversations",
    method="INCREMENTAL",
    parent="tickets",
    by_default=False,
    note="all of each changed ticket, at a request for each",
)


def _side_conversations(context: ReadContext) -> Iterator[Page]:
    """Those of each changed ticket; a ticket may be refused alone, but if all are, the account has none to show."""
    name = SIDE_CONVERSATIONS.name
    lists = below(
        context,
        SIDE_CONVERSATIONS,
        name,
        lambda parent: Request(f"tickets/{parent}/side_conversations", name),
    )

    def page(found: Iterable[Found]) -> Page:
        rows = [{"ticket_id": int(parent), **row} for parent, some in found for row in some]
        return Page({name: rows})

    yield page(lists.owed())
    for batch in tickets.CHANGED.batches(context, [name], Leaves("generated_timestamp", write=int)):
        live = [row for row in batch.wanted(name) if row.get("status") != "deleted"]
        for at in range(0, len(live), PARENTS_AT_ONCE):
            some = live[at : at + PARENTS_AT_ONCE]
            yield page(lists.below([str(row["id"]) for row in some]))
        yield Page({}, batch.bookmarks)


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
    Reader((SIDE_CONVERSATIONS,), _side_conversations, tickets.PROBE),
)
