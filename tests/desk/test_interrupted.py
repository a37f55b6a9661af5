"""Ended by a signal, a kill or a closed pipe, a run leaves a state that holds; the same account gives the same bytes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.desk import Account, DeskServer, Options, serve
from tap_desk.tap import TAP
from tests.desk.runs import ROOT, Output, Start, Tap

PATIENCE = 60


def started(tap: Tap, state: Any = None, **config: Any) -> subprocess.Popen[bytes]:
    (tap.folder / "config.json").write_text(json.dumps({**tap.config, **config}))
    command = [sys.executable, "-W", "error", "-m", "tap_desk", "--config", str(tap.folder / "config.json")]
    if state is not None:
        (tap.folder / "state.json").write_text(json.dumps(state))
        command += ["--state", str(tap.folder / "state.json")]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, bufsize=0)


def stopped(tap: Tap, lines: int, signum: signal.Signals, state: Any, **config: Any) -> Output:
    """Reads so many lines from a running tap, sends it the signal, and reads the rest."""
    process = started(tap, state, **config)
    assert process.stdout is not None
    head = [process.stdout.readline() for _ in range(lines)]
    process.send_signal(signum)
    rest, err = process.communicate(timeout=PATIENCE)
    whole = [line for line in (b"".join(head) + rest).splitlines(keepends=True) if line.endswith(b"\n")]
    return Output(process.returncode, [json.loads(line) for line in whole], err.decode())


def acknowledged(run: Output) -> Output:
    """``run`` up to its last STATE: what a target has stored and acknowledged."""
    return run.until_state(-1) if run.states else Output(run.code, [], run.stderr)


def absent(server: DeskServer, runs: list[Output]) -> dict[str, int]:
    """Rows of the account that no run brought, by stream."""
    lost = {}
    for stream in TAP.streams:
        stored = {tuple(row[name] for name in stream.key) for run in runs for row in run.rows(stream.name)}
        lost[stream.name] = len(server.account.rows(stream.name)) - len(stored)
    return {stream: count for stream, count in lost.items() if count}


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
    with serve(Account(seed=seed, cases=60), Options(limit=0)) as server, tempfile.TemporaryDirectory() as folder:
        tap = Tap(server, Path(folder))
        runs: list[Output] = []
        state = None
        for cut in cuts:
            run = acknowledged(stopped(tap, cut, signum, state, page_size=page_size))
            runs.append(run)
            state = run.states[-1] if run.states else state
        runs.append(tap(state=state, page_size=page_size))
        assert runs[-1].code == 0, runs[-1].stderr
        assert absent(server, runs) == {}


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_run_with_a_state_and_its_code(desk: Start, signum: signal.Signals, code: int) -> None:
    tap = desk(Account(seed=1, cases=300))
    tap.server.faults.add("hang", path="*/cases/*/replies", nth=25)
    run = stopped(tap, 60, signum, None, page_size=10)
    tap.server.faults.clear()
    assert run.code == code, run.stderr
    assert run.messages[-1]["type"] == "STATE"
    assert run.messages[-1]["value"]["currently_syncing"] == "cases"
    assert "Traceback" not in run.stderr
    assert absent(tap.server, [run, tap(state=run.states[-1])]) == {}


def test_a_target_that_closes_the_pipe_ends_the_run_with_one_line(desk: Start) -> None:
    process = started(desk(Account(seed=1, cases=300)))
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(PATIENCE) == 1
    assert "CRITICAL the target closed the pipe" in err
    assert "Traceback" not in err


def test_the_same_account_gives_the_same_bytes_whatever_the_concurrency(desk: Start) -> None:
    tap = desk()
    one, other = (tap(concurrency=number, page_size=40) for number in (8, 3))

    def untimed(run: Output) -> list[dict[str, Any]]:
        return [{key: value for key, value in message.items() if key != "time_extracted"} for message in run.messages]

    assert len(one.states) > 8
    assert untimed(one) == untimed(other)


def test_an_unchanged_account_brings_the_border_rows_and_the_same_state(desk: Start) -> None:
    tap = desk()
    first = tap()
    second = tap(state=first.states[-1], lookback_seconds=0)
    assert len(second.rows("cases")) == 1
    assert len(second.rows("customers")) == 1
    assert second.states[0] == second.states[-1] == first.states[-1]
    assert second.messages[0]["type"] == "STATE"


def test_bookmarks_of_streams_that_are_not_selected_stay(desk: Start) -> None:
    tap = desk()
    before = {"bookmarks": {"customers": {"since_updated_at": "2020-01-01T00:00:00Z"}, "elsewhere": {"cursor": 7}}, "kept": True}
    after = tap(state=before, catalog=tap.catalog("brands")).states[-1]
    assert {**after, "currently_syncing": None} == {**before, "currently_syncing": None}
