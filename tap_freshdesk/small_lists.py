"""Small lists that take no filter: read whole, of which the rows that changed are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import ApiError
from tap_common.replies import object_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Reply, Request
from tap_common.watermark import Watermark
from tap_freshdesk.api import is_refusal
from tap_freshdesk.lists import stamp
from tap_freshdesk.moving_list import read_list

KEY = "updated_at"
NOT_SHOWN = 405
"""What a row's own view is said to answer where the row cannot be shown."""
MOST_FAILURES = 3
"""Own views that fail before the others are asked without patience."""


class Completed(NamedTuple):
    """Rows with what their own views show, and what those met that failed, by the row's id."""

    rows: list[Row]
    failures: Mapping[Any, ApiError] = MappingProxyType({})

    @property
    def failure(self) -> ApiError | None:
        """What the first view that failed met, None if none did."""
        return next(iter(self.failures.values()), None)


Completing = Callable[[ReadContext, list[Row]], Completed]


def filtered(
    stream: Stream,
    completed: Completing = lambda _, rows: Completed(rows),
    part_changed: Callable[[Row], str] = lambda row: "",
) -> Callable[[ReadContext], Iterator[Page]]:
    """The reader of a small list: all of it on the first run, then the rows changed since.

    ``completed`` adds to the rows that are sent what the list does not hold. If that fails for a
    row, the bookmark stays, so that the next run asks again. ``part_changed`` says when a part of a
    row changed that has a time of its own.
    """

    def pages(context: ReadContext) -> Iterator[Page]:
        watermark = Watermark(times.rfc3339(context.bookmarks[stream.name].get(KEY)))
        since = ""
        if watermark.before is not None:
            since = times.text(context.read_from(stream.name, KEY))
        failure: ApiError | None = None
        for page in read_list(context, Request(stream.path, stream.name)):
            rows = [row for row in page.rows if max(stamp(row, since), part_changed(row)) >= since]
            clock = times.second_of(page.date)
            watermark = watermark.at_clock(clock).seen(map(stamp, rows))
            found = completed(context, rows)
            failure = failure or found.failure
            yield Page({stream.name: found.rows}, gaps=gaps(stream, failure))
        if watermark.value is not None and failure is None:
            yield Page(bookmarks={stream.name: {KEY: watermark.value}})

    return pages


def with_details(
    context: ReadContext, stream: Stream, rows: list[Row], *, failed_before: int = 0
) -> Completed:
    """The rows with what only the single view of each one shows.

    A row that has none (it has no id, it is gone meanwhile, or its view is refused) stays as it is,
    and so does one whose view fails. Once some failed, with those that ``failed_before``, the
    vendor may be down, so that the others are asked only once.
    """
    known = [row for row in rows if row.get("id") is not None]
    complete: list[Row] = []
    failures: dict[Any, ApiError] = {}

    def requests() -> Iterator[Request]:
        for row in known:
            attempts = 1 if failed_before + len(failures) > MOST_FAILURES else None
            path = f"{stream.path}/{row['id']}"
            yield Request(path, stream.name, child=True, attempts=attempts)

    for row, answer in zip(known, context.api.get_all(requests()), strict=True):
        try:
            complete.append({**row, **_details(context, stream, answer), "id": row["id"]})
        except ApiError as error:
            complete.append(row)
            failures[row["id"]] = error
    others = [row for row in rows if row.get("id") is None]
    return Completed(complete + others, failures)


def is_not_shown(error: ApiError) -> bool:
    """Does ``error`` say that a row has no view of its own, for these credentials or at all?"""
    return is_refusal(error) or error.status == NOT_SHOWN


def _details(context: ReadContext, stream: Stream, answer: Reply | ApiError) -> Row:
    """What a single view shows: nothing if it is refused. ApiError if it failed."""
    if isinstance(answer, Reply):
        return object_in(answer)
    if not is_not_shown(answer):
        raise answer
    context.warn_once(
        f"details of {stream.name}",
        f"{stream.name}: some rows come without the fields of their single view ({answer})",
    )
    return {}


def gaps(stream: Stream, failure: ApiError | None) -> dict[str, ApiError]:
    """What a page says of rows of which the own view met ``failure``."""
    if failure is None:
        return {}
    text = f"rows came without the fields of their single view ({failure}); the next run asks again"
    return {stream.name: ApiError(text, status=failure.status)}
