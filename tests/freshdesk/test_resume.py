"""Killed at any line, a run from the last STATE brings every row; a signal ends it in order."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.freshdesk.conftest import KINDS, Helpdesk, sent
from tests.freshdesk.truth import STREAMS
from tests.harness import Run, Workplace

Start = Callable[..., tuple[Helpdesk, Workplace]]


def killed(desk: Helpdesk, cuts: list[int], *streams: str, **given: Any) -> list[Run]:
    """What a target has of runs that were killed after so many lines each."""
    runs: list[Run] = []
    state = None
    for cut in cuts:
        runs.append(desk.run(*streams, lines=cut, state=state, **given).acknowledged)
        state = runs[-1].state or state
    return runs


@settings(max_examples=3, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    cuts=st.lists(st.integers(0, 250), min_size=1, max_size=3),
    page_size=st.integers(5, 50),
)
def test_killed_at_any_line_and_resumed_nothing_is_lost(
    seed: int, cuts: list[int], page_size: int
) -> None:
    desk = Helpdesk(tickets=20, seed=seed, config={"page_size": page_size})
    runs = killed(desk, cuts, *KINDS)
    state = next((run.state for run in reversed(runs) if run.state), None)
    last = desk.run(*KINDS, state=state)
    assert last.code == 0, last.err
    desk.assert_held(*runs, last, streams=KINDS)


@settings(max_examples=3, deadline=None)
@given(
    cuts=st.lists(st.integers(10, 160), min_size=1, max_size=4),
    changes=st.integers(0, 12),
    contacts_filter=st.sampled_from(["_updated_since", "none"]),
    seed=st.integers(0, 10**6),
)
def test_what_changes_between_two_killed_runs_comes(
    cuts: list[int], changes: int, contacts_filter: str, seed: int
) -> None:
    desk = Helpdesk(tickets=120, seed=seed, contacts_filter=contacts_filter)
    desk.tap.config["page_size"] = 10
    contacts = [row["id"] for row in desk.account.rows("contacts") if not row.get("deleted")]
    runs: list[Run] = []
    for number, cut in enumerate(cuts):
        state = runs[-1].state if runs else None
        runs.append(desk.run("contacts", lines=cut, state=state).acknowledged)
        for contact in contacts[number * changes : (number + 1) * changes]:
            desk.changes.update_contact(contact)
        for contact in contacts[-(number + 1) * changes : -number * changes or None]:
            desk.changes.move_contact(contact, "deleted")
    for _ in range(2):
        runs.append(desk.run("contacts", state=runs[-1].state))
        assert runs[-1].code == 0, runs[-1].err
    desk.assert_held(*runs, streams=["contacts"])


@pytest.mark.parametrize("cut_to", [100, 15])
def test_a_reading_of_contacts_that_was_killed_goes_on_where_it_was(cut_to: int) -> None:
    desk = Helpdesk(tickets=500, config={"page_size": 20}, cut_to=cut_to)
    first = desk.run("contacts", lines=100).acknowledged
    others = len(desk.account.rows("contacts")) - len(first.records("contacts"))
    assert min(others, len(first.records("contacts"))) > 50
    second = desk.run("contacts", state=first.state)
    assert second.code == 0, second.err
    desk.assert_held(first, second, streams=["contacts"])
    assert len(second.records("contacts")) <= others + 20
    assert desk.run("contacts", state=second.state).requests("contacts") == 3


@pytest.mark.parametrize(
    "progress",
    [
        {"Note": "Progress is not resumable if interrupted.", "replication_key": "updated_at"},
        {"list": "elsewhere", "newest": "2026-05-01T00:00:00Z", "end": 100, "last": ["1 x"]},
        {"list": "live", "newest": "", "end": 100, "last": ["1 x"]},
        {"list": "live", "newest": "2026-05-01T00:00:00Z", "end": 100, "last": []},
        {"list": ["live"], "newest": "2026-05-01T00:00:00Z", "end": 100, "last": ["1 x"]},
        {"list": "live", "newest": 17000, "end": "100", "last": [["1"]]},
        {"list": "live", "newest": "2026-05-01T00:00:00Z", "end": 100, "last": 5},
        {"list": "live", "newest": "2026-05-01T00:00:00Z", "end": 9, "last": ["1 x"], "cut": "9"},
        "half",
    ],
)
def test_progress_of_another_shape_is_none(progress: Any) -> None:
    desk = Helpdesk()
    state = {"bookmarks": {"contacts": {"progress_markers": progress}}}
    run = desk.run("contacts", state=state)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["contacts"])
    assert run.state is not None
    assert "progress_markers" not in run.state["bookmarks"]["contacts"]


def test_a_place_that_the_list_no_longer_has_is_looked_for_from_the_start() -> None:
    desk = Helpdesk(tickets=300, config={"page_size": 10})
    progress = {"list": "live", "newest": "2020-01-01T00:00:00Z", "end": 90, "last": ["1 x"]}
    run = desk.run("contacts", state={"bookmarks": {"contacts": {"progress_markers": progress}}})
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["contacts"])


def test_a_resumed_run_begins_with_the_interrupted_stream_and_drops_none() -> None:
    desk = Helpdesk(tickets=10)
    run = desk.run(state={"bookmarks": {}, "currently_syncing": "contacts"})
    order = [message["stream"] for message in run.messages if message["type"] == "SCHEMA"]
    assert order[0] == "contacts"
    assert set(order) == set(STREAMS)
    assert run.state is not None
    assert not run.state.get("currently_syncing")


@pytest.mark.process
@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_the_command_ended_by_a_signal_leaves_a_state_from_which_the_rest_comes(
    command: Start, signum: signal.Signals, code: int
) -> None:
    desk, taps = command(tickets=80, config={"page_size": 10})
    desk.fault("hang", path="*/tickets/*/conversations", nth=25)
    run = taps.stopped(20, signum)
    desk.server.faults.clear()
    assert run.code == code, run.err
    assert "Traceback" not in run.err
    if signum == signal.SIGTERM:
        assert run.messages[-1]["type"] == "STATE"
        assert run.messages[-1]["value"]["currently_syncing"] == "tickets"
    last = taps.run(state=run.acknowledged.state)
    assert last.code == 0, last.err
    desk.assert_held(run.acknowledged, last)


def test_records_of_a_killed_run_are_whole_lines() -> None:
    desk = Helpdesk()
    run = desk.run(lines=77)
    assert len(run.out.splitlines()) == 77
    assert run.out.endswith(b"\n")
    assert sent("tickets", run)
