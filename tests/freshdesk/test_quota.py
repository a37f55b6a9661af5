"""The quota is used to the full and kept, whatever its headers leave unsaid."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from benchmarks.least.freshdesk import least
from sandbox.times import http_date
from tests.fewest import assert_few
from tests.freshdesk.conftest import Helpdesk

OF_TICKETS = ("tickets", "conversations")


def test_retry_after_can_be_a_moment_by_the_vendors_own_clock() -> None:
    desk = Helpdesk(tickets=10)
    desk.account.clock = lambda: desk.clock.now() + timedelta(days=1)
    moment = http_date(desk.account.now() + 61)
    desk.fault("status", status=429, retry_after=moment, path="*/roles", nth=1)
    began = desk.clock.monotonic()
    run = desk.run("roles")
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["roles"])
    assert desk.clock.monotonic() - began < 180


@pytest.mark.parametrize("window_start", ["first-request", "clock"])
@pytest.mark.parametrize("reserve", [0.0, 0.1])
def test_the_quota_is_used_without_a_refusal(window_start: str, reserve: float) -> None:
    desk = Helpdesk(
        tickets=50, limit=20, window_start=window_start, config={"quota_reserve": reserve}
    )
    began = desk.clock.monotonic()
    run = desk.run(*OF_TICKETS)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=OF_TICKETS)
    stats = desk.server.log.stats()
    assert stats["limited"] == 0
    assert "waiting until" in run.err
    minutes = (desk.clock.monotonic() - began) / 60
    assert minutes <= stats["credits"] / (20 * (1 - reserve)) + 3


@pytest.mark.parametrize("counts", ["requests", "credits"])
def test_the_sub_limit_of_ticket_lists_counts_requests_or_credits(counts: str) -> None:
    desk = Helpdesk(tickets=120, plan="growth", limit=None, sublimit_counts=counts)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["tickets"])
    is_limited = desk.server.log.stats()["limited"] > 0
    assert is_limited == ("waiting until" in run.err) == (counts == "credits")


def test_a_sub_limit_that_no_header_names_is_learned_from_its_refusal() -> None:
    desk = Helpdesk(tickets=200, limit=10_000, contact_list_limit=6)
    run = desk.run("contacts", page_size=20)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["contacts"])
    assert 1 <= desk.server.log.stats()["limited"] <= 3


COSTS: dict[str, tuple[list[str], int]] = {
    "all fields": ([], 9),
    "without the description": (
        ["tickets.description", "tickets.description_text", "tickets.structured_description"],
        7,
    ),
    "the fewest fields": (
        [
            f"tickets.{field}"
            for field in (
                *("description", "description_text", "structured_description"),
                *("requester", "email", "name", "phone", "stats", "company"),
            )
        ],
        1,
    ),
}


@pytest.mark.parametrize(("without", "cost"), COSTS.values(), ids=COSTS.keys())
def test_a_page_of_tickets_costs_two_credits_for_each_include(
    without: list[str], cost: int
) -> None:
    desk = Helpdesk(tickets=15)
    desk.run("tickets", without=without)
    listed: list[Any] = [entry for entry in desk.server.log.entries if entry.endpoint == "tickets"]
    assert {entry.credits for entry in listed} == {cost}
    assert len(listed) == 3


@pytest.mark.parametrize(
    ("tickets", "link", "asked"),
    [(30, '<{url}>; rel="next"', 1), (150, '<{url}>; rel="next"', 0), (150, "", 1)],
)
def test_whether_links_arrive_is_asked_once_and_only_where_no_list_has_shown_it(
    tickets: int, link: str, asked: int
) -> None:
    desk = Helpdesk(tickets=tickets, link=link)
    run = desk.run()
    assert run.code == 0, run.err
    pages = [parse_qs(entry.query) for entry in desk.server.log.entries]
    assert sum(params.get("per_page") == ["1"] for params in pages) == asked


def test_a_list_that_comes_whole_whatever_is_asked_for_is_no_sign_of_lost_links() -> None:
    desk = Helpdesk()
    roles = [{"id": number, "updated_at": "2026-01-01T00:00:00Z"} for number in range(1, 51)]
    desk.fault("status", status=200, path="*/roles", body=roles)
    run = desk.run("roles")
    assert run.code == 0, run.err
    assert len(run.records("roles")) == 50
    assert [parse_qs(query)["per_page"] for query in desk.requests("roles")] == [["100"], ["1"]]


def test_first_and_second_runs_ask_for_hardly_more_than_the_least() -> None:
    desk = Helpdesk(tickets=150)
    log = desk.server.log
    first = desk.run()
    asked = log.endpoints.copy()
    log.reset()
    second = desk.run(state=first.state)
    assert_few(asked, log.endpoints, least(desk.server.app.rows))
    assert first.requests("agents") == len(desk.server.app.rows("agents")) + 1
    assert second.requests("contacts") == 3
    assert second.requests("companies") == 1
