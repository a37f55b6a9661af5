"""How long a request is repeated, and when a smaller page is asked for instead."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_common.errors import (
    ApiError,
    PageTooLarge,
    StreamRefused,
    Unreachable,
)
from tap_common.vendor import Reply, Request
from tests.clock import START, SimulatedClock
from tests.tap_common.script import (
    GOOD,
    LOST,
    REFUSED,
    SILENT,
    TICKETS,
    Line,
    Said,
    Script,
    api,
    asked,
    lines,
)


@pytest.mark.parametrize(
    "said",
    [
        *[Said(status, b"") for status in (409, 500, 501, 502, 503, 504, 520, 522, 524, 599)],
        Said(200, b'[{"id": 1}, {"i'),
        Said(200, b"<html>maintenance</html>"),
        Said(200, GOOD.body, cut=3),
        LOST,
        SILENT,
    ],
    ids=str,
)
def test_what_may_pass_is_repeated(said: Line) -> None:
    reply, script, seconds = asked(said, said, GOOD, first=False)
    assert isinstance(reply, Reply)
    assert script.asked == ["tickets"] * 3
    assert 0 < seconds < 1.5 + 2 * 120


@settings(max_examples=50, deadline=None)
@given(patience=st.integers(0, 400), status=st.sampled_from([500, 503, 599]))
def test_a_request_is_repeated_as_long_as_the_config_allows(patience: int, status: int) -> None:
    error, script, seconds = asked(Said(status, b""), first=False, retry_seconds=patience)
    assert isinstance(error, ApiError)
    times = "1 attempt" if script.asked == ["tickets"] else f"{len(script.asked)} attempts"
    assert str(error) == f"tickets: HTTP {status} (given up after {times})"
    assert error.status == status
    assert patience - 30 <= seconds <= patience


@pytest.mark.parametrize("said", [Said(500, b""), LOST, Said(200, b"<html>")], ids=str)
def test_an_address_that_never_answered_well_is_given_up_soon(said: Line) -> None:
    error, _, seconds = asked(said)
    assert isinstance(error, Exception)
    limit = 300 if isinstance(said, Said) and said.status == 500 else 15
    assert seconds <= limit


def test_first_contact_is_limited_for_all_requests_together() -> None:
    clock = SimulatedClock()
    source = api(Script(lines(LOST), clock), clock)
    for _ in range(3):
        with pytest.raises(Unreachable):
            source.get(TICKETS)
    assert clock.monotonic() <= 15
    assert not source.has_replied


def test_a_network_that_stays_away_ends_the_run() -> None:
    error, _, seconds = asked(LOST, first=False, retry_seconds=90)
    assert isinstance(error, Unreachable)
    assert str(error) == "no reply from acme.example: connection reset"
    assert 60 <= seconds <= 90


def test_time_that_is_spent_waiting_for_the_rate_limit_is_no_patience() -> None:
    throttled = Said(429, b"", {"Retry-After": "600"})
    reply, script, seconds = asked(throttled, Said(502, b""), GOOD, first=False)
    assert isinstance(reply, Reply)
    assert len(script.asked) == 3
    assert 600 <= seconds <= 601


@pytest.mark.parametrize(
    "wait", ["30", format_datetime(START + timedelta(seconds=30), usegmt=True)]
)
def test_a_pause_that_the_vendor_asks_for_is_kept(wait: str) -> None:
    reply, _, seconds = asked(Said(503, b"", {"Retry-After": wait}), GOOD, first=False)
    assert isinstance(reply, Reply)
    assert seconds == pytest.approx(30, abs=0.01)


def test_a_pause_longer_than_the_patience_is_not_waited_for() -> None:
    error, script, seconds = asked(
        Said(503, b"", {"Retry-After": "86400"}), first=False, retry_seconds=1
    )
    assert str(error) == "tickets: HTTP 503 (given up after 1 attempt)"
    assert (len(script.asked), seconds) == (1, 0)


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({"Retry-After": "17"}, 17),
        ({}, 60),
        ({"Retry-After": "-5"}, 60),
        ({"Retry-After": "9" * 400}, 60),
    ],
)
def test_a_429_waits_as_long_as_the_vendor_says(headers: dict[str, str], pause: float) -> None:
    reply, script, seconds = asked(Said(429, b"", headers), GOOD, first=False)
    assert isinstance(reply, Reply)
    assert len(script.asked) == 2
    assert seconds == pytest.approx(pause, abs=1)


def test_a_429_that_asks_for_more_than_the_rate_window_is_a_failure() -> None:
    error, script, seconds = asked(Said(429, b"", {"Retry-After": "7200"}), first=False)
    assert str(error) == (
        "tickets: HTTP 429: the vendor asks to wait 7200 s, longer than its rate window"
    )
    assert (len(script.asked), seconds) == (1, 0)


def test_a_rate_limit_that_is_always_used_up_is_a_failure_in_the_end() -> None:
    error, script, _ = asked(Said(429, b"", {"Retry-After": "1"}), first=False)
    assert str(error) == "tickets: HTTP 429: the rate limit is used up after 50 pauses"
    assert len(script.asked) == 50


def test_the_pauses_of_a_request_are_no_longer_than_two_of_the_longest_rate_window() -> None:
    error, _, seconds = asked(Said(429, b"", {"Retry-After": "3000"}), first=False)
    assert str(error) == "tickets: HTTP 429: the rate limit is used up after 9000 s of pauses"
    assert seconds == 6000


@pytest.mark.parametrize(
    "said",
    [
        *[Said(status, b"") for status in (500, 502, 503, 504, 520, 522, 524)],
        SILENT,
        Said(200, GOOD.body, cut=3),
        Said(200, b'[{"id":'),
    ],
    ids=str,
)
def test_three_failures_that_a_smaller_page_may_avoid_ask_for_one(said: Line) -> None:
    request = Request("tickets", "tickets", shrinkable=True)
    error, script, _ = asked(said, request=request, first=False)
    assert isinstance(error, PageTooLarge)
    assert len(script.asked) == 3


def test_other_failures_do_not_ask_for_a_smaller_page() -> None:
    request = Request("tickets", "tickets", shrinkable=True)
    error, script, _ = asked(Said(501, b""), request=request, first=False)
    assert type(error) is ApiError
    assert len(script.asked) > 3


def test_a_reply_beyond_the_limit_asks_for_a_smaller_page_at_once() -> None:
    body = b'["' + b"x" * 1_000_000 + b'"]'
    error, script, _ = asked(Said(200, body), largest_reply_mb=1)
    assert isinstance(error, PageTooLarge)
    assert len(script.asked) == 1


def test_refusals_that_are_known_to_pass_are_repeated_some_times() -> None:
    said = Said(402, {"error": "plan", "message": "Not included."})
    error, script, _ = asked(said, first=False)
    assert isinstance(error, StreamRefused)
    assert str(error) == "HTTP 402: plan: Not included: upgrade the plan"
    assert len(script.asked) == 3


def test_a_reader_may_doubt_refusals() -> None:
    request = Request("tickets", "tickets", tries=4)
    error, script, _ = asked(REFUSED, request=request, first=False)
    assert isinstance(error, StreamRefused)
    assert len(script.asked) == 5
