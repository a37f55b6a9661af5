"""What LOGLEVEL=debug tells of requests, and what it does not tell."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tap_common import log
from tap_common.trace import shown
from tap_common.vendor import Request
from tests.tap_common.script import BROKEN, GOOD, LOST, Said, asked

LIMITS = {"X-Limit": "700", "X-Remaining": "690"}


@pytest.fixture(autouse=True)
def debug(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(log.LOGGER, "propagate", True)
    with caplog.at_level(logging.DEBUG, "tap"):
        yield


def test_each_request_has_a_line_with_what_came(caplog: pytest.LogCaptureFixture) -> None:
    request = Request("tickets/7/comments", "comments", {"page": 2, "sort": "updated_at"})
    asked(Said(body=[{"id": 1}], headers=LIMITS, seconds=0.213), request=request)
    assert caplog.messages == [
        "GET /api/tickets/7/comments?page=2&sort=updated_at: HTTP 200, 213 ms, 11 bytes, "
        "quota left 690"
    ]


def test_each_retry_has_a_line(caplog: pytest.LogCaptureFixture) -> None:
    too_many = Said(429, b"", headers={"Retry-After": "30"})
    asked(BROKEN, too_many, GOOD, first=False)
    told = [line.partition("; trying again in ") for line in caplog.messages]
    assert [before for before, _, after in told if after] == [
        "tickets: HTTP 500",
        "tickets: HTTP 429",
    ]
    assert caplog.messages[-2] == "tickets: HTTP 429; trying again in 30.0 s"
    assert [line for line in caplog.messages if line.startswith("GET")] == [
        "GET /api/tickets: HTTP 200, 0 ms, 11 bytes",
        "GET /api/tickets: HTTP 500, 0 ms, 0 bytes",
        "GET /api/tickets: HTTP 429, 0 ms, 0 bytes",
        "GET /api/tickets: HTTP 200, 0 ms, 11 bytes",
    ]


def test_a_request_without_an_answer_has_a_line(caplog: pytest.LogCaptureFixture) -> None:
    asked(LOST, GOOD, first=False)
    lost = "GET /api/tickets: no reply from acme.example: connection reset, 0 ms"
    assert lost in caplog.messages


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://a.example/v2/tickets/17.json", "/v2/tickets/17.json"),
        ("https://a.example/x?since=2026-01-31T00:00:00Z", "/x?since=2026-01-31T00:00:00Z"),
        (
            "https://a.example/x?include=users,groups&per_page=",
            "/x?include=users,groups&per_page=...",
        ),
        ("https://a.example/x?page%5Bafter%5D=eyJvIjoiaWQifQ", "/x?page[after]=..."),
        ("https://a.example/x?q=email%3Ajo%40example.com", "/x?q=..."),
        ("https://a.example/x?token=Sb00083dfec9e864eddf", "/x?token=..."),
        ("https://a.example/users/jo@example.com/tickets", "/users/.../tickets"),
        ("https://a.example/users/jo%40example.com", "/users/..."),
        ("https://a.example/bans/192.0.2.7", "/bans/..."),
        ("https://key:x@a.example/", "/"),
    ],
)
def test_what_may_be_secret_or_personal_is_not_shown(url: str, text: str) -> None:
    assert shown(url) == text


def test_nothing_is_made_of_requests_that_nobody_reads(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "tap"):
        asked(BROKEN, GOOD, first=False)
    assert caplog.messages == []
