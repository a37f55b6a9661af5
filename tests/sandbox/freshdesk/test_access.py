"""Log-in, paging, parameters and errors, byte for byte as clients of the API know them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qsl

import orjson
import pytest

from sandbox.freshdesk import Account, Freshdesk, Options
from sandbox.freshdesk.account import EPOCH
from sandbox.wire import Reply, Request


def ask(
    app: Freshdesk, path: str, query: str = "", key: str | None = None, **options: Any
) -> Reply:
    app.options.update(options)
    token = b64encode(f"{key or app.account.api_key}:X".encode()).decode()
    headers = {"authorization": f"Basic {token}", "host": "acme.example"}
    return app.answer(Request("GET", f"/api/v2/{path}", parse_qsl(query), headers, b"", query))


@pytest.fixture
def app() -> Freshdesk:
    return Freshdesk(Account(seed=1, tickets=120), Options())


REFUSALS: list[tuple[str, str, dict[str, Any], int, Any]] = [
    (
        "custom_objects/schemas/30/records",
        "next_token=x",
        {},
        400,
        {
            "description": "Validation failed",
            "errors": [
                {
                    "field": "next_token",
                    "message": "It should be a Positive Integer",
                    "code": "datatype_mismatch",
                }
            ],
        },
    ),
    (
        "agents",
        "",
        {"role": "agent"},
        403,
        {"code": "access_denied", "message": "You are not authorized to perform this action."},
    ),
    (
        "time_entries",
        "",
        {"plan": "growth"},
        403,
        {
            "code": "require_feature",
            "message": "The Timesheets feature(s) is/are not supported in your plan. "
            "Please upgrade your account to use it.",
        },
    ),
    (
        "tickets",
        "per_page=101",
        {},
        400,
        {
            "description": "Validation failed",
            "errors": [
                {
                    "field": "per_page",
                    "message": "It should be a Positive Integer less than or equal to 100",
                    "code": "invalid_value",
                }
            ],
        },
    ),
    (
        "companies",
        "updated_since=2026-01-01",
        {"companies_filter": False},
        400,
        {
            "description": "Validation failed",
            "errors": [
                {
                    "field": "updated_since",
                    "message": "Unexpected/invalid field in request",
                    "code": "invalid_field",
                }
            ],
        },
    ),
    (
        "tickets",
        "page=301",
        {},
        400,
        {
            "description": "Validation failed",
            "errors": [
                {
                    "field": "page",
                    "message": "You cannot access tickets beyond the 300th page. "
                    "Please provide a smaller page number.",
                    "code": "invalid_value",
                }
            ],
        },
    ),
]


@pytest.mark.parametrize(("path", "query", "options", "status", "body"), REFUSALS)
def test_a_refusal_has_the_vendors_body(
    app: Freshdesk, path: str, query: str, options: dict[str, Any], status: int, body: Any
) -> None:
    reply = ask(app, path, query, **options)
    assert (reply.status, orjson.loads(reply.body)) == (status, body)


def test_another_key_is_refused(app: Freshdesk) -> None:
    reply = ask(app, "tickets", key="other")
    assert reply.status == 401
    assert orjson.loads(reply.body)["code"] == "invalid_credentials"


@pytest.mark.parametrize(
    "path", ["nowhere", "tickets/999999", "groups/1", "solutions/folders/1/articles"]
)
def test_what_is_not_there_is_404_without_a_body(app: Freshdesk, path: str) -> None:
    reply = ask(app, path)
    assert (reply.status, reply.body) == (404, b"")


def test_pages_lead_to_the_next_one(app: Freshdesk) -> None:
    query = "updated_since=2020-01-01&per_page=50"
    first, last = ask(app, "tickets", query), ask(app, "tickets", f"{query}&page=3")
    url = "https://acme.example/api/v2/tickets?updated_since=2020-01-01&per_page=50&page=2"
    assert first.headers["Link"] == f'<{url}>; rel="next"'
    assert "Link" not in last.headers
    assert (len(orjson.loads(first.body)), len(orjson.loads(last.body))) == (50, 20)


def test_rate_headers_say_what_is_left(app: Freshdesk) -> None:
    reply = ask(app, "tickets", "include=stats,requester", plan="pro")
    assert reply.headers["X-RateLimit-Total"] == "400"
    assert reply.headers["X-RateLimit-Remaining"] == "395"
    assert reply.headers["X-RateLimit-Used-CurrentRequest"] == "5"
    assert reply.headers["X-Freshdesk-Api-Version"] == "latest=v2; requested=v2"


def test_a_list_of_tickets_without_a_time_shows_those_of_the_last_30_days() -> None:
    account = Account(seed=1, tickets=120, clock=lambda: EPOCH)
    app = Freshdesk(account, Options())
    shown = orjson.loads(ask(app, "tickets", "per_page=100").body)
    assert {row["created_at"] >= "2026-05-02" for row in shown} == {True}


FILTERS = [
    ("tickets", "filter=spam", "spam", True),
    ("contacts", "state=deleted", "deleted", True),
    ("surveys", "state=active", "active", True),
]


@pytest.mark.parametrize(("path", "query", "field", "value"), FILTERS)
def test_filters_leave_out_what_does_not_fit(
    app: Freshdesk, path: str, query: str, field: str, value: Any
) -> None:
    since = "&updated_since=2020-01-01" if path == "tickets" else ""
    rows = orjson.loads(ask(app, path, f"{query}{since}&per_page=100").body)
    assert all(row[field] == value for row in rows)
