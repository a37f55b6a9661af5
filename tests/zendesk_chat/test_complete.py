"""A first sync brings every row of the account, with every field, whatever the API's habits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox.zendesk_chat import ZendeskChatServer
from tests.harness import Workplace
from tests.truth import Row, assert_references
from tests.zendesk_chat.conftest import ChatTap, assert_complete, opened
from tests.zendesk_chat.truth import CHILDREN, INCREMENTAL, STREAMS, expected, own_schema

OPTIONS = {
    "start_id_included": st.booleans(),
    "end_time": st.sampled_from(["int", "float"]),
    "links": st.sampled_from(["next_page", "cursor"]),
    "ban_limit": st.sampled_from(["together", "each"]),
    "recent_rows": st.booleans(),
    "empty": st.sampled_from(["list", "null"]),
    "bare_exports": st.sampled_from([(), ("chats",), ("chats", "conversions")]),
    "bare_objects": st.sampled_from(["ids", "whole"]),
}
BANS = ("zopim_banned_ips", "zopim_banned_visitors")


@settings(max_examples=4, deadline=None)
@given(
    seed=st.integers(1, 1_000),
    chats=st.integers(0, 15),
    page_size=st.integers(2, 40),
    options=st.fixed_dictionaries(OPTIONS),
)
def test_every_row_of_every_stream(
    seed: int, chats: int, page_size: int, options: dict[str, Any]
) -> None:
    with opened(chats, seed, **options) as tap:
        run = tap.run(page_size=page_size)
        assert run.code == 0
        assert "does not know" not in run.err
        assert_complete(tap.server, run)


def test_what_a_row_refers_to_is_a_row_of_the_account(tap: ChatTap) -> None:
    tap.server.changes.live(1, 30)
    assert_references({name: expected(tap.server, name) for name in STREAMS}, own_schema)


@pytest.mark.process
def test_the_real_command_brings_the_same(
    command: tuple[Workplace, ZendeskChatServer],
) -> None:
    tap, server = command
    catalog = tap.discovered()
    run = tap.run(catalog=catalog)
    assert run.code == 0, run.err
    assert_complete(server, run)
    assert tap.breaches(run, catalog, "--no-duplicates") == ""


@settings(max_examples=4, deadline=None)
@given(
    cap=st.sampled_from([10, 16, 20, 25, 50]),
    page_size=st.sampled_from([7, 1_000]),
    seed=st.integers(1, 99),
)
def test_pages_that_are_shorter_than_asked_for_end_no_list(
    cap: int, page_size: int, seed: int
) -> None:
    with opened(30, seed, agents=12, bans=60, page_cap=cap) as tap:
        run = tap.run(page_size=page_size)
        assert run.code == 0
        assert_complete(tap.server, run)


def test_a_server_that_cuts_all_pages_at_an_odd_length() -> None:
    with opened(60, agents=80, bans=110, page_cap=37) as tap:
        run = tap.run(activate_version=True)
        assert run.code == 0
        assert_complete(tap.server, run)


@settings(max_examples=4, deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["visitor", "ip_address"]), max_size=40),
    page_size=st.integers(1, 12),
    reading=st.sampled_from(["together", "each"]),
    cap=st.sampled_from([0, 0, 10]),
)
@example(kinds=["ip_address"] * 10 + ["visitor"] * 25, page_size=10, reading="each", cap=0)
@example(kinds=["visitor"] * 10 + ["ip_address"] * 10, page_size=10, reading="together", cap=0)
@example(kinds=["visitor"] * 3 + ["ip_address"] * 25, page_size=100, reading="each", cap=10)
def test_every_ban_whether_the_limit_counts_both_lists_or_each(
    kinds: list[Any], page_size: int, reading: str, cap: int
) -> None:
    with opened(0, bans=0, ban_limit=reading, page_cap=cap) as tap:
        for kind in kinds:
            tap.server.changes.ban(kind)
        run = tap.run(catalog=tap.catalog(*BANS), page_size=page_size)
        assert_complete(tap.server, run, streams=BANS)
        assert sum(len(run.records(stream)) for stream in BANS) == len(kinds)


@pytest.mark.parametrize("options", [{}, {"links": "none"}, {"links": "cursor"}])
@pytest.mark.parametrize("page_size", [1, 2])
def test_the_smallest_pages(page_size: int, options: dict[str, Any]) -> None:
    with opened(7, bans=4, **options) as tap:
        run = tap.run(page_size=page_size)
        assert run.code == 0, run.err
        assert_complete(tap.server, run)
        for stream in STREAMS:
            assert len(run.records(stream)) == len(expected(tap.server, stream))
        has_cursor = ["cursor=" in query for query in tap.asked("incremental/chats")]
        assert {*has_cursor[1:]} == {options.get("links") == "cursor"}


def test_a_page_that_begins_with_the_last_row_of_the_one_before_may_have_one_row() -> None:
    with opened(12, start_id_included=True) as tap:
        run = tap.run(page_size=1)
        assert run.code == 0
        assert_complete(tap.server, run)


@pytest.mark.parametrize("links", ["next_page", "time", "none"])
@pytest.mark.parametrize("page_cap", [0, 10])
def test_more_chats_in_one_second_than_a_page_holds(links: str, page_cap: int) -> None:
    with opened(100, burst=80, links=links, page_cap=page_cap) as tap:
        run = tap.run(catalog=tap.catalog("zopim_chats"), page_size=30)
        assert run.code == 0
        assert_complete(tap.server, run, streams=["zopim_chats"])
        assert len(run.records("zopim_chats")) == 100


def test_an_account_without_anything() -> None:
    with opened(0, agents=1, bans=0) as tap:
        run = tap.run()
        assert run.code == 0
        assert_complete(tap.server, run)
        assert "zopim_chats" not in (run.state or {})["bookmarks"]


@pytest.mark.parametrize("stream", STREAMS)
def test_fields_that_a_catalog_leaves_out(tap: ChatTap, stream: str) -> None:
    names = sorted({name for row in expected(tap.server, stream) for name in row})
    left_out = [f"{stream}.{name}" for name in names[::2]]
    catalog = tap.catalog(stream, without=left_out)
    run = tap.run(catalog=catalog)
    assert run.code == 0
    assert_complete(tap.server, run, streams=[stream], catalog=catalog)


@pytest.mark.parametrize("nested", ["ids", "whole"])
def test_few_fields_are_asked_for_by_name(nested: str) -> None:
    few = ("id", "update_timestamp", "visitor", "session", "rating")
    with opened(30, bare_objects=nested) as tap:
        fields = tap.tap.schemas["zopim_chats"]["properties"]
        without = [f"zopim_chats.{name}" for name in fields if name not in few]
        catalog = tap.catalog("zopim_chats", without=without)
        run = tap.run(catalog=catalog)
        asked = tap.asked("incremental/chats")
        wanted = (
            "fields=chats%28id%2Crating%2Csession%28%2A%29%2Cupdate_timestamp%2Cvisitor%28%2A%29%29"
        )
        assert {wanted in query for query in asked} == {True}
        assert_complete(tap.server, run, streams=["zopim_chats"], catalog=catalog)


@pytest.mark.parametrize("stream", CHILDREN)
def test_a_list_inside_chats_is_asked_for_alone(tap: ChatTap, stream: str) -> None:
    run = tap.run(catalog=tap.catalog(stream))
    name = stream.removeprefix("chat_")
    names = sorted([f"{name}%28%2A%29", "id", "update_timestamp"])
    assert f"fields=chats%28{'%2C'.join(names)}%29" in tap.asked("incremental/chats")[0]
    assert_complete(tap.server, run, streams=[stream])


def test_the_same_account_gives_the_same_lines(tap: ChatTap) -> None:
    one, other = (tap.run(page_size=9) for _ in range(2))
    assert one.untimed() == other.untimed()


def test_unknown_fields_are_left_out_or_kept(tap: ChatTap) -> None:
    tap.server.faults.add("value", path="*/incremental/chats", field="sentiment", value=0.5)
    run = tap.run()
    assert "sentiment" in run.err
    assert_complete(tap.server, run)
    kept = tap.run(unknown_fields="keep")
    wanted: list[Row] = expected(tap.server, "zopim_chats")
    with_it = [row for row in kept.records("zopim_chats") if "sentiment" in row]
    assert [row["sentiment"] for row in with_it] == [0.5]
    assert len(kept.records("zopim_chats")) == len(wanted)


def test_full_tables_end_with_their_version(tap: ChatTap) -> None:
    run = tap.run(activate_version=True)
    activated = [one["stream"] for one in run.messages if one["type"] == "ACTIVATE_VERSION"]
    assert set(activated) == set(STREAMS) - set(INCREMENTAL)
