"""Time exports that do not say where they end: Talk's calls and legs, and help centre articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tap_common.context import ReadContext, Reader
from tap_common.errors import StreamRefused
from tap_common.replies import rows_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support import time_exports
from tap_zendesk_support.changes import export_or_lists
from tap_zendesk_support.exports import Export
from tap_zendesk_support.lists import LARGEST_PAGE, ListWatermark, pages, sized, stamps
from tap_zendesk_support.moments import epoch, text

PROBED_SINCE = 1577836800


def _stream(name: str, path: str, note: str = "") -> Stream:
    return Stream(
        name,
        path,
        method="INCREMENTAL",
        replication_key="updated_at",
        bookmark_keys=("updated_at",),
        note=note,
    )


def _by_export(
    context: ReadContext,
    stream: Stream,
    envelope: str,
    another_way: Callable[[int], Iterator[list[Row]]] | None = None,
) -> Iterator[Page]:
    """What changed since the bookmark, by the export."""
    export = Export(Request(stream.path, stream.name), envelope, "updated_at")
    before = epoch(context.bookmarks[stream.name].get("updated_at"))
    since = int(context.read_from(stream.name, "updated_at").timestamp())
    for page in time_exports.by_time(context, export, since, another_way):
        reached = page.position.moment
        has_moved = reached is not None and (before is None or reached >= before)
        bookmark = {"updated_at": text(reached)} if reached is not None else {}
        yield Page({stream.name: page.rows}, {stream.name: bookmark} if has_moved else {})


def _talk(name: str, path: str, envelope: str) -> Reader:
    """The reader of an export of Talk, which nothing can replace."""
    stream = _stream(name, path, "no other way where exports are refused")

    def read(context: ReadContext) -> Iterator[Page]:
        return _by_export(context, stream, envelope)

    return Reader((stream,), read, _probe(stream))


def _probe(stream: Stream) -> Request:
    return Request(stream.path, stream.name, {"start_time": PROBED_SINCE, "per_page": 1})


ARTICLES = _stream(
    "articles",
    "help_center/incremental/articles",
    "or `help_center/articles`, where exports are refused",
)
LISTED_ARTICLES = Request("help_center/articles", ARTICLES.name)


def _articles(context: ReadContext) -> Iterator[Page]:
    """Articles by their export or, where that is refused or not wanted, by their list."""

    def listed(refusal: StreamRefused | None) -> Iterator[Page]:
        if refusal is not None:
            text = f"{ARTICLES.name}: the export is refused ({refusal})"
            context.warn_once(ARTICLES.path, f"{text}; they are read from their list")
        return _listed_articles(context)

    exported = _by_export(context, ARTICLES, "articles", _articles_of(context))
    return export_or_lists(context, exported, listed)


def _listed_articles(context: ReadContext) -> Iterator[Page]:
    """The list of articles, of which those are sent that changed since the bookmark."""
    name = ARTICLES.name
    bookmark = context.bookmark_time(name, "updated_at")
    floor = text(int(context.read_from(name, "updated_at").timestamp()))
    watermark = ListWatermark("" if bookmark is None else text(int(bookmark.timestamp())))
    for reply in pages(context.api, sized(LISTED_ARTICLES, context.page_size(LARGEST_PAGE))):
        rows = rows_in(reply, "articles")
        moments = stamps(rows, "updated_at")
        watermark.after(reply, [moment for moment in moments if moment >= floor])
        dated = zip(rows, moments, strict=True)
        yield Page({name: [row for row, moment in dated if not moment or moment >= floor]})
    reached = watermark.end()
    if reached is not None:
        yield Page({}, {name: {"updated_at": reached}})


def _articles_of(context: ReadContext) -> Callable[[int], Iterator[list[Row]]]:
    """The articles of one second, from their list."""

    def found(second: int) -> Iterator[list[Row]]:
        for reply in pages(context.api, sized(LISTED_ARTICLES, context.page_size(LARGEST_PAGE))):
            rows = rows_in(reply, "articles")
            yield [row for row in rows if epoch(row.get("updated_at")) == second]

    return found


READERS = (
    _talk("talk_calls", "channels/voice/stats/incremental/calls", "calls"),
    _talk("talk_legs", "channels/voice/stats/incremental/legs", "legs"),
    Reader((ARTICLES,), _articles, _probe(ARTICLES), fallbacks=(LISTED_ARTICLES,)),
)
