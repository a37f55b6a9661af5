"""Readers that several vendors need: a list that is read whole, a single object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from tap_common.context import ReadContext
from tap_common.errors import ApiError, StreamRefused
from tap_common.replies import object_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request

MOST_READINGS = 5
"""How often a list that gets shorter while it is read is read again."""

Pages = Callable[[ReadContext], Iterator[Page]]
P = TypeVar("P")
RowPages = Callable[[ReadContext, Request], Iterator[list[Row]]]
"""The pages of rows of the list that a request asks for."""


def whole(stream: Stream, row_pages: RowPages, *fallbacks: str) -> Pages:
    """The reader of a list that is read whole in each run.

    ``fallbacks`` are paths to try where the stream's own path answers 404.
    """

    def pages(context: ReadContext) -> Iterator[Page]:
        paths = (stream.path, *fallbacks)
        for path in paths:
            try:
                for rows in row_pages(context, Request(path, stream.name)):
                    yield Page({stream.name: rows})
                return
            except StreamRefused as error:
                if error.status != 404 or path == paths[-1]:
                    raise

    return pages


def single(stream: Stream, envelope: str | None = None) -> Pages:
    """The reader of a path that answers one object, which may lie in an ``envelope``."""

    def pages(context: ReadContext) -> Iterator[Page]:
        reply = context.api.get(Request(stream.path, stream.name))
        yield Page({stream.name: [object_in(reply, envelope)]})

    return pages


def until_steady(path: str, read: Callable[[], Iterator[tuple[P, int]]]) -> Iterator[P]:
    """The pages of a numbered list, which is read again if it got shorter meanwhile.

    ``read`` reads the list from its start and yields its pages, each with the number of rows that
    the list then had. When a row leaves a numbered list, those behind it move up by one, and the
    first row of the next page is never seen. ApiError if the list keeps getting shorter.
    """
    for _ in range(MOST_READINGS):
        counts = []
        for rows, count in read():
            counts.append(count)
            yield rows
        if counts == sorted(counts):
            return
    raise ApiError(f"{path}: the list got shorter during each of {MOST_READINGS} readings")
