"""The tap keeps to the rate limit and asks no more than it must."""

from __future__ import annotations

import pytest

from tap_common.page_lengths import PageLengths
from tests.zendesk_chat.conftest import ChatTap, assert_complete, opened
from tests.zendesk_chat.truth import EVENTS, STREAMS

SINGLE = 8
"""Endpoints that answer in one reply."""
PAGES = {
    **dict.fromkeys(("chats", *EVENTS, "bans"), 1_000),
    **dict.fromkeys(("agents", "agent_routing_settings"), 100),
}
"""The largest page of each list."""


def least(rows: int, page: int) -> int:
    """Returns the fewest requests for a list. After a full page, one more shows that it ended."""
    return rows // page + 1


def fewest(tap: ChatTap) -> int:
    """Returns the fewest requests for the whole account."""
    lists = [least(len(tap.server.app.rows(name)), page) for name, page in PAGES.items()]
    return SINGLE + sum(lists)


def test_no_request_is_asked_twice() -> None:
    with opened(137, bans=17) as tap:
        first = tap.run()
        assert len(tap.server.log.entries) == fewest(tap)
        tap.server.changes.live(1, 23)
        tap.clock.advance(3_600)
        tap.server.log.reset()
        second = tap.run(state=first.state)
        assert len(tap.server.log.entries) <= 1.05 * (SINGLE + len(PAGES))
        assert_complete(tap.server, first, second)


@pytest.mark.parametrize(
    ("agents", "requests"), [(1, 1), (24, 1), (49, 2), (50, 2), (100, 2), (101, 2), (230, 3)]
)
@pytest.mark.parametrize("stream", ["zopim_agents", "agent_routing_settings"])
def test_agents_come_a_hundred_a_page(stream: str, agents: int, requests: int) -> None:
    with opened(0, agents=agents) as tap:
        run = tap.run(catalog=tap.catalog(stream))
        assert_complete(tap.server, run, streams=[stream])
        assert len(tap.server.log.entries) == requests


@pytest.mark.parametrize("stream", ["zopim_agents", "agent_routing_settings", "zopim_banned_ips"])
def test_that_a_list_ends_after_its_only_page_is_asked_once(stream: str) -> None:
    with opened(0, agents=51, bans=55) as tap:
        catalog = tap.catalog(stream)
        first = tap.run(catalog=catalog)
        assert len(tap.server.log.entries) == 2
        tap.server.log.reset()
        second = tap.run(catalog=catalog, state=first.state)
        assert len(tap.server.log.entries) == 1
        assert second.state == first.state
        assert_complete(tap.server, second, streams=[stream])


def test_a_round_number_of_rows_may_be_the_servers_limit_and_is_asked_about_each_time() -> None:
    with opened(0, agents=50) as tap:
        catalog = tap.catalog("zopim_agents")
        first = tap.run(catalog=catalog)
        assert (first.state or {})["bookmarks"] == {}
        tap.server.log.reset()
        tap.run(catalog=catalog, state=first.state)
        assert len(tap.server.log.entries) == 2


def test_one_ban_of_each_kind_too_many_for_a_guess_is_asked_about_once() -> None:
    with opened(0, bans=0) as tap:
        for _ in range(20):
            tap.server.changes.ban("visitor")
            tap.server.changes.ban("ip_address")
        tap.server.changes.ban("visitor")
        catalog = tap.catalog("zopim_banned_ips", "zopim_banned_visitors")
        first = tap.run(catalog=catalog)
        assert len(tap.server.log.entries) == 2
        tap.server.log.reset()
        second = tap.run(catalog=catalog, state=first.state)
        assert len(tap.server.log.entries) == 1
        bans = ["zopim_banned_ips", "zopim_banned_visitors"]
        assert_complete(tap.server, second, streams=bans)


def test_exports_of_an_account_that_is_no_longer_used_need_no_second_look() -> None:
    with opened(1_000) as tap:
        tap.clock.advance(180 * 86_400)
        run = tap.run(catalog=tap.catalog("zopim_chats", *EVENTS))
        assert_complete(tap.server, run, streams=["zopim_chats", *EVENTS])
        assert len(tap.server.log.entries) == 2 + len(EVENTS)


@pytest.mark.parametrize("agents", [24, 120])
def test_a_list_whose_end_is_clear_needs_no_bookmark(agents: int) -> None:
    with opened(0, agents=agents) as tap:
        run = tap.run(catalog=tap.catalog("zopim_agents"))
        assert run.state is not None
        assert run.state["bookmarks"] == {}


def test_a_list_of_another_length_is_asked_again_where_it_ends() -> None:
    with opened(0, bans=55) as tap:
        catalog = tap.catalog("zopim_banned_visitors")
        first = tap.run(catalog=catalog)
        for _ in range(6):
            tap.server.changes.ban("visitor")
        tap.server.options.page_cap = 56
        second = tap.run(catalog=catalog, state=first.state)
        assert_complete(tap.server, second, streams=["zopim_banned_visitors"])


@pytest.mark.parametrize(
    ("lengths", "may_go_on"),
    [
        ([0], [False]),
        ([7], [False]),
        ([24], [False]),
        ([10], [None]),
        ([137], [None]),
        ([137, 137, 9], [None, True, False]),
        ([1_000, 1_000, 999], [True, True, False]),
        ([1_000, 0], [True, False]),
        ([200, 200, 50], [None, True, False]),
        ([50, 50, 0], [None, True, False]),
        ([25, 1], [None, False]),
        ([64, 64], [None, True]),
        ([90, 93, 20], [None, True, False]),
    ],
)
def test_after_which_pages_of_a_list_another_one_may_follow(
    lengths: list[int], may_go_on: list[bool | None]
) -> None:
    for doubt in (False, True):
        pages = PageLengths()
        found = [pages.may_go_on(length, 1_000, lambda: doubt) for length in lengths]  # noqa: B023
        assert found == [doubt if known is None else known for known in may_go_on]


@pytest.mark.parametrize("reading", ["together", "each"])
def test_both_kinds_of_bans_come_from_one_walk(reading: str) -> None:
    with opened(0, bans=1_500, ban_limit=reading) as tap:
        bans = ("zopim_banned_ips", "zopim_banned_visitors")
        run = tap.run(catalog=tap.catalog(*bans))
        assert_complete(tap.server, run, streams=bans)
        assert len(tap.server.log.entries) == 2


def test_the_walk_through_bans_follows_the_longer_list() -> None:
    with opened(0, bans=0) as tap:
        tap.server.changes.ban("visitor")
        for _ in range(26):
            tap.server.changes.ban("ip_address")
        run = tap.run(catalog=tap.catalog("zopim_banned_ips"), page_size=10)
        assert_complete(tap.server, run, streams=["zopim_banned_ips"])
        assert len(tap.server.log.entries) == 3


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
