"""Chats that change while they are read, thousands that changed at once, and the last five minutes."""

from __future__ import annotations

import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness import PATIENCE, Run
from tests.zendesk_chat.conftest import Opened, Tap, Whole

CHATS = ["zopim_chats"]


def ago(**length: float) -> str:
    """A moment before now, as the API writes it."""
    return (datetime.now(UTC) - timedelta(**length)).strftime("%Y-%m-%dT%H:%M:%SZ")


def starts(tap: Tap) -> list[float]:
    """The start_time of every request for chats, in its order, in seconds."""
    queries = [
        dict(part.split("=", 1) for part in entry.query.split("&")) for entry in exports(tap)
    ]
    return [float(query["start_time"]) for query in queries]


def exports(tap: Tap) -> list[Any]:
    return [entry for entry in tap.server.log.entries if entry.endpoint == "incremental/chats"]


@pytest.mark.parametrize("page_size", [1_000, 300])
def test_2500_chats_that_changed_in_one_second(
    opened: Opened, whole: Whole, page_size: int
) -> None:
    with opened(chats=2_600, burst=2_500) as tap:
        run = tap.run(catalog=tap.catalog(zopim_chats=None), page_size=page_size)
        assert run.code == 0
        whole(tap.server, run, streams=CHATS)
        assert len(run.records("zopim_chats")) == 2_600
        assert len(exports(tap)) - 1 == -(-2_600 // page_size), "one request is the probe's"


def test_2500_chats_in_one_second_cut_off_in_their_midst_come_with_the_next_run(
    opened: Opened, whole: Whole
) -> None:
    with opened(chats=2_600, burst=2_500) as tap:
        catalog = tap.catalog(zopim_chats=None)
        first = tap.stopped(1_500, signal.SIGKILL, catalog=catalog).head(1_500)
        assert first.state
        whole(tap.server, tap.run(catalog=catalog, state=first.state), streams=CHATS)


@settings(max_examples=10, deadline=None)
@given(churn=st.integers(1, 3), page_size=st.integers(2, 25), seed=st.integers(1, 100))
def test_chats_that_change_between_two_pages_come_in_this_run_or_the_next(
    opened: Opened, whole: Whole, churn: int, page_size: int, seed: int
) -> None:
    with opened(chats=60, seed=seed, churn=churn) as tap:
        catalog = tap.catalog(zopim_chats=None)
        first = tap.run(catalog=catalog, page_size=page_size)
        tap.server.options.churn = 0
        second = tap.run(catalog=catalog, state=first.state, page_size=page_size)
        assert (first.code, second.code) == (0, 0)
        whole(tap.server, first, second, streams=CHATS)


def test_a_run_right_after_another_one_asks_for_nothing_younger_than_five_minutes(
    opened: Opened, whole: Whole
) -> None:
    with opened(chats=30) as tap:
        catalog = tap.catalog()
        runs = [tap.run(catalog=catalog)]
        for seed in range(3):
            tap.server.app.live(seed, 20)
            runs.append(tap.run(catalog=catalog, state=runs[-1].state))
        assert [run.code for run in runs] == [0, 0, 0, 0]
        whole(tap.server, *runs)
        assert max(starts(tap)) < datetime.now(UTC).timestamp() - 300
        assert tap.server.log.statuses.keys() == {200}


@settings(max_examples=6, deadline=None)
@given(page_size=st.integers(1, 30), recent=st.integers(1, 40))
def test_pages_that_end_in_the_last_minutes_are_followed_without_asking_from_there(
    opened: Opened, whole: Whole, page_size: int, recent: int
) -> None:
    with opened(chats=60) as tap:
        catalog = tap.catalog(zopim_chats=None)
        first = tap.run(catalog=catalog)
        for number in range(recent):
            tap.server.changes.new_chat(at=ago(seconds=200 - number))
        second = tap.run(catalog=catalog, state=first.state, page_size=page_size)
        assert second.code == 0
        whole(tap.server, first, second, streams=CHATS)
        assert tap.server.log.statuses.keys() == {200}


def test_pages_that_end_just_when_the_last_minutes_begin_break_no_rule(
    opened: Opened, whole: Whole
) -> None:
    with opened(chats=30) as tap:
        catalog = tap.catalog(zopim_chats=None)
        first = tap.run(catalog=catalog)
        for number in range(30):
            tap.server.changes.new_chat(at=ago(seconds=315 - number))
        second = tap.run(catalog=catalog, state=first.state, page_size=1)
        whole(tap.server, first, second, streams=CHATS)
        assert tap.server.log.statuses.keys() == {200}


@pytest.mark.parametrize("status", [400, 403, 404, 416])
def test_more_changes_in_the_last_minutes_than_one_request_brings_come_with_later_runs(
    opened: Opened, whole: Whole, status: int
) -> None:
    with opened(chats=1_300) as tap:
        catalog, changed = tap.catalog(zopim_chats=None), ago(minutes=2)
        tap.server.changes.tag_many(1_300, at=changed)
        tap.server.faults.add("status", path="*/incremental/chats", query="start_id", status=status)
        first = tap.run(catalog=catalog)
        assert first.code == 0
        assert first.state["bookmarks"]["zopim_chats"]["update_timestamp"] == changed
        tap.server.faults.clear()
        tap.server.options.minimum_age = 0  # the minutes have passed
        whole(tap.server, first, tap.run(catalog=catalog, state=first.state), streams=CHATS)


def test_where_the_vendor_leads_on_into_the_last_minutes_the_tap_follows(
    opened: Opened, whole: Whole
) -> None:
    with opened(chats=2_500, minimum_age=0) as tap:
        catalog = tap.catalog(zopim_chats=None)
        tap.server.changes.tag_many(2_500, at=ago(minutes=2))
        whole(tap.server, tap.run(catalog=catalog), streams=CHATS)


def test_an_account_that_changes_faster_than_it_is_read_does_not_hold_the_run(
    opened: Opened, whole: Whole
) -> None:
    with opened(chats=30, churn=1, minimum_age=0) as tap:
        catalog = tap.catalog(zopim_chats=None)
        first = tap.run(catalog=catalog, page_size=1)
        assert first.code == 0
        tap.server.options.churn = 0
        whole(tap.server, first, tap.run(catalog=catalog, state=first.state), streams=CHATS)


def test_many_changes_in_the_last_minutes_break_no_order(opened: Opened) -> None:
    with opened(chats=2_300, minimum_age=0) as tap:
        catalog = tap.catalog(zopim_chats=None)
        for minutes in (5, 4, 3):
            tap.server.changes.tag_many(600, at=ago(minutes=minutes, seconds=30))
        run = tap.run(catalog=catalog)
        assert run.code == 0
        assert tap.breaches(run, catalog) == ""


def test_a_change_that_bears_a_time_to_come_hides_none_of_those_before_it(
    opened: Opened, whole: Whole
) -> None:
    with opened(chats=30) as tap:
        catalog = tap.catalog()
        tap.server.changes.new_chat(at="2099-01-01T00:00:00Z")
        first = tap.run(catalog=catalog)
        tap.server.changes.new_chat(at=ago(seconds=1))
        second = tap.run(catalog=catalog, state=first.state)
        assert (first.code, second.code) == (0, 0)
        whole(tap.server, first, second, streams=CHATS)


def test_a_bookmark_that_is_to_come_is_told(tap: Tap) -> None:
    run = tap.run(
        catalog=tap.catalog(zopim_chats=None),
        state={"bookmarks": {"zopim_chats": {"update_timestamp": "2099-01-01"}}},
    )
    assert run.code == 0
    assert (
        "bookmarks.zopim_chats.update_timestamp is 2099-01-01: what changes before then is not read"
        in run.err
    )


def test_late_changes_of_every_kind_arrive(opened: Opened, whole: Whole) -> None:
    with opened(chats=80) as tap:
        changes, ids = (
            tap.server.changes,
            [row["id"] for row in tap.server.account.rows("chats") if row["type"] == "chat"],
        )
        first = tap.run()
        changes.rate(ids[0])
        changes.tag(ids[1], tag="late")
        changes.comment(ids[2], comment="thanks")
        changes.link_ticket(ids[3], ticket=4711)
        changes.delete_chat(ids[4])
        changes.convert(ids[5])
        second = tap.run(state=first.state)
        whole(tap.server, first, second)
        assert {row["id"] for row in second.records("zopim_chats")} >= set(ids[:6])
        assert Counter(
            row["deleted"] for row in second.records("zopim_chats") if row["id"] == ids[4]
        ) == {True: 1}


def test_the_newest_span_of_an_agent_is_read_again_until_it_has_ended(
    opened: Opened, whole: Whole
) -> None:
    with opened(chats=60) as tap:
        catalog = tap.catalog(agent_timeline=None)
        changes, agent = tap.server.changes, tap.server.account.rows("agents")[0]["id"]
        changes.set_status(agent, "online", at=ago(hours=50))
        runs = [tap.run(catalog=catalog)]
        changes.set_status(tap.server.account.rows("agents")[1]["id"], "online", at=ago(hours=1))
        runs.append(tap.run(catalog=catalog, state=runs[-1].state))
        changes.set_status(agent, "away", at=ago(minutes=10))
        runs.append(tap.run(catalog=catalog, state=runs[-1].state))
        whole(tap.server, *runs, streams=["agent_timeline"])


def test_a_span_that_ends_between_being_read_and_the_end_of_the_walk_comes_again(
    opened: Opened, whole: Whole
) -> None:
    with opened(chats=60, agents=2) as tap:
        catalog = tap.catalog(agent_timeline=None)
        changes, (agent, other) = (
            tap.server.changes,
            [row["id"] for row in tap.server.account.rows("agents")],
        )
        changes.set_status(agent, "online", at=ago(hours=10))
        for number in range(20):
            changes.set_status(other, "online", at=ago(hours=9, minutes=-20 * number))
        pages = -(-len(tap.server.account.rows("agent_timeline")) // 5)
        tap.server.faults.add("drip", path="*/agent_timeline", nth=pages - 1, seconds=1)
        process = tap.start(catalog=catalog, page_size=5)
        while not tap.server.log.faults and process.poll() is None:
            pass
        changes.set_status(agent, "away")
        out, err = process.communicate(timeout=PATIENCE)
        first = Run(process.returncode, out, err.decode())
        assert first.code == 0, first.err
        second = tap.run(catalog=catalog, state=first.state)
        whole(tap.server, first, second, streams=["agent_timeline"])
