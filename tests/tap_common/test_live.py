"""What a terminal shows while a run is under way, in 80 columns and in 40."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator

import pytest

from tap_common import log
from tap_common.outcome import Ending, Outcome
from tests.clock import START
from tests.tap_common.script import Said
from tests.tap_common.watched import DONE, YEAR, Watched


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.delenv("LOG_FORMAT", raising=False)
    monkeypatch.setattr(log.LOGGER, "handlers", [])
    monkeypatch.setattr(log.LOGGER, "level", logging.NOTSET)
    propagates = log.LOGGER.propagate
    log.configure()
    yield
    log.LOGGER.propagate = propagates


def watched(monkeypatch: pytest.MonkeyPatch, width: int, **given: Said) -> Watched:
    """A run over two streams, on a terminal of so many columns."""
    monkeypatch.setenv("COLUMNS", str(width))
    run = Watched({"tickets": {}, "conversations": {}}, is_terminal=True, **given)
    run.begin()
    return run


def half_done(run: Watched) -> None:
    """A quarter of the year's tickets is read in ten seconds, then another one."""
    for quarters in (1, 2):
        moved = {"live": (START - YEAR + quarters * YEAR / 4).isoformat()}
        for stream, rows in (("tickets", 6_000), ("conversations", 25_500)):
            run.progress.moved(stream, moved)
            run.work(rows, seconds=5, stream=stream)


HALF_DONE = {
    80: [
        "tickets        ━━━━━━━╺━━━━━━━  50%  30 s left  12,000 rows    600/s  2 requests",
        "conversations  ━━━━━━━╺━━━━━━━  50%  20 s left  51,000 rows  2,550/s  2 requests",
        "20 s so far, 63,000 rows and 4 requests in all",
    ],
    40: [
        "tickets        50%  12,000 rows",
        "conversations  50%  51,000 rows",
        "20 s so far",
    ],
}


@pytest.mark.parametrize(("width", "lines"), HALF_DONE.items(), ids=str)
def test_a_line_for_each_running_stream_shows_what_has_room(
    monkeypatch: pytest.MonkeyPatch, width: int, lines: list[str]
) -> None:
    run = watched(monkeypatch, width)
    half_done(run)
    assert run.terminal.shown(width) == lines


@pytest.mark.parametrize("width", range(20, 140, 7))
def test_no_width_breaks_the_lines(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    run = watched(monkeypatch, width)
    half_done(run)
    assert len(run.terminal.shown(width)) == 3
    half_done(run)
    assert len(run.terminal.shown(width)) == 3


def test_log_lines_appear_above_the_live_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    run = watched(monkeypatch, 80)
    half_done(run)
    log.LOGGER.warning("tickets: the schema does not know these fields, left out: new")
    log.LOGGER.warning("a long line: %s", "word " * 20)
    run.work(1, seconds=5)
    shown = run.terminal.shown(80)
    assert shown[0] == "WARNING tickets: the schema does not know these fields, left out: new"
    assert shown[1].startswith("WARNING a long line: word word")
    assert len(shown) == 6
    assert [line.strip() != "" for line in run.terminal.screen(80).display[:6]] == [True] * 6


def test_of_the_streams_that_end_only_one_with_a_problem_has_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The table at the end has them all."""
    run = watched(monkeypatch, 80)
    half_done(run)
    refused = Outcome(Ending.REFUSED, "HTTP 403: no", status=403)
    run.progress.end({"tickets": DONE, "conversations": refused})
    run.progress.close()
    assert run.terminal.shown(80) == [
        "WARNING conversations: 51,000 rows, 2 requests: refused: HTTP 403: no"
    ]


def test_a_wait_and_the_quota_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    used_up = Said(headers={"X-Limit": "7000", "X-Remaining": "1"})
    run = watched(monkeypatch, 80, said=used_up)
    shown: list[str] = []

    def read() -> None:
        run.work(10, seconds=0)
        run.work(10, seconds=0)

    def watch() -> None:
        run.clock.sleep(20)
        run.progress.tick()
        shown.extend(run.terminal.shown(80))

    run.clock.run(read, watch)
    assert shown[-1] == (
        "waiting until 12:01:00, quota left 1, 20 s so far, 10 rows and 1 request in all"
    )
    run.clock.advance(30)
    run.progress.tick()
    assert run.terminal.shown(80)[-1].startswith("quota left 1, ")


def test_nothing_is_left_of_the_live_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    run = watched(monkeypatch, 80)
    half_done(run)
    run.progress.close()
    screen = run.terminal.screen(80)
    assert run.terminal.shown(80) == []
    assert (screen.cursor.x, screen.cursor.y, screen.cursor.hidden) == (0, 0, False)
    assert "\x1b[?25l" not in run.terminal.getvalue()


def test_a_terminal_that_is_gone_does_not_end_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = watched(monkeypatch, 80)
    half_done(run)
    shown = run.terminal.getvalue()
    run.terminal.fault = OSError(errno.EIO, "Input/output error")
    log.LOGGER.warning("nobody reads this")
    half_done(run)
    run.end()
    run.progress.close()
    assert (run.terminal.getvalue(), run.terminal.refused) == (shown, 1)
    assert capsys.readouterr().err == ""
    assert run.report.streams["tickets"].outcome is DONE


def test_a_terminal_that_is_only_slow_shows_the_rest_later(monkeypatch: pytest.MonkeyPatch) -> None:
    run = watched(monkeypatch, 80)
    half_done(run)
    run.terminal.fault = BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
    log.LOGGER.warning("somebody reads this later")
    run.terminal.fault = None
    run.work(1, seconds=5)
    assert run.terminal.shown(80)[0] == "WARNING somebody reads this later"


@pytest.mark.parametrize(
    ("name", "value"), [("TERM", "dumb"), ("TERM", ""), ("LOG_FORMAT", "json")]
)
def test_some_terminals_get_no_live_lines(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    run = watched(monkeypatch, 80)
    half_done(run)
    assert run.terminal.getvalue() == ""


def test_a_person_who_wants_warnings_only_gets_no_live_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log.LOGGER.setLevel(logging.WARNING)
    run = watched(monkeypatch, 80)
    half_done(run)
    assert run.terminal.getvalue() == ""
