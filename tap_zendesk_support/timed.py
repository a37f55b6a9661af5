"""Streams of time exports that say nothing of their end: Talk's calls and legs, and the help centre's articles."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support import exports
from tap_zendesk_support.exports import Export
from tap_zendesk_support.lists import LARGEST_PAGE, pages, rows, sized, text

PROBED_SINCE = 1577836800


def _second(
    context: ReadContext, export: Export, endpoint: str
) -> Callable[[int], Iterator[list[Row]]]:
    """All rows of one second, from the list at ``endpoint``."""

    def found(second: int) -> Iterator[list[Row]]:
        for reply in pages(
            context.api,
            sized(Request(endpoint, export.request.stream), context.page_size(LARGEST_PAGE)),
        ):
            yield [row for row in rows(reply, export.envelope) if export.moment(row) == second]

    return found


def _reader(name: str, endpoint: str, envelope: str, listed: str = "") -> Reader:
    """The reader of an export; ``listed`` is the list of the same rows, if there is one, for a second that fills a page."""
    stream = Stream(name, endpoint, method="INCREMENTAL", replication_key="updated_at")
    export = Export(Request(endpoint, name), envelope, "updated_at")

    def changed(context: ReadContext) -> Iterator[Page]:
        bookmark = context.bookmark_time(name, "updated_at")
        since = int(context.read_from(name, "updated_at").timestamp())
        before = int(bookmark.timestamp()) if bookmark else 0
        crowded = _second(context, export, listed) if listed else None
        for batch in exports.by_time(context, export, since, crowded):
            moment = batch.position.moment
            moved = moment is not None and moment >= before
            yield Page(
                {name: batch.rows},
                {name: {"updated_at": text(moment)}} if moved and moment is not None else {},
            )

    return Reader(
        (stream,), changed, Request(endpoint, name, {"start_time": PROBED_SINCE, "per_page": 1})
    )


READERS = (
    _reader("talk_calls", "channels/voice/stats/incremental/calls", "calls"),
    _reader("talk_legs", "channels/voice/stats/incremental/legs", "legs"),
    _reader(
        "articles", "help_center/incremental/articles", "articles", listed="help_center/articles"
    ),
)
