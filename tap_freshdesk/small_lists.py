"""Small lists that take no filter: read whole, of which the rows that changed are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.replies import object_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Reply, Request
from tap_common.watermark import Watermark
from tap_freshdesk.lists import stamp
from tap_freshdesk.moving_list import read_list

KEY = "updated_at"
Completed = Callable[[ReadContext, list[Row]], list[Row]]


def filtered(
    stream: Stream,
    completed: Completed = lambda _, rows: rows,
    part_changed: Callable[[Row], str] = lambda row: "",
) -> Callable[[ReadContext], Iterator[Page]]:
    """The reader of a small list: all of it on the first run, then the rows changed since.

    ``completed`` adds to the rows that are sent what the list does not hold. ``part_changed`` says
    when a part of a row changed that has a time of its own.
    """

    def pages(context: ReadContext) -> Iterator[Page]:
        watermark = Watermark(times.rfc3339(context.bookmarks[stream.name].get(KEY)))
        since = ""
        if watermark.before is not None:
            since = times.text(context.read_from(stream.name, KEY))
        for page in read_list(context, Request(stream.path, stream.name)):
            rows = [row for row in page.rows if max(stamp(row, since), part_changed(row)) >= since]
            clock = times.second_of(page.date)
            watermark = watermark.at_clock(clock).seen(map(stamp, rows))
            yield Page({stream.name: completed(context, rows)})
        if watermark.value is not None:
            yield Page(bookmarks={stream.name: {KEY: watermark.value}})

    return pages


def with_details(context: ReadContext, stream: Stream, rows: list[Row]) -> list[Row]:
    """The rows with what only the single view of each one shows.

    A row that has none (it has no id, it is gone meanwhile, or its view is refused) stays as it is.
    """
    known = [row for row in rows if row.get("id") is not None]
    requests = [Request(f"{stream.path}/{row['id']}", stream.name, child=True) for row in known]
    answers = context.api.get_all(requests)
    others = [row for row in rows if row.get("id") is None]
    complete = [
        _with_details(context, stream, row, answer)
        for row, answer in zip(known, answers, strict=True)
    ]
    return complete + others


def _with_details(context: ReadContext, stream: Stream, row: Row, answer: Reply | ApiError) -> Row:
    """ApiError if the view failed, because a later run would not ask for it again."""
    if isinstance(answer, Reply):
        return {**row, **object_in(answer), "id": row.get("id")}
    if not 400 <= answer.status < 500:
        raise answer
    context.warn_once(
        f"details of {stream.name}",
        f"{stream.name}: some rows come without the fields of their single view ({answer})",
    )
    return row
