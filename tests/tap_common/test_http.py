"""One way to ask the API: where requests go, and what each answer becomes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_common.errors import (
    ApiError,
    ConnectionLost,
    CredentialsRefused,
    StreamRefused,
    Unreachable,
)
from tap_common.vendor import Action, ErrorRule, Reply, Request
from tests.clock import START, SimulatedClock
from tests.tap_common.script import (
    DENIED,
    ERROR_RULES,
    GOOD,
    LOST,
    REFUSED,
    TICKETS,
    Line,
    Said,
    Script,
    api,
    asked,
    lines,
    vendor,
)

CHILD = Request("tickets/7/notes", "notes", child=True)


def test_a_good_reply_holds_the_data_and_when_it_came() -> None:
    reply, _, _ = asked(GOOD)
    assert isinstance(reply, Reply)
    assert (reply.data, reply.request, reply.received) == ([{"id": 1}], TICKETS, START)
    assert reply.date == START


def test_a_body_is_read_in_the_character_set_that_its_header_names() -> None:
    headers = {"Content-Type": "application/json; charset=ISO-8859-1"}
    reply, _, _ = asked(Said(body=b'[{"name": "caf\xe9"}]', headers=headers))
    assert isinstance(reply, Reply)
    assert reply.data == [{"name": "café"}]


def test_the_vendors_clock_is_that_of_its_answers() -> None:
    vendor_time = START - timedelta(minutes=10)
    clock = SimulatedClock()
    headers = {"Date": format_datetime(vendor_time)}
    source = api(Script(lines(Said(headers=headers)), clock), clock)
    assert source.vendor_now() == START
    assert source.get(TICKETS).date == vendor_time
    assert source.vendor_now() == vendor_time
    clock.advance(60)
    assert source.vendor_now() == vendor_time + timedelta(seconds=60)


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 GMT", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_clock_that_is_days_from_ours_is_not_believed(date: str) -> None:
    clock = SimulatedClock()
    source = api(Script(lines(Said(headers={"Date": date})), clock), clock)
    source.get(TICKETS)
    clock.advance(60)
    assert source.vendor_now() == START + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("path", "params", "url"),
    [
        ("tickets", {}, "https://acme.example/api/tickets"),
        ("/other/list", {}, "https://acme.example/other/list"),
        (
            "tickets",
            {"a": "x y+z", "b": [1, 2]},
            "https://acme.example/api/tickets?a=x%20y%2Bz&b=1&b=2",
        ),
        ("tickets?page=2", {"a": 1}, "https://acme.example/api/tickets?page=2&a=1"),
        ("https://evil.example/api/tickets?page=2", {}, "https://acme.example/api/tickets?page=2"),
        ("http://acme.example/x", {}, "https://acme.example/x"),
    ],
)
def test_every_request_goes_to_the_configured_host(
    path: str, params: dict[str, Any], url: str
) -> None:
    _, script, _ = asked(GOOD, request=Request(path, "tickets", params))
    assert [request.url for request in script.sent] == [url]


@pytest.mark.parametrize(
    ("said", "kind", "message"),
    [
        (
            Said(301, b"", {"Location": "https://www.acme.example/login"}),
            ApiError,
            "tickets: redirected to www.acme.example; the address in the config is probably wrong",
        ),
        (
            Said(302, b""),
            ApiError,
            "tickets: redirected to another address; the address in the config is probably wrong",
        ),
        (Said(400, {"error": "bad", "message": "No."}), ApiError, "tickets: HTTP 400: bad: No."),
        (DENIED, CredentialsRefused, "HTTP 401: unknown: Who are you?"),
        (REFUSED, StreamRefused, "HTTP 403: forbidden: You may not."),
        (Said(403, b""), StreamRefused, "HTTP 403"),
        (
            Said(403, b"<html>blocked</html>", {"Content-Type": "text/html"}),
            ApiError,
            "tickets: HTTP 403: a body of another kind (text/html): the reply does not come from "
            "the vendor",
        ),
        (
            Said(403, {"blocked": True}),
            ApiError,
            "tickets: HTTP 403: a body of another kind (application/json): the reply does not come "
            "from the vendor",
        ),
        (
            Said(404, {"error": "none", "message": "No path."}),
            StreamRefused,
            "HTTP 404: none: No path.",
        ),
        (Said(410, b""), StreamRefused, "HTTP 410: no such endpoint on this account"),
        (Said(402, {"error": "other"}), StreamRefused, "HTTP 402: other"),
        (Said(422, {"error": "other"}), ApiError, "tickets: HTTP 422: other"),
    ],
)
def test_what_does_not_pass_is_not_repeated(
    said: Said, kind: type[Exception], message: str
) -> None:
    error, script, seconds = asked(said)
    assert (type(error), str(error)) == (kind, message)
    assert (len(script.asked), seconds) == (1, 0)


def test_a_long_message_is_cut() -> None:
    error, _, _ = asked(Said(400, {"error": "long", "message": "x" * 10_000}))
    assert str(error) == f"tickets: HTTP 400: long: {'x' * 200}..."


class Renewal:
    """Gives new credentials ``times`` times."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.asked = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.asked <= self.times


