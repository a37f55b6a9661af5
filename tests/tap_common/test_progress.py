"""What a person sees of a run on a terminal and in a log file."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from typing import Any

import pytest

from tap_common.http import Api
from tap_common.outcome import Ending, Outcome
from tap_common.progress import Progress
from tap_common.vendor import Request
from tests.clock import SimulatedClock
from tests.tap_common.script import Said, Script, api, lines

DONE = Outcome(Ending.DONE)


class Terminal(io.StringIO):
    """A terminal, or a file that stands in its place."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


class Watched:
    """A run whose progress somebody watches."""

    def __init__(self, *, is_terminal: bool, said: Said | None = None) -> None:
        self.clock = SimulatedClock()
        self.api: Api = api(Script(lines(said or Said()), self.clock), self.clock)
        self.terminal = Terminal(is_terminal=is_terminal)
        self.progress = Progress(self.api, self.terminal)

    def work(self, rows: int, seconds: float) -> None:
        """Some rows of tickets, with a request, in so many seconds."""
        self.api.get(Request("tickets", "tickets"))
        self.clock.advance(seconds)
        self.progress.rows("tickets", rows)
        self.progress.tick()

    def end(self, outcome: Outcome = DONE, bookmark: Mapping[str, Any] | None = None) -> None:
        self.progress.end({"tickets": outcome}, {"tickets": bookmark or {}})


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The lines that were logged, without those that are metrics for machines."""
    monkeypatch.setattr(logging.getLogger("tap"), "propagate", True)
    caplog.set_level(logging.INFO, "tap")

    def found() -> list[str]:
        messages = [(record.levelname, record.getMessage()) for record in caplog.records]
        return [f"{level} {text}" for level, text in messages if not text.startswith("METRIC")]

    return found


def test_a_terminal_shows_one_live_line(log: Any) -> None:
    run = Watched(is_terminal=True)
    run.progress.begin({"tickets": {}})
    run.work(30, seconds=0.3)
    run.work(30, seconds=0.3)
    run.work(40, seconds=0.1)
    assert run.terminal.getvalue() == "\r\x1b[Ktickets: 60 rows, 100 rows/s, 2 requests"
    run.end()
    assert run.terminal.getvalue().endswith("2 requests\r\x1b[K")
    assert log() == ["INFO tickets: 100 rows, 143 rows/s, 3 requests: done"]


def test_a_log_gets_a_line_a_minute(log: Any) -> None:
    run = Watched(is_terminal=False)
    run.progress.begin({"tickets": {}})
    for _ in range(7):
        run.work(60, seconds=20)
    assert run.terminal.getvalue() == ""
    assert log() == [
        "INFO tickets: 180 rows, 3 rows/s, 3 requests",
        "INFO tickets: 360 rows, 3 rows/s, 6 requests",
    ]


def test_metrics_add_up_to_all_rows(caplog: pytest.LogCaptureFixture, log: Any) -> None:
    run = Watched(is_terminal=False)
    run.progress.begin({"tickets": {}})
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
    assert '"status": "failed"' in durations[0]
    assert '"value": 200' in durations[0]
    assert log()[-1] == "WARNING tickets: 250 rows, 1 rows/s, 5 requests: failed: HTTP 500"


def test_what_is_left_of_the_rate_limit_is_shown(log: Any) -> None:
    run = Watched(is_terminal=False, said=Said(headers={"X-Limit": "700", "X-Remaining": "690"}))
    run.progress.begin({"tickets": {}})
    run.work(10, seconds=10)
    run.end()
    assert log() == ["INFO tickets: 10 rows, 1 rows/s, 1 requests, quota left 690: done"]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ({}, {}, "-"),
        ({}, {"at": "2026-01-01"}, "- -> 2026-01-01"),
        ({"at": "2026-01-01"}, {"at": "2026-01-02", "shown": True}, "2026-01-01 -> 2026-01-02"),
        ({"at": "x"}, {"at": "x", "owed": {"7": {}}}, "x"),
        ({}, {"shown": True}, "-"),
        ({"a": 1}, {"a": 2, "b": "y", "c": None}, "1 -> a=2,b=y"),
        ({}, {"a": 7, "b": 7}, "- -> 7"),
        ({}, {"a": "z" * 99}, f"- -> {'z' * 40}"),
    ],
)
def test_the_table_says_how_far_each_stream_is_read(
    log: Any, before: dict[str, Any], after: dict[str, Any], shown: str
) -> None:
    run = Watched(is_terminal=False)
    run.progress.begin({"tickets": before, "users": {}})
    run.work(3, seconds=2)
    run.progress.end(
        {"tickets": DONE, "users": Outcome(Ending.REFUSED, "HTTP 403")},
        {"tickets": after, "users": {}},
    )
    run.progress.summary()
    table = [line.removeprefix("INFO ") for line in log()[-3:]]
    assert [line.split("  ")[0].strip() for line in table] == ["stream", "tickets", "users"]
    assert table[1].split() == ["tickets", "3", "1", "0", "2.0", "0.0", *shown.split(), "done"]
    assert " ".join(table[2].split()) == "users 0 0 0 2.0 0.0 - refused: HTTP 403"
    at = table[0].index("outcome")
    assert table[1][at:] == "done"


def test_a_stream_that_was_not_reached_is_unfinished(log: Any) -> None:
    run = Watched(is_terminal=False)
    run.progress.begin({"tickets": {"at": "x"}})
    run.progress.summary()
    assert " ".join(log()[-1].split()) == "INFO tickets 0 0 0 0.0 0.0 x unfinished"
