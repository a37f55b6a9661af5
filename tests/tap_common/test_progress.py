"""What a log file gets of a run: a line a minute, a line for each stream, metrics."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import Any

import pytest

from tap_common.outcome import Ending, Outcome
from tests.clock import START
from tests.harness import ROOT
from tests.tap_common.script import Said
from tests.tap_common.watched import YEAR, Watched


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The lines that were logged, without those that are metrics for machines."""
    monkeypatch.setattr(logging.getLogger("tap"), "propagate", True)
    caplog.set_level(logging.INFO, "tap")

    def found() -> list[str]:
        messages = [(record.levelname, record.getMessage()) for record in caplog.records]
        return [f"{level} {text}" for level, text in messages if not text.startswith("METRIC")]

    return found


@pytest.fixture(autouse=True)
def _in_london(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def test_a_log_gets_a_line_a_minute_with_the_time_of_day(log: Any) -> None:
    run = Watched()
    run.begin()
    for _ in range(7):
        run.work(600, seconds=20)
    assert run.terminal.getvalue() == ""
    assert log() == [
        "INFO 12:01:00 tickets: 1,800 rows, 30/s, 3 requests",
        "INFO 12:02:00 tickets: 3,600 rows, 30/s, 6 requests",
    ]


def test_the_streams_of_one_reader_share_the_line(log: Any) -> None:
    run = Watched({"tickets": {}, "comments": {}})
    run.begin()
    run.work(60, seconds=30)
    run.work(90, seconds=30, stream="comments")
    assert log() == [
        "INFO 12:01:00 tickets: 60 rows, 1/s, 1 request; comments: 90 rows, 2/s, 1 request"
    ]


def test_a_bookmark_that_moves_shows_the_share_and_the_time_left(log: Any) -> None:
    run = Watched()
    run.begin()
    for months in range(1, 6):
        at = START - YEAR + months * YEAR / 12
        run.progress.moved("tickets", {"start_time": int(at.timestamp()), "cursor": "x"})
        run.work(60, seconds=40)
    assert log() == [
        "INFO 12:01:20 tickets: 17%, 7 min left, 120 rows, 2/s, 2 requests",
        "INFO 12:02:40 tickets: 33%, 5 min left, 240 rows, 2/s, 4 requests",
    ]


def test_rows_that_the_vendor_announced_show_the_share_and_the_time_left(log: Any) -> None:
    run = Watched()
    run.begin()
    run.api.stats.announce("tickets", 400)
    for _ in range(3):
        run.work(100, seconds=50)
        run.progress.tick()
    assert log() == ["INFO 12:01:40 tickets: 50%, 100 s left, 200 rows, 2/s, 2 requests"]


def test_what_is_left_of_the_rate_limit_is_shown(log: Any) -> None:
    run = Watched(said=Said(headers={"X-Limit": "7000", "X-Remaining": "6900"}))
    run.begin()
    run.work(60, seconds=60)
    assert log() == ["INFO 12:01:00 tickets: 60 rows, 1/s, 1 request; quota left 6,900"]


def test_a_stream_that_ends_has_a_line_at_the_level_that_fits(log: Any) -> None:
    run = Watched({"tickets": {}, "users": {}})
    run.begin()
    run.work(10, seconds=10)
    run.progress.end(
        {
            "tickets": Outcome(Ending.DONE),
            "users": Outcome(Ending.REFUSED, "HTTP 403: no", status=403),
        }
    )
    assert log() == [
        "INFO tickets: 10 rows, 1 request: done",
        "WARNING users: 0 rows, 0 requests: refused: HTTP 403: no",
    ]


def test_metrics_add_up_to_all_rows(caplog: pytest.LogCaptureFixture, log: Any) -> None:
    run = Watched()
    run.begin()
    for _ in range(5):
        run.work(50, seconds=40)
    run.end(Outcome(Ending.FAILED, "HTTP 500", fails_run=True))
    metrics = [line for line in caplog.messages if line.startswith("METRIC")]
    counts = [line for line in metrics if "record_count" in line]
    assert [line.partition('"value": ')[2].partition(",")[0] for line in counts] == [
        "100",
        "100",
        "50",
    ]
    durations = [line for line in metrics if "job_duration" in line]
    assert len(durations) == 1
    assert '"value": 200' in durations[0]
    assert log()[-1] == "WARNING tickets: 250 rows, 5 requests: failed: HTTP 500"


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (Ending.DONE, "succeeded"),
        (Ending.PARTIAL, "failed"),
        (Ending.REFUSED, "failed"),
        (Ending.FAILED, "failed"),
    ],
)
def test_the_metric_of_a_stream_says_whether_it_succeeded(
    caplog: pytest.LogCaptureFixture, ending: Ending, status: str
) -> None:
    run = Watched()
    run.begin()
    run.end(Outcome(ending))
    assert f'"status": "{status}"' in caplog.messages[-1]


@pytest.mark.process
def test_rich_is_not_loaded_where_there_is_no_terminal() -> None:
    program = "import sys, tap_common.run, tap_freshdesk.tap; print('rich' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True
    )
    assert done.stdout == b"False\n"
