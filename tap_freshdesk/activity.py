"""Ratings and time entries, from their account-wide lists: a time entry does not touch its ticket's time of change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tap_common import times
from tap_common.context import ReadContext, Reader
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_freshdesk.lists import LARGEST_PAGE, numbered, rows, stamp

RATINGS = Stream(
    "satisfaction_ratings",
    "surveys/satisfaction_ratings",
    method="INCREMENTAL",
    replication_key="updated_at",
)
TIME_ENTRIES = Stream(
    "time_entries", "time_entries", method="INCREMENTAL", replication_key="updated_at"
)


def _ratings(context: ReadContext) -> Iterator[Page]:
    """Ratings created since the bookmark less ``ratings_lookback_days``: there is no filter by time of change.

    A second earlier, since nobody says whether the filter includes its own second.
    """
    bookmark = context.bookmark_time(RATINGS.name, "updated_at")
    since = (
        bookmark - timedelta(days=context.config["ratings_lookback_days"])
        if bookmark
        else context.start
    )
    asked = times.text(since.replace(microsecond=0) - timedelta(seconds=1))
    request = Request(RATINGS.path, RATINGS.name, {"created_since": asked})
    for page in _read(context, RATINGS, request, ""):
        yield page._replace(
            rows={RATINGS.name: [_rating(row) for row in page.rows.get(RATINGS.name, ())]}
        )


def _rating(row: Row) -> Row:
    """The rating with its answers as a list of {question, value}: the API sends {question: value}."""
    answers = row.get("ratings")
    if not isinstance(answers, dict):
        return row
    return {
        **row,
        "ratings": [{"question": question, "value": value} for question, value in answers.items()],
    }


def _time_entries(context: ReadContext) -> Iterator[Page]:
    """Entries changed since the bookmark, and running ones.

    The API filters by the day worked only, which an edit does not move, so the whole list is read unless
    ``time_entries_lookback_days`` says how old an entry may be to be looked at.
    """
    since = context.read_from(TIME_ENTRIES.name, "updated_at")
    days = context.config["time_entries_lookback_days"]
    params = (
        {"executed_after": times.text((since - timedelta(days=days)).replace(microsecond=0))}
        if days
        else {}
    )
    yield from _read(
        context,
        TIME_ENTRIES,
        Request(TIME_ENTRIES.path, TIME_ENTRIES.name, params),
        times.text(since),
    )


def _read(context: ReadContext, stream: Stream, request: Request, since: str) -> Iterator[Page]:
    """All pages without the rows changed before ``since``; at the end the bookmark: the newest change, at most the beginning."""
    began, newest = "", ""
    for reply in numbered(context.api, request, context.page_size(LARGEST_PAGE)):
        began = began or times.text(reply.date)
        kept = [
            row for row in rows(reply) if stamp(row, since) >= since or row.get("timer_running")
        ]
        newest = max([newest, *(stamp(row, "") for row in kept)])
        yield Page({stream.name: kept})
    before = times.rfc3339(context.bookmarks[stream.name].get("updated_at")) or ""
    if newest:
        yield Page({}, {stream.name: {"updated_at": max(min(newest, began), before)}})


READERS = (
    Reader((RATINGS,), _ratings, Request(RATINGS.path, RATINGS.name, {"per_page": 1})),
    Reader(
        (TIME_ENTRIES,),
        _time_entries,
        Request(TIME_ENTRIES.path, TIME_ENTRIES.name, {"per_page": 1}),
    ),
)
