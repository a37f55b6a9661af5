"""What changes between two runs, or while one reads, arrives."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_zendesk_chat.events import OpenSpans
from tests.harness import ROOT, Run
from tests.truth import assert_holds
from tests.zendesk_chat.conftest import ChatTap, assert_complete, opened
from tests.zendesk_chat.truth import CHILDREN, INCREMENTAL, REPLICATION_KEYS, expected

CHATS = ["zopim_chats"]
DOCUMENT = ROOT / "docs/zendesk_chat.md"
MINUTES_LATER = 600.0


def starts(tap: ChatTap) -> list[float]:
    """Returns the start_time of each request for chats, in seconds."""
    queries = map(parse_qs, _asked(tap))
    return [float(query["start_time"][0]) for query in queries]


def leave_messages(tap: ChatTap, count: int, at: str) -> None:
    """Lets visitors leave so many offline messages in one second."""
    for _ in range(count):
        tap.server.changes.new_chat(at=at, kind="offline_msg")


def _asked(tap: ChatTap) -> list[str]:
    return tap.asked("incremental/chats")


@settings(max_examples=4, deadline=None)
@given(
    seed=st.integers(1, 100),
    page_size=st.integers(2, 30),
    changes=st.lists(st.integers(0, 30), min_size=1, max_size=3),
    pause=st.sampled_from([0.0, 60.0, MINUTES_LATER]),
)
def test_each_run_brings_what_has_changed(
    seed: int, page_size: int, changes: list[int], pause: float
) -> None:
    with opened(15, seed) as tap:
        runs = [tap.run(page_size=page_size)]
        for number, count in enumerate(changes):
            tap.server.changes.live(number, count)
            tap.clock.advance(pause)
            runs.append(tap.run(state=runs[-1].state, page_size=page_size))
        assert [run.code for run in runs] == [0] * len(runs)
        assert_complete(tap.server, *runs)
        assert set(tap.server.log.statuses) == {200}


def test_a_second_run_brings_little_else(tap: ChatTap) -> None:
    first = tap.run()
    touched = tap.server.changes.live(7, 40)
    second = tap.run(state=first.state)
    assert_complete(tap.server, first, second)
    sent = {row["id"] for row in second.records("zopim_chats")}
    assert len(sent - set(touched["chats"])) <= 1


def test_late_changes_of_every_kind(tap: ChatTap) -> None:
    changes = tap.server.changes
    rows = [row for row in tap.server.app.rows("chats") if row["type"] == "chat"]
    ids = [row["id"] for row in rows if not row["deleted"]]
    first = tap.run()
    changes.rate(ids[0])
    changes.tag(ids[1], tag="late")
    changes.comment(ids[2], comment="thanks")
    changes.link_ticket(ids[3], ticket=4711)
    changes.delete_chat(ids[4])
    changes.convert(ids[5])
    changes.update_chat(ids[6], unread=True)
    [begun] = changes.new_chat(still_open=True)["chats"]
    second = tap.run(state=first.state)
    assert {row["id"] for row in second.records("zopim_chats")} >= set(ids[:7])
    tap.clock.advance(1)
    changes.end_chat(begun)
    third = tap.run(state=second.state)
    assert_complete(tap.server, first, second, third)


def test_a_change_that_leaves_the_time_of_the_chat_as_it_was_arrives(tap: ChatTap) -> None:
    """Only the export's order says then that it is new."""
    first = tap.run()
    row = next(row for row in tap.server.app.rows("chats") if not row["deleted"])
    changed_before = row["update_timestamp"]
    tap.server.changes.delete_chat(row["id"])
    row["update_timestamp"] = changed_before
    second = tap.run(state=first.state)
    assert row["id"] in {one["id"] for one in second.records(*CHATS)}
    assert_complete(tap.server, first, second)


