"""Surveys of customer satisfaction and their responses, which replace satisfaction_ratings.

An account has one of the two (Zendesk's reference, Survey Responses).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tap_common import times
from tap_common.context import ReadContext, Reader
from tap_common.replies import objects, rows_in
from tap_common.stream import Page, Row, Stream
from tap_common.vendor import Request
from tap_zendesk_support.lists import numbered, sized
from tap_zendesk_support.tables import Table, unfiltered

LARGEST_PAGE = 50
OPEN_FOR = timedelta(days=29)
"""A response may change for 28 days, and its filter goes by the day on which it was sent."""
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def sent_at(response_id: Any) -> datetime | None:
    """When a survey was sent: its id is a ULID, whose first ten characters are milliseconds."""
    word = str(response_id).upper()[:10]
    if len(word) < 10 or not set(word) <= set(_DIGITS):
        return None
    milliseconds = 0
    for letter in word:
        milliseconds = milliseconds * len(_DIGITS) + _DIGITS.index(letter)
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def response_row(row: Row) -> Row:
    """The row of ``survey_responses``, with when an answer last changed, and its ticket.

    Without answers it last changed when it was sent. Older replies name the survey in two fields of
    the response (an older state of Zendesk's reference).
    """
    answers, subjects = objects(row.get("answers")), objects(row.get("subjects"))
    changed = [times.rfc3339(answer.get("updated_at")) for answer in answers]
    sent = sent_at(row.get("id"))
    known = [moment for moment in changed if moment]
    updated_at = max(known, key=times.parse) if known else None
    if updated_at is None and sent is not None:
        updated_at = times.text(sent)
    tickets = [one.get("id") for one in subjects if one.get("type") == "ticket"]
    about = {"updated_at": updated_at, "ticket_id": tickets[0] if tickets else None}
    if row.get("survey") is None and "survey_id" in row:
        about["survey"] = {"id": row["survey_id"], "version": row.get("survey_version")}
    others = {name: row[name] for name in row if name not in ("survey_id", "survey_version")}
    return numbered({**others, **about}, "responder_id", "ticket_id")


def _since(_: ReadContext, since: datetime) -> Mapping[str, Any]:
    return {"filter[created_at_start]": int((since - OPEN_FOR).timestamp() * 1000)}


RESPONSES = Table(
    Stream(
        "survey_responses",
        "guide/survey_responses",
        method="INCREMENTAL",
        replication_key="updated_at",
        bookmark_keys=("updated_at",),
        lookback=timedelta(minutes=10),
        note="those that were sent up to 29 days before",
    ),
    "survey_responses",
    params={"sort": "id"},
    since=_since,
    largest=LARGEST_PAGE,
    shape=response_row,
)
SURVEYS = Table(Stream("csat_surveys", "guide/en-us/surveys"), "surveys", largest=LARGEST_PAGE)


def _responses(context: ReadContext) -> Iterator[Page]:
    """The responses that changed, by the filter or, where that is misread, from all of them.

    Zendesk's reference calls the filter's number epoch time, its live API takes milliseconds (notes
    on a live account, October 2026). Read as seconds, it leaves out everything.
    """
    is_empty = True
    for page in RESPONSES.pages(context):
        is_empty = is_empty and not any(page.rows.values())
        yield page
    if is_empty and _is_misread(context):
        yield from replace(RESPONSES, since=unfiltered).pages(context)


def _is_misread(context: ReadContext) -> bool:
    """Are there responses that the filter should have shown?"""
    name = RESPONSES.stream.name
    request = sized(Request(RESPONSES.stream.path, name), LARGEST_PAGE)
    sent = [sent_at(row.get("id")) for row in rows_in(context.api.get(request), name)]
    begin = context.read_from(name, "updated_at") - OPEN_FOR
    return any(moment >= begin for moment in sent if moment is not None)


READERS = (
    Reader((RESPONSES.stream,), _responses, RESPONSES.reader().probe),
    SURVEYS.reader(),
)
