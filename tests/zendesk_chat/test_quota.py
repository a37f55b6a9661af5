"""The tap keeps to the rate limit and asks no more than it must."""

from __future__ import annotations

import math

import pytest

from tests.zendesk_chat.conftest import ChatTap, assert_complete, opened
from tests.zendesk_chat.truth import EVENTS, STREAMS

SINGLE = 8
"""Endpoints that answer in one reply."""


def least(rows: int, page: int) -> int:
    """Returns the fewest requests after which a list is known to have ended.

    Servers may give shorter pages than they are asked for, so only an empty page shows the end.
    """
    return math.ceil(rows / page) + 1


def fewest(tap: ChatTap) -> int:
    """Returns the fewest requests for the whole account."""
    rows = {name: len(tap.server.app.rows(name)) for name in ("chats", "agents", "bans", *EVENTS)}
    exports = sum(least(rows[name], 1_000) for name in ("chats", *EVENTS))
    return SINGLE + exports + least(rows["agents"], 100) + least(rows["bans"], 1_000)


@pytest.mark.parametrize("chats", [0, 30, 200])
def test_no_request_is_asked_twice(chats: int) -> None:
    with opened(chats) as tap:
        first = tap.run()
        assert len(tap.server.log) <= 1.05 * fewest(tap)
        tap.server.app.live(1, 20)
        tap.clock.advance(3_600)
        tap.server.log.reset()
        second = tap.run(state=first.state)
        lists = ("chats", "agents", "bans", *EVENTS)
        assert len(tap.server.log) <= 1.05 * (SINGLE + 2 * len(lists))
        assert_complete(tap.server, first, second)


@pytest.mark.parametrize("agents", [1, 99, 100, 101, 250])
def test_agents_come_a_hundred_a_page(agents: int) -> None:
    with opened(0, agents=agents) as tap:
        run = tap.run(catalog=tap.catalog("zopim_agents"))
        assert_complete(tap.server, run, streams=["zopim_agents"])
        assert len(tap.server.log) == least(agents, 100)


@pytest.mark.parametrize("reading", ["together", "each"])
def test_both_kinds_of_bans_come_from_one_walk(reading: str) -> None:
    with opened(0, bans=1_500, ban_limit=reading) as tap:
        bans = ("zopim_banned_ips", "zopim_banned_visitors")
        run = tap.run(catalog=tap.catalog(*bans))
        assert_complete(tap.server, run, streams=bans)
        assert len(tap.server.log) <= least(1_500, 1_000) + 1


@pytest.mark.parametrize("rate_headers", [False, True])
@pytest.mark.parametrize("start", ["first-request", "clock"])
def test_the_limit_is_never_exceeded(rate_headers: bool, start: str) -> None:
    with opened(40, limit=10, rate_headers=rate_headers, window_start=start) as tap:
        run = tap.run(page_size=10, requests_per_minute=10)
        assert run.code == 0
        assert_complete(tap.server, run)
        assert set(tap.server.log.statuses) == {200}


def test_a_limit_that_is_lower_than_known_is_waited_for() -> None:
    with opened(40, limit=10) as tap:
        began = tap.clock.now()
        run = tap.run(page_size=10, requests_per_minute=200)
        assert run.code == 0
        assert_complete(tap.server, run)
        assert tap.server.log.statuses[429] > 0
        minutes = (tap.clock.now() - began).total_seconds() / 60
        assert minutes >= tap.server.log.statuses[200] / 10 - 1


def test_a_share_of_the_limit_is_left_to_others() -> None:
    with opened(40, limit=10) as tap:
        began = tap.clock.now()
        run = tap.run(page_size=10, requests_per_minute=10, quota_reserve=0.5)
        assert_complete(tap.server, run, streams=STREAMS)
        minutes = (tap.clock.now() - began).total_seconds() / 60
        assert minutes >= tap.server.log.statuses[200] / 5 - 1
