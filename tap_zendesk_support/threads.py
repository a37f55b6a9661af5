"""What hangs below a row and is in no list of its own: comments and votes of the help centre, side conversations of tickets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from tap_common.model import Page, Reader, Row, Stream, Walk
from tap_common.vendor import Gone, Request
from tap_zendesk_support import tickets
from tap_zendesk_support.changes import Leaves
from tap_zendesk_support.lists import GONE, LARGEST_PAGE, children, pages, rows, sized

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


def _below(walk: Walk, threads: tuple[Thread, ...], parents: list[Row]) -> Iterator[Page]:
    for thread in threads:
        name = thread.stream.name
        if not walk.selected(name):
            continue
        ids = [row["id"] for row in parents if not thread.count or row.get(thread.count) != 0]
        paths = {thread.stream.endpoint.format(id=number): number for number in ids}
        for request, found in children(
            walk.api,
            [sized(Request(path, name, child=True), LARGEST_PAGE) for path in paths],
            thread.envelope,
        ):
            yield Page({name: [{thread.link: paths[request.path], **row} for row in found]})


def _articles(walk: Walk) -> Iterator[Page]:
    first = next(thread.stream.name for thread in ARTICLES if walk.selected(thread.stream.name))
    for reply in pages(
        walk.api, sized(Request("help_center/articles", first), walk.page_size(LARGEST_PAGE))
    ):
        yield from _below(walk, ARTICLES, rows(reply, "articles"))


def _posts(walk: Walk) -> Iterator[Page]:
    for reply in pages(
        walk.api,
        sized(Request(POST.endpoint, next(iter(walk.fields))), walk.page_size(LARGEST_PAGE)),
    ):
        found = rows(reply, "posts")
        yield Page({POST.name: found})
        yield from _below(walk, POSTS, found)


SIDE_CONVERSATIONS = Stream(
    "side_conversations",
    "tickets/{id}/side_conversations",
    method="INCREMENTAL",
    parent="tickets",
    by_default=False,
    note="all of each changed ticket, at a request for each",
)


def _side_conversations(walk: Walk) -> Iterator[Page]:
    """Those of each changed ticket; a ticket may be refused alone, but if all are, the account has none to show."""
    name = SIDE_CONVERSATIONS.name
    for batch in tickets.CHANGED.batches(walk, [name], Leaves("generated_timestamp", write=int)):
        ids = iter([row["id"] for row in batch.wanted(name) if row.get("status") != "deleted"])
        while some := list(islice(ids, PARENTS_AT_ONCE)):
            out: list[Row] = []
            wanted = (
                Request(f"tickets/{number}/side_conversations", name, child=True) for number in some
            )
            for answer in walk.api.get_children(
                wanted, refusals=GONE | {422}, enough=PARENTS_AT_ONCE
            ):
                if isinstance(answer, Gone):
                    continue
                for reply in pages(walk.api, answer.request, answer):
                    out += [
                        {"ticket_id": int(reply.request.path.split("/")[1]), **row}
                        for row in rows(reply, name)
                    ]
            yield Page({name: out})
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
        Request(POST.endpoint, POST.name, {"page[size]": 1}),
    ),
    Reader((SIDE_CONVERSATIONS,), _side_conversations, tickets.PROBE),
)
