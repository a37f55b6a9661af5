"""Ended by a signal, a kill or a closed pipe, a run leaves a state that holds; the same account gives the same bytes."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.desk import Account, Options, serve
from tests.desk.conftest import Place, workplace
from tests.harness import selecting


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    cuts=st.lists(st.integers(0, 300), min_size=1, max_size=2),
    page_size=st.integers(5, 50),
    signum=st.sampled_from([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]),
)
def test_stopped_at_any_line_and_resumed_nothing_is_lost(
    seed: int, cuts: list[int], page_size: int, signum: signal.Signals
) -> None:
    with (
        serve(Account(seed=seed, cases=60), Options(limit=0)) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        taps = workplace(server, Path(folder))
        runs = taps.resumed(cuts, signum, page_size=page_size)
        assert runs[-1].code == 0, runs[-1].err
        assert set().union(*(run.keys() for run in runs)) == taps.run().keys()


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_run_with_a_state_and_its_code(
    place: Place, signum: signal.Signals, code: int
) -> None:
    server, taps = place(Account(seed=1, cases=300))
    server.faults.add("hang", path="*/cases/*/replies", nth=25)
    run = taps.stopped(60, signum, page_size=10)
    server.faults.clear()
    assert run.code == code, run.err
    assert run.messages[-1]["type"] == "STATE"
    assert run.messages[-1]["value"]["currently_syncing"] == "cases"
    assert "Traceback" not in run.err
    assert run.keys() | taps.run(state=run.state).keys() == taps.run().keys()


def test_a_target_that_closes_the_pipe_ends_the_run_with_one_line(place: Place) -> None:
    _, taps = place(Account(seed=1, cases=300))
    run = taps.abandoned()
    assert run.code == 1
    assert "CRITICAL the target closed the pipe" in run.err
    assert "Traceback" not in run.err


def test_the_same_account_gives_the_same_bytes_whatever_the_concurrency(place: Place) -> None:
    _, taps = place()
    one, other = (taps.run(concurrency=number, page_size=40) for number in (8, 3))
    assert len(one.states) > 8
    assert one.untimed() == other.untimed()


def test_an_unchanged_account_brings_the_border_rows_and_the_same_state(place: Place) -> None:
    _, taps = place()
    first = taps.run()
    second = taps.run(state=first.states[-1], lookback_seconds=0)
    assert len(second.records("cases")) == 1
    assert len(second.records("customers")) == 1
    assert second.states[0] == second.states[-1] == first.states[-1]
    assert second.messages[0]["type"] == "STATE"


def test_bookmarks_of_streams_that_are_not_selected_stay(place: Place) -> None:
    _, taps = place()
    before = {
        "bookmarks": {
            "customers": {"since_updated_at": "2020-01-01T00:00:00Z"},
            "elsewhere": {"cursor": 7},
        },
        "kept": True,
    }
    after = taps.run(state=before, catalog=selecting(taps.discovered(), "brands")).states[-1]
    assert {**after, "currently_syncing": None} == {**before, "currently_syncing": None}
