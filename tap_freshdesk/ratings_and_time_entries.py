"""Ratings and time entries, from their account-wide lists, which take no filter by time of change.

A time entry does not move its ticket's time of change, so the way over changed tickets would miss
some.
"""

from __future__ import annotations

from tap_common.context import Reader
from tap_common.stream import Row, Stream, date_times
from tap_common.vendor import Request
from tap_freshdesk.swept_list import KEY, SWEEP, SweptList

RATINGS = Stream(
    "satisfaction_ratings",
    "surveys/satisfaction_ratings",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=(KEY, SWEEP),
    bookmark_check=date_times(KEY),
)
TIME_ENTRIES = Stream(
    "time_entries",
    "time_entries",
    method="INCREMENTAL",
    replication_key="updated_at",
    bookmark_keys=(KEY, SWEEP),
    bookmark_check=date_times(KEY),
)


def rating(row: Row) -> Row:
    """The rating with its answers as a list of {question, value}; the API sends an object."""
    answers = row.get("ratings")
    if not isinstance(answers, dict):
        return row
    pairs = [{"question": question, "value": value} for question, value in answers.items()]
    return {**row, "ratings": pairs}


READERS = (
    Reader(
        (RATINGS,),
        SweptList(RATINGS, "created_since", "ratings_lookback_days", rating),
        Request(RATINGS.path, RATINGS.name, {"per_page": 1}),
    ),
    Reader(
        (TIME_ENTRIES,),
        SweptList(TIME_ENTRIES, "executed_after", "time_entries_lookback_days"),
        Request(TIME_ENTRIES.path, TIME_ENTRIES.name, {"per_page": 1}),
    ),
)
