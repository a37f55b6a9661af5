"""What a reader is given: where a read begins, and what is selected."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_common import times
from tap_common.context import ReadContext
from tap_common.errors import UsageError
from tap_common.stream import Stream
from tests.clock import START, SimulatedClock
from tests.tap_common.script import Script, api, config, lines

BEGIN = datetime.fromisoformat("2025-06-01T00:00:00.5+00:00")


def context(bookmark: dict[str, Any] | None = None, late: int = 0, **values: Any) -> ReadContext:
    """A context with one stream, whose rows appear up to ``late`` seconds late."""
    clock = SimulatedClock()
    stream = Stream("tickets", "tickets", lookback=timedelta(seconds=late))
    return ReadContext(
        api=api(Script(lines(), clock), clock),
        config=config(**values),
        streams={"tickets": stream},
        fields={"tickets": frozenset({"id", "subject"})},
        bookmarks={"tickets": bookmark or {}},
        start=BEGIN,
        owed={},
    )


@pytest.mark.parametrize(
    ("bookmark", "late", "values", "begin"),
    [
        ({}, 0, {}, "2025-06-01T00:00:00Z"),
        ({"other": "2026-01-01T00:00:00Z"}, 0, {}, "2025-06-01T00:00:00Z"),
        ({"a": "2026-01-01T12:00:00Z"}, 0, {}, "2026-01-01T11:55:00Z"),
        ({"a": "2026-01-01T12:00:00Z"}, 0, {"lookback_seconds": 0}, "2026-01-01T12:00:00Z"),
        ({"a": "2026-01-01T12:00:00Z"}, 3600, {}, "2026-01-01T11:00:00Z"),
        ({"a": "2026-01-01T12:00:00Z"}, 60, {"lookback_seconds": 120}, "2026-01-01T11:58:00Z"),
        ({"a": "2026-01-01T12:00:00.9Z"}, 0, {"lookback_seconds": 0}, "2026-01-01T12:00:00Z"),
        ({"b": "2026-01-02"}, 0, {"lookback_seconds": 0}, "2026-01-02T00:00:00Z"),
        (
            {"a": "2026-01-01T00:00:00Z", "b": "2026-01-02T00:00:00Z"},
            0,
            {"lookback_seconds": 0},
            "2026-01-01T00:00:00Z",
        ),
        ({"a": "1970-01-01T00:00:00Z"}, 0, {}, "1971-01-01T00:00:00Z"),
        ({"a": None}, 0, {}, "2025-06-01T00:00:00Z"),
    ],
)
def test_a_read_begins_at_the_bookmark_less_the_look_back_or_at_the_start_date(
    bookmark: dict[str, Any], late: int, values: dict[str, Any], begin: str
) -> None:
    assert times.text(context(bookmark, late, **values).read_from("tickets", "a", "b")) == begin


@given(
    st.datetimes(datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2100-01-01")),
    st.integers(0, 10**6),
)
def test_a_filter_that_starts_there_includes_what_the_bookmark_includes(
    bookmark: datetime, lookback: int
) -> None:
    value = f"{bookmark.isoformat()}Z"
    begin = context({"a": value}, lookback_seconds=lookback).read_from("tickets", "a")
    assert begin <= times.parse(value)
    assert begin.microsecond == 0


@pytest.mark.parametrize("value", ["soon", "", 7, True, [], {"x": 1}])
def test_a_bookmark_that_is_no_date_time_is_a_usage_error(value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        context({"a": value}).bookmark_time("tickets", "a")
    assert str(caught.value) == (
        f"state: bookmarks.tickets.a is {value!r}, which is not a date-time; correct or remove it"
    )


def test_what_is_selected() -> None:
    given_context = context()
    assert given_context.selects("tickets")
    assert not given_context.selects("users")
    assert given_context.wants("tickets", "subject", "other")
    assert not given_context.wants("tickets", "other")
    assert not given_context.wants("users", "id")
    assert given_context.now() == START


@pytest.mark.parametrize(("configured", "size"), [(None, 100), (30, 30), (1000, 100)])
def test_a_page_has_at_most_what_the_vendor_allows(configured: int | None, size: int) -> None:
    assert context(page_size=configured).page_size(100) == size


def test_a_topic_is_warned_of_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("tap"), "propagate", True)
    given_context = context()
    given_context.warn_once("spam", "spam is refused")
    given_context.warn_once("spam", "spam is refused again")
    given_context.warn_once("ham", "ham is refused")
    given_context.warn("always")
    given_context.warn("always")
    assert caplog.messages == ["spam is refused", "ham is refused", "always", "always"]
