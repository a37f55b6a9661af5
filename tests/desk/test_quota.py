"""The tap keeps the account's limit, and leaves a part of it to others."""

from __future__ import annotations

import pytest

from benchmarks.least.desk import least
from tap_desk.api import rate_limits
from tests.desk.conftest import Opened
from tests.fewest import assert_few


@pytest.mark.parametrize("limit", [10, 60])
def test_the_limit_is_never_exceeded(opened: Opened, limit: int) -> None:
    desk = opened(limit=limit)
    began = desk.clock.monotonic()
    run = desk.run(catalog=desk.catalog("cases", "replies"))
    assert run.code == 0, run.err
    requests = sum(desk.server.log.statuses.values())
    minutes = (desk.clock.monotonic() - began) / 60
    assert desk.server.log.statuses[429] == 0
    assert minutes >= requests / limit - 1
    desk.holds(run, streams=("cases", "replies"))


def test_a_part_of_the_limit_is_left_to_others(opened: Opened) -> None:
    desk = opened(limit=20)
    run = desk.run(catalog=desk.catalog("cases", "replies"), quota_reserve=0.5)
    assert run.code == 0, run.err
    requests = sum(desk.server.log.statuses.values())
    assert desk.clock.monotonic() / 60 >= requests / 10 - 1.1


def test_a_limit_of_one_leaves_nothing_to_others_and_is_used(opened: Opened) -> None:
    desk = opened(limit=1)
    run = desk.run(catalog=desk.catalog("brands", "labels"))
    assert run.code == 0, run.err
    desk.holds(run, streams=("brands", "labels"))


def test_when_others_use_the_quota_up_the_tap_waits_for_the_next_minute(opened: Opened) -> None:
    desk = opened(limit=60)
    desk.server.faults.add("status", path="*/replies", status=429, every=10, next=2)
    run = desk.run(catalog=desk.catalog("cases", "replies"))
    assert run.code == 0, run.err
    assert desk.server.log.statuses[429] == 2
    desk.holds(run, streams=("cases", "replies"))


def test_a_first_and_a_second_sync_ask_for_hardly_more_than_the_least(opened: Opened) -> None:
    desk = opened(cases=150)
    log = desk.server.log
    first = desk.run()
    asked = log.endpoints.copy()
    log.reset()
    second = desk.run(state=first.state)
    assert_few(asked, log.endpoints, least(desk.app.rows))
    assert asked["GET groups"] == asked["GET users"] == 1
    desk.holds(first, second)


@pytest.mark.parametrize(
    ("said", "seconds"), [("0", 0.5), ("59", 59.5), ("86400", 60.5), ("soon", None), ("-5", None)]
)
def test_the_budget_renews_within_a_minute_whatever_the_header_says(
    said: str, seconds: float | None
) -> None:
    headers = {
        "X-Rate-Limit-Limit": "300",
        "X-Rate-Limit-Remaining": "7",
        "X-Rate-Limit-Reset": said,
    }
    [rate_limit] = rate_limits(headers)
    assert (rate_limit.limit, rate_limit.remaining, rate_limit.reset) == (300, 7, seconds)


def test_a_reply_without_rate_headers_says_nothing() -> None:
    assert rate_limits({"Date": "Sun, 01 Mar 2020 00:00:00 GMT"}) == ()
