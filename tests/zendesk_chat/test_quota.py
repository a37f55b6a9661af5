"""The tap keeps to the rate limit and asks no more than it must."""

from __future__ import annotations

import pytest

from benchmarks.least.zendesk_chat import least
from tap_common.page_lengths import PageLengths
from tests.fewest import assert_few
from tests.zendesk_chat.conftest import assert_complete, opened
from tests.zendesk_chat.truth import EVENTS, STREAMS


def test_a_first_and_a_second_sync_ask_for_hardly_more_than_the_least() -> None:
    with opened(137, bans=17) as tap:
        log = tap.server.log
        first = tap.run()
        asked = log.endpoints.copy()
        log.reset()
        second = tap.run(state=first.state)
        assert_few(asked, log.endpoints, least(tap.server.app.rows))
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


@pytest.mark.parametrize(
    ("chats", "longest", "requests"),
    [(10, None, 2), (10, 10, 2), (10, 220, 1), (47, None, 2), (47, 220, 1), (50, 220, 2)],
)
def test_a_longer_page_of_an_earlier_run_shows_where_the_server_does_not_cut(
    chats: int, longest: int | None, requests: int
) -> None:
    bookmark = {"update_timestamp": "2015-01-01T00:00:00Z", "longest_page": longest}
    with opened(chats) as tap:
        tap.clock.advance(7_300 * 86_400)
        catalog = tap.catalog("zopim_chats")
        run = tap.run(catalog=catalog, state={"bookmarks": {"zopim_chats": bookmark}})
        assert_complete(tap.server, run, streams=["zopim_chats"])
        assert len(tap.server.log.entries) == requests
        state = run.state or {}
        assert state["bookmarks"]["zopim_chats"]["longest_page"] == max(chats, longest or 0)


def test_rows_behind_a_page_that_is_cut_shorter_than_before_come_later() -> None:
    with opened(35, page_cap=10) as tap:
        catalog = tap.catalog("zopim_chats")
        bookmark = {"update_timestamp": "2015-01-01T00:00:00Z", "longest_page": 220}
        runs = [tap.run(catalog=catalog, state={"bookmarks": {"zopim_chats": bookmark}})]
        while runs[-1].records("zopim_chats")[9:]:
            runs.append(tap.run(catalog=catalog, state=runs[-1].state))
        assert len(runs) > 2
        assert_complete(tap.server, *runs, streams=["zopim_chats"])


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
