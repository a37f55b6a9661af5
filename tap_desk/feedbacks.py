"""What customers thought of an answer."""

from __future__ import annotations

from collections.abc import Iterator

from tap_common.context import ReadContext, Reader
from tap_common.errors import ApiError, StreamRefused
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_desk.lists import LARGEST_PAGE, below, row_pages
from tap_desk.rows import Columns, href, ids_of
from tap_desk.search import by_id
from tap_desk.search_page import Misbehaved

FEEDBACKS = Stream("feedbacks", "feedbacks")
FEEDBACKS_OF_A_CASE = "cases/{id}/feedbacks"


def _feedback(row: Row) -> Row:
    """The feedback with the columns of Segment's table, where one of the names is misprinted."""
    text = row.get("additional_feedback", row.get("additonal_feedback"))
    return {
        **row,
        "additional_feedback": text,
        "additonal_feedback": text,
        "user": row["user_id"],
        "case": row["case_id"],
    }


FEEDBACK_COLUMNS = Columns(("user", "case"), change=_feedback)


def _read(context: ReadContext) -> Iterator[Page]:
    """The list of all feedbacks, or on an account without it those of each case that has some.

    The list is inferred from /feedbacks/{id} and /cases/{id}/feedbacks, which were seen (Data
    Virtuality's connector).
    """
    try:
        for rows in row_pages(FEEDBACK_COLUMNS)(context, Request(FEEDBACKS.path, FEEDBACKS.name)):
            yield Page({FEEDBACKS.name: rows})
    except StreamRefused as error:
        if error.status != 404:
            raise
        yield from _by_case(context)


def _by_case(context: ReadContext) -> Iterator[Page]:
    lists = below(context, FEEDBACKS, FEEDBACKS_OF_A_CASE)
    request = Request("cases/search", FEEDBACKS.name)
    size = context.page_size(LARGEST_PAGE)
    try:
        for page in by_id(context.api, request, size, None, 0):
            rated = [case for case in page.rows if href(case, "feedbacks")]
            for _, found in lists.below(ids_of(rated)):
                yield Page({FEEDBACKS.name: [FEEDBACK_COLUMNS(row) for row in found]})
    except Misbehaved as error:
        raise ApiError(str(error), status=error.status) from None


READERS = (
    Reader(
        (FEEDBACKS,),
        _read,
        Request("feedbacks", FEEDBACKS.name, {"per_page": 1}),
        (Request("cases", FEEDBACKS.name, {"per_page": 1}),),
    ),
)