def test_the_documented_statement_removes_what_was_inside_deleted_chats(tap: ChatTap) -> None:
    first = tap.run()
    gone = first.records("chat_history")[0]["chat_id"]
    tap.server.changes.delete_chat(gone)
    second = tap.run(state=first.state)
    [statement] = re.findall(r"^ +(DELETE FROM .+;)$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    chats = {row["id"]: row["deleted"] for run in (first, second) for row in run.records(*CHATS)}
    entries = [row["chat_id"] for row in first.records("chat_history")]
    with closing(sqlite3.connect(":memory:")) as target:
        target.execute("CREATE TABLE zopim_chats (id TEXT, deleted INTEGER)")
        target.executemany("INSERT INTO zopim_chats VALUES (?, ?)", chats.items())
        target.execute("CREATE TABLE chat_history (chat_id TEXT)")
        target.executemany("INSERT INTO chat_history VALUES (?)", [[chat] for chat in entries])
        target.execute(statement)
        left = [chat for (chat,) in target.execute("SELECT chat_id FROM chat_history")]
    assert gone in entries
    assert left == [chat for chat in entries if not chats[chat]]


def test_small_lists_are_read_whole_in_each_run(tap: ChatTap) -> None:
    first = tap.run()
    agents, goals = tap.server.app.rows("agents"), tap.server.app.rows("goals")
    tap.server.changes.update("agents", agents[0]["id"], display_name="Changed")
    tap.server.changes.remove("goals", goals[0]["id"])
    second = tap.run(state=first.state)
    assert_complete(tap.server, second, streams=["zopim_agents", "goals", "zopim_departments"])


@settings(max_examples=4, deadline=None)
@given(churn=st.integers(1, 3), page_size=st.integers(2, 25), seed=st.integers(1, 100))
def test_chats_that_change_between_two_pages_come_in_this_run_or_the_next(
    churn: int, page_size: int, seed: int
) -> None:
    with opened(15, seed, churn=churn) as tap:
        first = tap.run(page_size=page_size)
        tap.server.options.churn = 0
        tap.clock.advance(MINUTES_LATER)
        second = tap.run(state=first.state, page_size=page_size)
        assert (first.code, second.code) == (0, 0)
        assert_complete(tap.server, first, second)


def test_an_account_that_changes_faster_than_it_is_read_does_not_hold_the_run() -> None:
    with opened(15, churn=1, minimum_age=0) as tap:
        catalog = tap.catalog("zopim_chats")
        tap.server.faults.add("drip", path="*/incremental/chats", seconds=2)
        first = tap.run(catalog=catalog, page_size=1)
        assert first.code == 0
        assert len(_asked(tap)) < 200
        tap.server.options.churn = 0
        second = tap.run(catalog=catalog, state=first.state)
        assert_complete(tap.server, first, second, streams=CHATS)


@settings(max_examples=5, deadline=None)
@given(page_size=st.integers(1, 30), recent=st.integers(1, 40), until=st.integers(0, 320))
def test_the_last_minutes_are_read_without_asking_for_them(
    page_size: int, recent: int, until: int
) -> None:
    with opened(10) as tap:
        catalog = tap.catalog("zopim_chats")
        first = tap.run(catalog=catalog)
        for number in range(recent):
            tap.server.changes.new_chat(at=tap.ago(seconds=until + recent - number))
        second = tap.run(catalog=catalog, state=first.state, page_size=page_size)
        assert second.code == 0
        assert_complete(tap.server, first, second, streams=CHATS)
        assert set(tap.server.log.statuses) == {200}
        assert max(starts(tap)) < tap.clock.now().timestamp() - 300


def test_more_changes_in_the_last_minutes_than_one_request_brings_come_with_later_runs() -> None:
    with opened(0) as tap:
        catalog, changed = tap.catalog("zopim_chats"), tap.ago(minutes=2)
        leave_messages(tap, 1_005, changed)
        tap.server.faults.add("status", path="*/incremental/chats", query="start_id", status=416)
        first = tap.run(catalog=catalog)
        assert first.code == 0
        assert (first.state or {})["bookmarks"]["zopim_chats"]["update_timestamp"] == changed
        tap.server.faults.clear()
        tap.clock.advance(MINUTES_LATER)
        second = tap.run(catalog=catalog, state=first.state)
        assert_complete(tap.server, first, second, streams=CHATS)


def test_where_the_vendor_leads_on_into_the_last_minutes_the_tap_follows() -> None:
    with opened(0, minimum_age=0) as tap:
        leave_messages(tap, 1_005, tap.ago(minutes=2))
        run = tap.run(catalog=tap.catalog("zopim_chats"))
        assert_complete(tap.server, run, streams=CHATS)
        changed = [row["update_timestamp"] for row in run.records("zopim_chats")]
        assert changed == sorted(changed)


def test_the_end_of_a_short_page_may_be_too_young_for_the_vendor() -> None:
    a_week = 7 * 24 * 3_600
    with opened(30, minimum_age=2 * a_week) as tap:
        run = tap.run(catalog=tap.catalog("zopim_chats"))
        assert run.code == 0
        assert [one.status for one in tap.server.log.entries] == [200, 400]
        assert_complete(tap.server, run, streams=CHATS)


@pytest.mark.parametrize("behind", [10, 45])
def test_a_vendor_whose_clock_is_behind(behind: int) -> None:
    with opened(20) as tap:
        vendors = tap.server.app.account.clock
        first = tap.run()
        tap.clock.advance(behind * 60)
        tap.server.app.account.clock = lambda: vendors() - timedelta(minutes=behind)
        tap.server.changes.live(1, 20)
        second = tap.run(state=first.state)
        assert second.code == 0
        assert_complete(tap.server, first, second)


def test_a_chat_dated_in_the_future_hides_no_other(tap: ChatTap) -> None:
    tap.server.changes.new_chat(at="2099-01-01T00:00:00Z")
    first = tap.run()
    tap.server.changes.new_chat(at=tap.ago(seconds=1))
    tap.clock.advance(MINUTES_LATER)
    second = tap.run(state=first.state)
    assert (first.code, second.code) == (0, 0)
    assert_complete(tap.server, first, second)


def test_a_conversion_dated_in_the_future_hides_no_other(tap: ChatTap) -> None:
    catalog, changes = tap.catalog("conversions"), tap.server.changes
    rows = [row["id"] for row in tap.server.app.rows("chats") if row["type"] == "chat"]
    changes.convert(rows[0], at="2099-01-01T00:00:00Z")
    first = tap.run(catalog=catalog)
    tap.clock.advance(3_600)
    changes.convert(rows[1])
    tap.clock.advance(3_600)
    second = tap.run(catalog=catalog, state=first.state)
    assert_complete(tap.server, first, second, streams=["conversions"])


@pytest.mark.parametrize(("days", "is_told"), [(15, False), (60, True)])
def test_a_person_is_told_of_messaging_when_no_chat_has_changed_for_a_month(
    tap: ChatTap, days: int, is_told: bool
) -> None:
    first = tap.run()
    assert "messaging" not in first.err
    tap.clock.advance(days * 86_400)
    second = tap.run(state=first.state)
    assert second.code == 0
    assert ("has moved to messaging" in second.err) == is_told


def test_a_bookmark_in_the_future_is_reported(tap: ChatTap) -> None:
    state = {"bookmarks": {"zopim_chats": {"update_timestamp": "2099-01-01"}}}
    run = tap.run(catalog=tap.catalog("zopim_chats"), state=state)
    assert run.code == 0
    assert "bookmarks.zopim_chats.update_timestamp" in run.err


def test_a_stream_that_is_selected_later_gets_its_own_past(tap: ChatTap) -> None:
    first = tap.run(catalog=tap.catalog("zopim_chats"))
    second = tap.run(
        catalog=tap.catalog("zopim_chats", "chat_history"), state=first.state, page_size=3
    )
    assert_complete(tap.server, second, streams=["chat_history"])
    assert 1 <= len(second.records("zopim_chats")) <= 3
    bookmarks = (second.state or {})["bookmarks"]
    assert bookmarks["chat_history"] == bookmarks["zopim_chats"]


def test_the_newest_span_of_an_agent_is_read_again_until_it_has_ended(tap: ChatTap) -> None:
    catalog = tap.catalog("agent_timeline")
    changes = tap.server.changes
    agent, other, *_ = [one["id"] for one in tap.server.app.account.chats.team.agents]
    changes.set_status(agent, "online", at=tap.ago(hours=50))
    runs = [tap.run(catalog=catalog)]
    changes.set_status(other, "online", at=tap.ago(hours=1))
    runs.append(tap.run(catalog=catalog, state=runs[-1].state))
    changes.set_status(agent, "away", at=tap.ago(minutes=10))
    runs.append(tap.run(catalog=catalog, state=runs[-1].state))
    assert_complete(tap.server, *runs, streams=["agent_timeline"])


def test_a_span_that_ends_after_it_was_read_comes_again(tap: ChatTap) -> None:
    catalog = tap.catalog("agent_timeline")
    changes = tap.server.changes
    agent, other, *_ = [one["id"] for one in tap.server.app.account.chats.team.agents]
    changes.set_status(agent, "online", at=tap.ago(hours=10))
    for number in range(20):
        changes.set_status(other, "online", at=tap.ago(hours=9, minutes=-20 * number))
    whole = tap.run(catalog=catalog, page_size=5)
    read = whole.until_state(-2)
    changes.set_status(agent, "away")
    tap.clock.advance(MINUTES_LATER)
    second = tap.run(catalog=catalog, state=read.state)
    assert_complete(tap.server, read, second, streams=["agent_timeline"])


def test_a_span_within_the_look_back_does_not_move_the_oldest_open_one_back(tap: ChatTap) -> None:
    catalog, agent = tap.catalog("agent_timeline"), tap.server.app.rows("agents")[0]["id"]
    tap.server.changes.set_status(agent, "online", at=tap.ago(hours=5, minutes=30))
    reached = tap.ago(hours=5)
    bookmark = {"read_to": reached, "open_since": reached, "longest_page": 7}
    run = tap.run(catalog=catalog, state={"bookmarks": {"agent_timeline": bookmark}})
    assert len(run.records("agent_timeline")) == 1
    assert (run.state or {})["bookmarks"]["agent_timeline"] == bookmark


def test_spans_of_agents_who_left_are_not_read_for_ever() -> None:
    with opened(200) as tap:
        catalog = tap.catalog("agent_timeline")
        first = tap.run(catalog=catalog, timeline_lookback_days=1)
        for one in tap.server.app.account.chats.team.agents[1:]:
            for number in range(400):
                tap.server.changes.set_status(
                    one["id"], "away", at=tap.ago(hours=90, minutes=-number)
                )
        second = tap.run(catalog=catalog, state=first.state, timeline_lookback_days=1)
        third = tap.run(catalog=catalog, state=second.state, timeline_lookback_days=1)
        assert_complete(tap.server, first, second, streams=["agent_timeline"])
        assert len(third.records("agent_timeline")) <= 1_100
        states = [run.state or {} for run in (first, second, third)]
        opened_since = [one["bookmarks"]["agent_timeline"]["open_since"] for one in states]
        assert opened_since == sorted(opened_since)


def test_the_timeline_is_asked_for_in_microseconds(tap: ChatTap) -> None:
    run = tap.run(catalog=tap.catalog("agent_timeline"), start_date="2026-01-01")
    assert "start_time=1767225600000000&" in tap.asked("incremental/agent_timeline")[0]
    rows = expected(tap.server, "agent_timeline")
    wanted = [row for row in rows if row["start_time"] >= "2026"]
    key = ("agent_id", "start_time")
    assert_holds(wanted, run.records("agent_timeline"), key=key, stream="agent_timeline")


BEGAN = datetime(2026, 6, 8, 12, tzinfo=UTC)
SPANS: list[tuple[list[tuple[str, float]], float]] = [
    # the agents' spans by the minutes before the walk at which they began; the oldest open one
    ([], 0),
    ([("a", 100)], 100),
    ([("a", 100), ("a", 50)], 50),
    ([("a", 100), ("b", 80), ("a", 50)], 80),
    ([("a", 100), ("a", 3)], 100),
    ([("a", 3)], 3),
    ([("a", 3), ("a", 100)], 100),
    ([("left", 9_000), ("b", 10)], 9_000),
    ([("left", 9_000), *[("b", 1_500.0 - number) for number in range(1_000)]], 501),
    ([("a", 1_700), *[("b", 1_500.0 - number) for number in range(1_000)]], 501),
    ([("a", 1_400), *[("b", 1_390.0 - number) for number in range(1_000)]], 1_400),
]


@pytest.mark.parametrize(("spans", "oldest"), SPANS)
def test_the_oldest_span_that_had_not_ended(spans: list[tuple[str, float]], oldest: float) -> None:
    open_spans = OpenSpans(timedelta(days=1))
    for agent, minutes in spans:
        open_spans.see(agent, BEGAN - timedelta(minutes=minutes), BEGAN)
    assert open_spans.oldest(BEGAN) == BEGAN - timedelta(minutes=oldest)


@pytest.mark.parametrize("stream", ["zopim_chats", "conversions", "department_events"])
def test_what_changed_in_the_second_of_the_start_date_is_read(stream: str) -> None:
    name = REPLICATION_KEYS[stream]
    with opened(60) as tap:
        rows = sorted(expected(tap.server, stream), key=lambda row: str(row[name]))
        start = rows[1][name][:19]
        run = tap.run(catalog=tap.catalog(stream), start_date=f"{start}Z")
    wanted = [row for row in rows if row[name][:19] >= start]
    assert_holds(wanted, run.records(stream), stream=stream)


def test_bookmarks_do_not_go_back_and_those_of_other_streams_stay(tap: ChatTap) -> None:
    first = tap.run()
    tap.server.changes.live(1, 30)
    before = (first.state or {})["bookmarks"]
    other = {"bookmarks": {**before, "elsewhere": {"id": 7}}}
    second: Run = tap.run(state=other, page_size=5)
    after = (second.state or {})["bookmarks"]
    assert after["elsewhere"] == {"id": 7}
    for name in (*INCREMENTAL, *CHILDREN):
        for key, value in before[name].items():
            assert value <= after[name][key]
