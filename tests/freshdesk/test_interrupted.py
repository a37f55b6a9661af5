"""Killed at any instant, a run from the last STATE brings every row; a signal ends it in order."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.freshdesk import Account, FreshdeskServer, Options, serve
from tests.freshdesk.conftest import Place, workplace
from tests.freshdesk.test_complete import KEYS, OBJECTS
from tests.harness import PROMPT, Run


def absent(server: FreshdeskServer, runs: list[Run]) -> dict[str, int]:
    lost = {}
    for stream, key in KEYS.items():
        if stream not in OBJECTS:
            there = {tuple(row[name] for name in key) for row in server.account.rows(stream)}
            lost[stream] = len(
                there
                - {tuple(row[name] for name in key) for run in runs for row in run.records(stream)}
            )
    return {stream: count for stream, count in lost.items() if count}


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    cuts=st.lists(st.integers(0, 300), min_size=1, max_size=3),
    page_size=st.integers(5, 50),
    signum=st.sampled_from([signal.SIGKILL, signal.SIGTERM, signal.SIGINT]),
)
def test_killed_at_any_record_and_resumed_nothing_is_lost(
    seed: int, cuts: list[int], page_size: int, signum: signal.Signals
) -> None:
    with (
        serve(Account(seed=seed, tickets=60), Options(limit=0)) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        taps = workplace(server, Path(folder), page_size=page_size)
        runs = taps.resumed(cuts, signum)
        assert runs[-1].code == 0, runs[-1].err
        assert absent(server, runs) == {}


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_run_with_whole_lines_a_state_and_its_code(
    place: Place, signum: signal.Signals, code: int
) -> None:
    server, taps = place(tickets=300, config={"page_size": 10})
    server.faults.set([{"kind": "hang", "path": "*/tickets/*/conversations", "nth": 55}])
    run = taps.stopped(60, signum)
    server.faults.clear()
    assert run.code == code, run.err
    assert run.out.endswith(b"\n")
    assert run.messages[-1]["type"] == "STATE"
    assert run.messages[-1]["value"]["currently_syncing"] == "tickets"
    assert "Traceback" not in run.err
    assert absent(server, [run.acknowledged, taps.run(state=run.state)]) == {}


@pytest.mark.parametrize("seconds", ["86400", "99999999999", "1e400"])
def test_a_signal_ends_the_longest_wait(place: Place, seconds: str) -> None:
    server, taps = place()
    server.faults.set([{"kind": "status", "status": 429, "retry_after": seconds}])
    process = taps.start()
    assert process.stderr is not None
    while b"waiting until" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=PROMPT)
    assert process.returncode == 143, err
    assert out.endswith(b"\n")


def test_a_resumed_run_begins_with_the_interrupted_stream_and_drops_none(place: Place) -> None:
    _, taps = place()
    run = taps.run(state={"bookmarks": {}, "currently_syncing": "contacts"})
    order = [message["stream"] for message in run.messages if message["type"] == "SCHEMA"]
    assert order[0] == "contacts"
    assert set(order) == set(KEYS)
    assert run.state is not None
    assert not run.state.get("currently_syncing")


def test_a_target_that_closes_the_pipe_ends_the_run_with_one_line(place: Place) -> None:
    _, taps = place(tickets=300)
    run = taps.abandoned()
    assert run.code == 1
    assert [line for line in run.err.splitlines() if line.startswith("CRITICAL")] == [
        "CRITICAL the target closed the pipe; nothing more can be written"
    ]
    assert "Traceback" not in run.err
