"""Streams of time exports that say nothing of their end: Talk's calls and legs, and the help centre's articles."""

from __future__ import annotations

from collections.abc import Iterator

from tap_common.model import Page, Reader, Stream, Walk
from tap_common.sync import lookback
from tap_common.vendor import Request
from tap_zendesk_support import exports
from tap_zendesk_support.exports import Export
from tap_zendesk_support.lists import text

PROBED_SINCE = 1577836800


def _reader(name: str, endpoint: str, envelope: str) -> Reader:
    stream = Stream(name, endpoint, method="INCREMENTAL", replication_key="updated_at")
    export = Export(Request(endpoint, name), envelope, "updated_at")

    def pages(walk: Walk) -> Iterator[Page]:
        bookmark = walk.moment(name, "updated_at")
        since = int((lookback(bookmark, walk.config) if bookmark else walk.start).timestamp())
        before = int(bookmark.timestamp()) if bookmark else 0
        for batch in exports.by_time(walk, export, since):
            moment = batch.position.moment
            moved = moment is not None and moment >= before
            yield Page({name: batch.rows}, {name: {"updated_at": text(moment)}} if moved and moment is not None else {})

    return Reader((stream,), pages, Request(endpoint, name, {"start_time": PROBED_SINCE, "per_page": 1}))


READERS = (
    _reader("talk_calls", "channels/voice/stats/incremental/calls", "calls"),
    _reader("talk_legs", "channels/voice/stats/incremental/legs", "legs"),
    _reader("articles", "help_center/incremental/articles", "articles"),
)