@pytest.mark.parametrize(
    ("times", "said", "attempts", "kind"),
    [
        (1, [DENIED, GOOD], 2, Reply),
        (9, [DENIED, Said(500, b""), GOOD], 3, Reply),
        (9, [DENIED], 2, CredentialsRefused),
        (0, [DENIED], 1, CredentialsRefused),
    ],
)
def test_a_401_is_tried_again_with_new_credentials_once(
    times: int, said: list[Line], attempts: int, kind: type
) -> None:
    clock = SimulatedClock()
    script, renewal = Script(lines(*said), clock), Renewal(times)
    source = api(script, clock, vendor(renew=renewal))
    found: object
    try:
        found = source.get(TICKETS)
    except CredentialsRefused as error:
        found = error
    assert type(found) is kind
    assert (len(script.asked), renewal.asked) == (attempts, 1)


def test_a_401_for_one_parents_children_refuses_that_parent() -> None:
    error, _, _ = asked(DENIED, request=CHILD)
    assert isinstance(error, StreamRefused)
    assert error.status == 401


def below(
    answer: Callable[[str, dict[str, str]], Line], count: int, **values: Any
) -> tuple[list[Any], Script]:
    """What the requests for the children of ``count`` parents bring: data or errors."""
    clock = SimulatedClock()
    script = Script(answer, clock)
    source = api(script, clock, concurrency=1, **values)
    wanted = [Request(f"tickets/{number}/notes", "notes", child=True) for number in range(count)]
    answers = source.get_all(wanted)
    return [each.data if isinstance(each, Reply) else each for each in answers], script


@settings(max_examples=40, deadline=None)
@given(broken=st.sets(st.integers(1, 9)), concurrency=st.integers(1, 4))
def test_replies_and_errors_come_in_the_order_of_their_requests(
    broken: set[int], concurrency: int
) -> None:
    def answer(path: str, _: dict[str, str]) -> Line:
        number = int(path.split("/")[1])
        return Said(422, b"") if number in broken else Said(body=number)

    clock = SimulatedClock()
    source = api(Script(answer, clock), clock, concurrency=concurrency)
    wanted = [Request(f"tickets/{number}/notes", "notes", child=True) for number in range(10)]
    for number, found in enumerate(source.get_all(wanted)):
        if number in broken:
            assert isinstance(found, ApiError)
        else:
            assert isinstance(found, Reply)
            assert found.data == number


def test_a_parent_that_loses_every_connection_costs_no_other_its_children() -> None:
    def answer(path: str, _: dict[str, str]) -> Line:
        return LOST if path == "tickets/3/notes" else GOOD

    found, _ = below(answer, 6, retry_seconds=20)
    kinds = [type(answered) for answered in found]
    assert kinds == [list, list, list, ConnectionLost, list, list]


def test_a_network_that_goes_away_between_parents_ends_the_run() -> None:
    def answer(path: str, _: dict[str, str]) -> Line:
        return GOOD if path in ("tickets/0/notes", "tickets/1/notes") else LOST

    with pytest.raises(Unreachable):
        below(answer, 4, retry_seconds=5)


def test_single_attempts_that_are_lost_do_not_end_the_run() -> None:
    clock = SimulatedClock()

    def answer(path: str, _: dict[str, str]) -> Line:
        return LOST if path.startswith("tickets/") else GOOD

    script = Script(answer, clock)
    source = api(script, clock)
    wanted = [
        Request(f"tickets/{number}/notes", "notes", child=True, attempts=1) for number in range(9)
    ]
    assert [type(found) for found in source.get_all(wanted)] == [ApiError] * 9
    assert len(script.asked) == 9
    assert isinstance(source.get(TICKETS), Reply)


def test_a_date_in_retry_after_goes_by_the_vendors_clock_as_it_was_last_seen() -> None:
    vendor_time = START + timedelta(hours=1)
    until = format_datetime(vendor_time + timedelta(seconds=5))
    clock = SimulatedClock()
    said = [
        Said(headers={"Date": format_datetime(vendor_time)}),
        Said(429, headers={"Retry-After": until}),
        GOOD,
    ]
    source = api(Script(lines(*said), clock), clock)
    source.get(TICKETS)
    source.get(TICKETS)
    assert 4 <= clock.monotonic() <= 6


@pytest.mark.parametrize("said", [Said(500, b""), Said(402, {"error": "plan"}), LOST], ids=str)
def test_a_limited_number_of_attempts_is_kept(said: Line) -> None:
    request = Request("tickets/7/notes", "notes", child=True, attempts=1)
    _, script, seconds = asked(said, request=request, first=False)
    assert (len(script.asked), seconds) == (1, 0)


def test_requests_are_paced_by_what_the_headers_say() -> None:
    clock = SimulatedClock()
    said = [
        Said(headers={"X-Limit": "10", "X-Remaining": str(left)}) for left in [*range(9, -1, -1), 9]
    ]
    source = api(Script(lines(*said), clock), clock, quota_reserve=0)
    for _ in range(11):
        source.get(TICKETS)
    assert 59 <= clock.monotonic() <= 61
    figures = source.stats.of("tickets")
    assert (figures.requests, figures.retries) == (11, 0)
    assert 59 <= figures.waited <= 61


def test_rules_are_taken_in_their_order() -> None:
    rules = (ErrorRule(403, Action.FAIL, code="busy"), *ERROR_RULES)
    clock = SimulatedClock()
    source = api(
        Script(lines(Said(403, {"error": "busy"})), clock), clock, vendor(error_rules=rules)
    )
    with pytest.raises(ApiError) as caught:
        source.get(TICKETS)
    assert type(caught.value) is ApiError
    assert caught.value.code == "busy"
