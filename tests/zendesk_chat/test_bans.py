"""Both lists of bans from one walk, whether ``limit`` counts them together or each; agents by id."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.zendesk_chat.conftest import Opened, Whole

BANS = ("zopim_banned_ips", "zopim_banned_visitors")


@settings(max_examples=15, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["visitor", "ip_address"]), max_size=40),
    page_size=st.integers(1, 12),
    reading=st.sampled_from(["together", "each"]),
)
@example(kinds=["ip_address"] * 10 + ["visitor"] * 25, page_size=10, reading="each")
@example(kinds=["visitor"] * 10 + ["ip_address"] * 10, page_size=10, reading="together")
def test_every_ban_once(
    opened: Opened, whole: Whole, kinds: list[Any], page_size: int, reading: str
) -> None:
    with opened(chats=0, bans=0, ban_limit=reading) as tap:
        for kind in kinds:
            tap.server.changes.ban(kind)
        run = tap.run(catalog=tap.catalog(**dict.fromkeys(BANS)), page_size=page_size)
        whole(tap.server, run, streams=BANS)
        assert sum(len(run.records(stream)) for stream in BANS) == len(kinds)


@pytest.mark.parametrize("reading", ["together", "each"])
def test_as_few_requests_as_there_are_pages(opened: Opened, whole: Whole, reading: str) -> None:
    with opened(chats=0, bans=1_500, ban_limit=reading) as tap:
        catalog = tap.catalog(**dict.fromkeys(BANS))
        tap.server.log.reset()
        whole(tap.server, tap.run(catalog=catalog), streams=BANS)
        assert len(tap.server.log) == 2


def test_one_kind_alone(opened: Opened, whole: Whole) -> None:
    with opened(chats=0, bans=35) as tap:
        run = tap.run(catalog=tap.catalog(zopim_banned_visitors=None), page_size=10)
        whole(tap.server, run, streams=["zopim_banned_visitors"])
        assert not run.records("zopim_banned_ips")


@pytest.mark.parametrize("agents", [1, 99, 100, 101, 250])
def test_agents_come_a_hundred_a_page_all_of_them_every_time(
    opened: Opened, whole: Whole, agents: int
) -> None:
    with opened(chats=0, agents=agents) as tap:
        catalog = tap.catalog(zopim_agents=None)
        tap.server.log.reset()
        whole(tap.server, tap.run(catalog=catalog), streams=["zopim_agents"])
        assert len(tap.server.log) == agents // 100 + 1
        tap.server.changes.update(
            "agents", tap.server.account.rows("agents")[0]["id"], display_name="Changed"
        )
        whole(tap.server, tap.run(catalog=catalog), streams=["zopim_agents"])
