"""A run brings every row of the account as the API shows it, whatever the size of the pages."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.zendesk_chat.conftest import Opened, Tap, Whole

OPTIONS = {
    "start_id_included": st.booleans(),
    "end_time": st.sampled_from(["int", "float"]),
    "ban_limit": st.sampled_from(["together", "each"]),
    "recent_rows": st.booleans(),
}


def test_every_stream_holds_what_the_account_holds(tap: Tap, whole: Whole) -> None:
    run = tap.run()
    assert run.code == 0
    whole(tap.server, run)


def test_without_the_subdomain_the_old_base_is_read_with_a_warning(
    opened: Opened, whole: Whole
) -> None:
    with opened(bases="old") as tap:
        run = tap.run(subdomain=None)
        assert run.code == 0
        assert "www.zopim.com" in run.err
        whole(tap.server, run)


def test_an_account_without_anything_is_read_to_its_end(opened: Opened) -> None:
    with opened(chats=0, agents=1, bans=0) as tap:
        run = tap.run()
        assert run.code == 0
        assert run.records("zopim_chats") == run.records("zopim_banned_ips") == []
        assert "zopim_chats" not in run.state["bookmarks"]


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(1, 1_000),
    chats=st.integers(0, 40),
    page_size=st.integers(2, 50),
    options=st.fixed_dictionaries(OPTIONS),
)
def test_pages_of_any_size(
    opened: Opened, whole: Whole, seed: int, chats: int, page_size: int, options: dict[str, Any]
) -> None:
    with opened(chats=chats, seed=seed, **options) as tap:
        run = tap.run(page_size=page_size)
        assert run.code == 0
        whole(tap.server, run)


@pytest.mark.parametrize("included", [False, True])
def test_pages_of_a_single_row(opened: Opened, whole: Whole, included: bool) -> None:
    with opened(chats=12, start_id_included=included) as tap:
        run = tap.run(page_size=1)
        assert run.code == 0
        whole(tap.server, run)


def test_a_second_run_brings_what_has_changed_and_little_else(tap: Tap, whole: Whole) -> None:
    first = tap.run()
    touched = tap.server.app.live(7, 40)
    second = tap.run(state=first.state)
    assert second.code == 0
    whole(tap.server, first, second)
    assert {row["id"] for row in second.records("zopim_chats")} >= set(touched["chats"])
    assert len(second.records("zopim_chats")) <= len(touched["chats"]) + 1


def test_the_contract_holds_on_the_first_and_on_the_second_run(opened: Opened) -> None:
    with opened(chats=120) as tap:
        catalog = tap.catalog()
        first = tap.run(catalog=catalog, page_size=17)
        assert tap.breaches(first, catalog, "--no-duplicates") == ""
        tap.server.app.live(3, 60)
        second = tap.run(catalog=catalog, state=first.state, page_size=17)
        assert tap.breaches(second, catalog, state=first.state) == ""


def test_the_same_account_gives_the_same_records_in_the_same_order(tap: Tap) -> None:
    one, other = (tap.run(page_size=9) for _ in range(2))
    assert one.untimed() == other.untimed()


def test_a_stream_selected_later_than_its_siblings_gets_its_own_past(
    opened: Opened, whole: Whole
) -> None:
    with opened(chats=40) as tap:
        first = tap.run(catalog=tap.catalog(zopim_chats=None))
        assert not first.records("chat_history")
        second = tap.run(
            catalog=tap.catalog(zopim_chats=None, chat_history=None), state=first.state
        )
        whole(tap.server, second, streams=["chat_history"])
        assert len(second.records("zopim_chats")) < 5
        assert second.state["bookmarks"]["chat_history"] == second.state["bookmarks"]["zopim_chats"]
