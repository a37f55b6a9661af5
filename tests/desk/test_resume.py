"""Wherever a run ends, the next one goes on from the last state, and nothing is lost."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.times import parse
from tests.desk.conftest import Desk, Opened, Place
from tests.harness import Run

WALKED = ("cases", "messages", "drafts", "replies", "notes", "customers")


@given(
    seed=st.integers(0, 10**6),
    cuts=st.lists(st.integers(0, 200), min_size=1, max_size=3),
    size=st.integers(2, 20),
)
@settings(max_examples=3, deadline=None)
def test_killed_at_any_line_and_resumed_nothing_is_lost(
    seed: int, cuts: list[int], size: int
) -> None:
    with Desk(seed, 15) as desk:
        runs: list[Run] = []
        state = None
        for cut in cuts:
            runs.append(desk.run(state=state, lines=cut, page_size=size).acknowledged)
            state = runs[-1].state or state
        runs.append(desk.run(state=state, page_size=size))
        assert runs[-1].code == 0, runs[-1].err
        desk.holds(*runs)


@given(data=st.data())
@settings(max_examples=3, deadline=None)
def test_killed_at_any_state_and_changed_meanwhile_nothing_is_lost(data: st.DataObject) -> None:
    options: dict[str, Any] = {
        "since": data.draw(st.sampled_from(["inclusive", "exclusive"])),
        "ignored": data.draw(st.sampled_from(["", "since_id", "since_updated_at"])),
        "churn": data.draw(st.sampled_from([0, 3])),
    }
    burst = data.draw(st.sampled_from([0, 14]))
    size = data.draw(st.integers(2, 20))
    with Desk(data.draw(st.integers(1, 99)), 18, burst, **options) as desk:
        catalog = desk.catalog(*WALKED)
        runs: list[Run] = []
        state = None
        for number in range(data.draw(st.integers(1, 2))):
            run = desk.run(catalog=catalog, state=state, page_size=size, lookback_seconds=0)
            run = run.until_state(data.draw(st.integers(0, len(run.states) - 1)))
            runs.append(run)
            state = run.state
            desk.live(number, 5)
        desk.options.churn = 0
        runs.append(desk.run(catalog=catalog, state=state, page_size=size, lookback_seconds=0))
        assert runs[-1].code == 0, runs[-1].err
        desk.holds(*runs, streams=WALKED)


def test_an_interrupted_walk_goes_on_where_it_stopped(opened: Opened) -> None:
    desk = opened(seed=5, cases=30)
    catalog = desk.catalog("cases", "replies")
    killed = desk.run(catalog=catalog, page_size=6).until_state(2)
    rest = desk.run(catalog=catalog, state=killed.state, page_size=6)
    assert killed.state is not None
    last = int(killed.state["bookmarks"]["cases"]["walk"]["since_id"])
    assert last >= killed.records("cases")[5]["id"]
    assert rest.records("cases")[0]["id"] > last
    desk.holds(killed, rest, streams=("cases", "replies"))


def test_what_changed_behind_an_interrupted_walk_comes_with_the_rest_of_it(opened: Opened) -> None:
    desk = opened(seed=5, cases=30)
    catalog = desk.catalog("cases")
    killed = desk.run(catalog=catalog, page_size=6).until_state(2)
    [changed] = desk.server.changes.update_case(killed.records("cases")[0]["id"])["cases"]
    desk.clock.advance(60)
    rest = desk.run(catalog=catalog, state=killed.state, page_size=6)
    assert changed in {row["id"] for row in rest.records("cases")}
    desk.holds(killed, rest, streams=("cases",))


def test_a_walk_that_does_not_say_when_it_began_hides_no_change_behind_it(opened: Opened) -> None:
    desk = opened(seed=5, cases=30)
    catalog = desk.catalog("cases")
    killed = desk.run(catalog=catalog, page_size=6).until_state(2)
    state = killed.state
    assert state is not None
    del state["bookmarks"]["cases"]["walk"]["until"]
    *_, last = desk.account.cases.ids()
    for case in (killed.records("cases")[0]["id"], last):
        desk.clock.advance(60)
        desk.server.changes.update_case(case)
    desk.clock.advance(60)
    rest = desk.run(catalog=catalog, state=state, page_size=6, lookback_seconds=0)
    again = desk.run(catalog=catalog, state=rest.state, lookback_seconds=0)
    desk.holds(killed, rest, again, streams=("cases",))


def test_in_one_walk_each_stream_goes_on_where_it_stopped(opened: Opened) -> None:
    desk = opened(seed=5, cases=30)
    killed = desk.run(catalog=desk.catalog("cases"), page_size=6).until_state(2)
    assert killed.state is not None
    last = int(killed.state["bookmarks"]["cases"]["walk"]["since_id"])
    rest = desk.run(catalog=desk.catalog("cases", "replies"), state=killed.state, page_size=6)
    ids = desk.account.cases.ids()
    assert [row["id"] for row in rest.records("cases")][:6] == ids[ids.index(last) + 1 :][:6]
    desk.holds(rest, streams=("replies",))
    desk.holds(killed, rest, streams=("cases",))


def test_a_killed_run_leaves_where_it_is_in_its_walk(opened: Opened) -> None:
    desk = opened(seed=5, cases=30)
    killed = desk.run(catalog=desk.catalog("cases"), page_size=6).until_state(0)
    state = killed.state
    assert state is not None
    assert len(killed.records("cases")) == 12
    read = desk.app.rows("cases")[:6]
    newest = max(row["updated_at"] for row in read)
    last = max(row["updated_at"] for row in desk.app.rows("cases"))
    bookmark = state["bookmarks"]["cases"]
    until = bookmark["walk"].pop("until")
    assert bookmark == {
        "since_updated_at": newest,
        "walk": {"since": "2015-01-01T00:00:00Z", "since_id": str(read[-1]["id"])},
    }
    final = desk.run(catalog=desk.catalog("cases")).state
    assert final is not None
    assert final["bookmarks"] == {"cases": {"since_updated_at": last}}
    assert int(until) == parse(last)


@pytest.mark.parametrize(
    "walk",
    [
        {"since_id": "x"},
        {"since": "2020-01-01"},
        {"since": "yesterday", "since_id": "1"},
        {"since": "2020-01-01", "since_id": "1", "until": -(10**18)},
        7,
    ],
    ids=str,
)
def test_a_walk_that_makes_no_sense_is_named(opened: Opened, walk: Any) -> None:
    bookmark = {"since_updated_at": "2020-01-01T00:00:00Z", "walk": walk}
    run = opened().run(state={"bookmarks": {"cases": bookmark}})
    assert run.code == 2
    assert "bookmarks.cases.walk" in run.err


def test_a_state_without_anything_to_see_stays_empty(opened: Opened) -> None:
    desk = opened()
    run = desk.run(start_date="2020-03-02", catalog=desk.catalog("cases", "replies", "customers"))
    assert run.code == 0
    assert run.states[-1]["bookmarks"] == {}


def test_bookmarks_of_streams_that_are_not_selected_stay(opened: Opened) -> None:
    desk = opened()
    customers = {"since_updated_at": "2020-01-01T00:00:00Z"}
    before = {"bookmarks": {"customers": customers, "elsewhere": {"cursor": 7}}, "kept": True}
    after = desk.run(state=before, catalog=desk.catalog("brands")).states[-1]
    assert after["bookmarks"] == before["bookmarks"]
    assert after["kept"] is True


def test_the_same_account_gives_the_same_bytes_whatever_the_concurrency(opened: Opened) -> None:
    desk = opened(cases=25)
    one, other = (desk.run(concurrency=number, page_size=6) for number in (8, 1))
    assert len(one.states) > 8
    assert one.untimed() == other.untimed()


@pytest.mark.process
def test_a_signal_ends_the_run_with_a_state_and_its_code(place: Place) -> None:
    server, taps = place(cases=120)
    server.faults.add("hang", path="*/cases/*/replies", nth=25)
    run = taps.stopped(60, signal.SIGTERM, page_size=10)
    assert run.code == 143, run.err
    assert run.messages[-1]["type"] == "STATE"
    assert run.messages[-1]["value"]["currently_syncing"] == "cases"
    assert "Traceback" not in run.err
