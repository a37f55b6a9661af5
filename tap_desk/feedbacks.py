"""What customers thought of an answer."""

from __future__ import annotations

from collections.abc import Iterator

from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_desk.hal import LARGEST_PAGE, Columns, below, entries, href, identifier, pages
from tap_desk.search import Misbehaved, by_id

FEEDBACKS = Stream("feedbacks", "feedbacks")


def _feedback(row: Row) -> Row:
    """The feedback with the columns of Segment's table: one of its names is misprinted there."""
    text = row.get("additional_feedback", row.get("additonal_feedback"))
    names = {"additional_feedback": text, "additonal_feedback": text}
    return {**row, **names, "user": row["user_id"], "case": row["case_id"]}


FEEDBACK_COLUMNS = Columns(("user", "case"), arranged=_feedback)


def _read(context: ReadContext) -> Iterator[Page]:
    """The list of all feedbacks, or on an account without it those of each case that has some.

    The list is inferred from /feedbacks/{id} and /cases/{id}/feedbacks, which were seen.
    """
    try:
        for reply in pages(
            context.api, Request(FEEDBACKS.path, FEEDBACKS.name), context.page_size(LARGEST_PAGE)
        ):
            yield Page({FEEDBACKS.name: [FEEDBACK_COLUMNS(row) for row in entries(reply)]})
        return
    except ApiError as error:
        if error.status != 404:
            raise
    lists = below(context, FEEDBACKS, lambda parent: f"cases/{parent}/feedbacks")
    request = Request("cases/search", FEEDBACKS.name, {"per_page": context.page_size(LARGEST_PAGE)})
    try:
        for cases, _ in by_id(context.api, request, None, 0):
            parents = [str(identifier(case)) for case in cases if href(case, "feedbacks")]
            for _, rows in lists.below(parents):
                yield Page({FEEDBACKS.name: [FEEDBACK_COLUMNS(row) for row in rows]})
    except Misbehaved as error:
        raise ApiError(f"feedbacks: {error}") from None


READERS = (
    Reader(
        (FEEDBACKS,),
        _read,
        Request("feedbacks", FEEDBACKS.name, {"per_page": 1}),
        (Request("cases", FEEDBACKS.name, {"per_page": 1}),),
    ),
)
