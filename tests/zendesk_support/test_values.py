"""Each rule that changes a value, by examples."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tap_common.quota import OWN, RateLimit
from tap_common.vendor import Reply, Request
from tap_zendesk_support import (
    api,
    event_export,
    lists,
    moments,
    organizations,
    tickets,
    users,
)
from tap_zendesk_support.changes import Batch

Row = dict[str, Any]


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({"generated_timestamp": 7}, {"generated_timestamp": 7}),
        ({"updated_at": "1970-01-01T00:00:09Z"}, {"generated_timestamp": 9}),
        ({"id": 1}, {"generated_timestamp": 0}),
        ({"satisfaction_rating": "unoffered"}, {"satisfaction_rating": {"score": "unoffered"}}),
        ({"satisfaction_rating": {"score": "good"}}, {"satisfaction_rating": {"score": "good"}}),
        ({"satisfaction_rating": None}, {"satisfaction_rating": None}),
    ],
)
def test_a_ticket(row: Row, wanted: Row) -> None:
    made = tickets.ticket_row(row, with_map=False)
    assert {name: made[name] for name in wanted} == wanted
    assert "custom_fields_map" not in made


def test_custom_fields_by_id() -> None:
    custom = [{"id": 1, "value": "a"}, {"id": 2, "value": ""}, {"id": 3, "value": False}, "odd"]
    made = tickets.ticket_row({"custom_fields": custom}, with_map=True)
    assert made["custom_fields_map"] == {"1": "a", "2": None, "3": False}
    assert "custom_fields_map" not in tickets.ticket_row({"custom_fields": None}, with_map=True)


@pytest.mark.parametrize(
    ("inside", "beside", "wanted"),
    [
        ({"id": 5, "replies": 1}, [], [{"id": 5, "replies": 1, "ticket_id": 1}]),
        (None, [{"id": 5, "ticket_id": 1}], [{"id": 5, "ticket_id": 1}]),
        ({"id": 5, "ticket_id": 9}, None, [{"id": 5, "ticket_id": 1}]),
        (None, [{"id": 6, "ticket_id": 2}], []),
        (None, None, []),
    ],
)
def test_metrics_of_a_ticket(inside: Any, beside: Any, wanted: list[Row]) -> None:
    row = {"id": 1, "metric_set": inside}
    data = {"tickets": [row], "metric_sets": beside}
    batch = Batch(data, [row], {"metrics": 0}, {}, tickets.generated)
    assert list(tickets.metric_rows(batch, "metrics")) == wanted


@pytest.mark.parametrize(
    ("row", "beside", "is_missing"),
    [
        ({"id": 1}, None, True),
        ({"id": 1}, [], True),
        ({"id": 1, "metric_set": None}, None, False),
        ({"id": 1}, [{"id": 5, "ticket_id": 1}], False),
        ({"id": 1, "status": "deleted"}, None, False),
    ],
)
def test_whether_metrics_came(row: Row, beside: Any, is_missing: bool) -> None:
    batch = Batch({"tickets": [row], "metric_sets": beside}, [row], {}, {}, tickets.generated)
    assert (tickets.missing_metrics(batch) is not None) == is_missing


@pytest.mark.parametrize(
    ("row", "moment", "is_wanted"),
    [({"id": 1}, 0, True), ({"id": 1}, 6, False), ({"id": 1}, 7, True), ({"id": 1}, 8, True)],
)
def test_rows_are_wanted_from_a_moment_on_and_if_they_say_none(
    row: Row, moment: int, *, is_wanted: bool
) -> None:
    batch = Batch({}, [row], {"tickets": 7}, {}, lambda _: moment)
    assert batch.wanted("tickets") == [row] * is_wanted


FIRST, SECOND, THIRD = (f"2026-05-0{day}T00:00:00Z" for day in (1, 2, 3))
CLOCK = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pages", "bookmarks", "at_the_end"),
    [
        ([[FIRST, SECOND], [SECOND, THIRD]], [SECOND, THIRD], THIRD),
        ([[SECOND, ""], ["", THIRD]], [SECOND, THIRD], THIRD),
        ([[THIRD, SECOND], [SECOND]], [FIRST, FIRST], THIRD),
        ([[THIRD], [SECOND], [THIRD]], [THIRD, FIRST, FIRST], THIRD),
        ([[THIRD, "2030-01-01T00:00:00Z"]], ["2026-05-04T00:00:00Z"], "2026-05-04T00:00:00Z"),
        ([[], [""]], [FIRST, FIRST], FIRST),
    ],
)
def test_a_bookmark_follows_a_list_as_long_as_its_rows_ascend(
    pages: list[list[str]], bookmarks: list[str], at_the_end: str
) -> None:
    reply = Reply(Request("lists", "lists"), {}, {}, CLOCK)
    watermark = lists.ListWatermark(FIRST)
    assert [watermark.after(reply, page) for page in pages] == bookmarks
    assert watermark.end() == at_the_end


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({"timestamp": 7, "created_at": "1970-01-01T00:00:09Z"}, 7),
        ({"timestamp": None, "created_at": "1970-01-01T00:00:09Z"}, 9),
        ({"created_at": "soon"}, 0),
    ],
)
def test_when_a_row_came_into_an_export(row: Row, wanted: int) -> None:
    assert event_export.event_export("audits").moment(row) == wanted


def test_flags_of_users_and_organizations() -> None:
    assert users.user_row({"id": 1}) == {"id": 1, "permanently_deleted": False}
    erased = {"id": 1, "permanently_deleted": True}
    assert users.user_row(erased) == erased
    assert organizations.organization_row({"id": 1}) == {"id": 1, "deleted_at": None}
    gone = {"id": 1, "deleted_at": "2026-05-01T00:00:00Z"}
    assert organizations.organization_row(gone) == gone


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("2026-05-01T00:00:03Z", 1777593603),
        ("2026-05-01T00:00:03.999Z", 1777593603),
        ("2026-05-01T02:00:03+02:00", 1777593603),
        (1777593603, 1777593603),
        ("1777593603", 1777593603),
        (1777593603.5, 1777593603),
        (None, None),
        ("", None),
        (True, None),
        ("soon", None),
        ([1], None),
        (1777593603000, None),
        ("1777593603000", None),
        (-(10**18), None),
        ("9" * 5_000, None),
        (float("inf"), None),
    ],
)
def test_epoch_seconds(value: Any, wanted: int | None) -> None:
    assert moments.epoch(value) == wanted


def test_a_moment_as_text() -> None:
    assert moments.text(1777593603) == "2026-05-01T00:00:03Z"


def test_a_cursor_that_the_tap_builds() -> None:
    """It holds "d" with the second, then "i" with the id 0, each as 64 bits from the lowest."""
    cursor = json.loads(base64.b64decode(lists.cursor_at(1777593603)))
    assert cursor["o"] == "updated_at,id"
    assert base64.b64decode(cursor["v"]).hex() == "6403edf36900000000690000000000000000"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"error": "Forbidden", "description": "no"}, ("Forbidden", "no")),
        ({"error": {"title": "Forbidden", "message": "no"}}, ("Forbidden", "no")),
        ({"error": "Couldn't authenticate you"}, ("Couldn't authenticate you", "")),
        ({"error": "invalid_token", "error_description": "old"}, ("invalid_token", "old")),
        ({"message": "no"}, (None, "no")),
        ({"errors": [{"code": "Forbidden", "title": "no", "meta": {}}]}, ("Forbidden", "no")),
        ({"errors": [{"title": "no"}]}, (None, "no")),
        ({"errors": []}, (None, "")),
        ({"tickets": []}, None),
        ([], None),
        (None, None),
    ],
)
def test_what_an_error_says(body: Any, wanted: Any) -> None:
    assert api.explain(body) == wanted


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, []),
        (
            {"ratelimit-limit": "700", "ratelimit-remaining": "690", "ratelimit-reset": "9"},
            [RateLimit(limit=700, remaining=690, reset=9)],
        ),
        (
            {"x-rate-limit": "400", "x-rate-limit-remaining": "399"},
            [RateLimit(limit=400, remaining=399, reset=None)],
        ),
        (
            {"zendesk-ratelimit-incremental-exports": "total=10; remaining=9; resets=6"},
            [RateLimit("incremental-exports", limit=10, remaining=9, reset=6)],
        ),
        (
            {"Zendesk-RateLimit-search-index": "total=100; remaining=1; resets=2"},
            [RateLimit(OWN, limit=100, remaining=1, reset=2)],
        ),
    ],
)
def test_what_rate_headers_say(headers: dict[str, str], wanted: list[RateLimit]) -> None:
    assert list(api.rate_limits(headers)) == wanted
