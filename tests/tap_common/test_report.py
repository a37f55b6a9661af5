"""The end of a run: the table, the last sentence, and the report in a file."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tap_common import log, summary
from tap_common.conclusion import concluded
from tap_common.errors import (
    CredentialsRefused,
    NothingReadable,
    Stopped,
    TapError,
    UsageError,
)
from tap_common.outcome import Ending, Outcome
from tap_common.redaction import Redactor
from tap_common.report import ReportFile, RunReport, StreamReport
from tests.clock import SimulatedClock
from tests.harness import ROOT
from tests.tap_common.script import BROKEN, DENIED, REFUSED, Said
from tests.tap_common.shop import Shop, ShopTap, small_shop

SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text("utf-8"))
DONE = Outcome(Ending.DONE)
LONG_NAME = "zendesk_group_memberships"


def report_of(outcomes: dict[str, Outcome | None], seconds: float = 121) -> RunReport:
    """A report of a run of so many seconds; None is for streams that were not begun."""
    clock = SimulatedClock()
    report = RunReport("tap-shop", clock)
    report.select({name: {} for name in outcomes})
    for name, outcome in outcomes.items():
        if outcome is not None:
            report.begin([name])
            report.stats.add(name, rows=1_000, requests=10)
            report.end({name: outcome})
    clock.advance(seconds)
    report.close()
    return report


@pytest.mark.parametrize(
    ("outcomes", "code", "sentence"),
    [
        ({"a": DONE}, 0, "1 stream done, 1,000 rows, 10 requests, 2 min 1 s; exit 0"),
        (
            {
                "a": DONE,
                "b": DONE,
                "agents": Outcome(Ending.REFUSED, "HTTP 403: no", status=403),
                "groups": Outcome(Ending.REFUSED, "HTTP 403: never", status=403),
            },
            3,
            "2 streams done, 2 refused (agents, groups: HTTP 403), 4,000 rows, 40 requests, "
            "2 min 1 s; exit 3",
        ),
        (
            {
                "a": Outcome(Ending.PARTIAL, "gap", fails_run=True),
                "b": Outcome(Ending.FAILED, "HTTP 500", status=500),
                "c": Outcome(Ending.FAILED, "odd shape"),
                "d": Outcome(Ending.UNFINISHED),
                "e": None,
                "f": None,
            },
            143,
            "1 stream partial (a), 2 failed (b: HTTP 500; c), 1 unfinished (d), 2 not begun, "
            "4,000 rows, 40 requests, 2 min 1 s; exit 143",
        ),
        (
            {f"s{number}": Outcome(Ending.REFUSED, status=404) for number in range(7)},
            1,
            "7 streams refused (s0, s1, s2, s3, s4, 2 more: HTTP 404), 7,000 rows, 70 requests, "
            "2 min 1 s; exit 1",
        ),
        ({}, 0, "0 rows, 0 requests, 2 min 1 s; exit 0"),
    ],
)
def test_one_sentence_says_how_the_run_ended(
    outcomes: dict[str, Outcome | None], code: int, sentence: str
) -> None:
    assert summary.sentence(report_of(outcomes), code) == sentence


def test_the_sentence_tells_of_waiting() -> None:
    report = report_of({"a": DONE})
    report.stats.add("a", waited=61)
    assert "10 requests, 1 min 1 s of waiting for the rate limit, 2 min 1 s" in summary.sentence(
        report, 0
    )


def test_the_table_fits_80_columns_and_leaves_out_what_was_not_begun() -> None:
    refusal = Outcome(Ending.REFUSED, "HTTP 403: You are not allowed to see this, whoever you are")
    table = summary.table(report_of({"a": DONE, LONG_NAME: refusal, "never": None}))
    assert table == [
        "stream                      rows  requests   time  outcome",
        "a                          1,000        10  0.0 s  done",
        f"{LONG_NAME}  1,000        10  0.0 s  refused: HTTP 403: Yo...",
    ]
    assert max(len(f"INFO {line}") for line in table) <= 80


def ends(shop: Shop, tmp_path: Path, **given: Any) -> dict[str, Any]:
    """The report of a run over the shop, which must fit the documented schema."""
    path = tmp_path / "report.json"
    run = ShopTap(shop).run(report=str(path), **given)
    written: dict[str, Any] = json.loads(path.read_text("utf-8"))
    jsonschema.validate(written, SCHEMA)
    assert written["exit_code"] == run.code
    level, _, message = run.err.splitlines()[-1].partition(" ")
    assert level == {0: "INFO", 3: "WARNING"}.get(run.code, "CRITICAL")
    assert message == written["message"]
    return written


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {each["stream"]: each["outcome"] for each in report["streams"]}


def test_a_report_tells_the_same_as_the_run(tmp_path: Path) -> None:
    shop = small_shop(orders=4)
    shop.faults = {"shop": Said(body={"id": 1, "name": "Corner"}, seconds=5)}
    written = ends(shop, tmp_path)
    assert (written["tap"], written["account"], written["exit_code"]) == ("tap-shop", "corner", 0)
    assert (written["rows"], written["requests"]) == (16, 9)
    times = (written["start"], written["end"], written["seconds"])
    assert times == ("2026-03-01T12:04:00Z", "2026-03-01T12:04:05Z", 5)
    orders = written["streams"][0]
    assert {key: orders[key] for key in ("stream", "outcome", "message", "rows", "requests")} == {
        "stream": "orders",
        "outcome": "done",
        "message": None,
        "rows": 4,
        "requests": 3,
    }
    assert orders["bookmark_before"] is None
    assert orders["bookmark_after"] == {"changed": shop.orders[4]["changed"]}


def test_a_report_tells_of_refusals_failures_and_owed_parents(tmp_path: Path) -> None:
    shop = small_shop(orders=4)
    shop.faults = {"people": BROKEN, "orders/2/lines": REFUSED, "shop": REFUSED}
    written = ends(shop, tmp_path, retry_seconds=3)
    assert written["exit_code"] == 3
    assert outcomes(written) == {
        "orders": "done",
        "lines": "done",
        "people": "failed",
        "shop": "refused",
    }
    by_stream = {each["stream"]: each for each in written["streams"]}
    assert by_stream["lines"]["owed_parents"] == 1
    assert by_stream["people"]["retries"] > 0
    assert by_stream["people"]["message"].startswith("people: HTTP 500")


def test_refused_credentials_are_told_with_what_was_done_until_then(tmp_path: Path) -> None:
    shop = small_shop(orders=4)
    shop.faults = {"people": DENIED}
    written = ends(shop, tmp_path)
    assert written["exit_code"] == 4
    assert outcomes(written) == {
        "orders": "done",
        "lines": "done",
        "people": "unfinished",
        "shop": "not begun",
    }
    assert written["streams"][0]["bookmark_after"] == {"changed": shop.orders[4]["changed"]}


def test_a_state_that_is_not_ours_is_told_as_well(tmp_path: Path) -> None:
    written = ends(small_shop(), tmp_path, state={"tap": "tap-other", "bookmarks": {}})
    assert (written["exit_code"], written["streams"]) == (2, [])
    assert written["message"].endswith("; exit 2")


def test_a_report_of_a_pipe_that_closed_says_what_was_written_before(tmp_path: Path) -> None:
    written = ends(small_shop(orders=4), tmp_path, lines=5)
    assert written["exit_code"] == 1
    assert outcomes(written)["orders"] == "unfinished"


def test_the_time_of_a_stream_counts_until_the_run_ends() -> None:
    clock = SimulatedClock()
    report = RunReport("tap-shop", clock)
    report.select({"a": {}, "b": {}})

    def work() -> int:
        clock.advance(5)
        report.begin(["a"])
        clock.advance(7)
        raise CredentialsRefused("HTTP 401")

    assert concluded(work, report) == 4
    assert [each["seconds"] for each in report.value(4, "")["streams"]] == [7, 0]


@pytest.mark.parametrize(
    ("error", "code", "level", "message"),
    [
        (UsageError("config: no"), 2, "CRITICAL", "config: no; exit 2"),
        (CredentialsRefused("HTTP 401"), 4, "CRITICAL", "HTTP 401; exit 4"),
        (NothingReadable("nothing"), 1, "CRITICAL", "nothing; exit 1"),
        (TapError("lost"), 1, "CRITICAL", "lost; exit 1"),
        (Stopped(15), 143, "WARNING", "stopped by SIGTERM; exit 143"),
        (Stopped(2), 130, "WARNING", "stopped by SIGINT; exit 130"),
        (
            KeyError("x"),
            1,
            "CRITICAL",
            "internal error, please report it: KeyError (LOGLEVEL=debug shows where); exit 1",
        ),
    ],
)
def test_a_command_that_ends_early_says_why_and_writes_the_report(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    level: str,
    message: str,
) -> None:
    monkeypatch.setattr(log.LOGGER, "propagate", True)

    def work() -> int:
        raise error

    path = tmp_path / "report.json"
    report = RunReport("tap-shop")
    report.write_at_end(str(path))
    assert concluded(work, report) == code
    assert (caplog.records[-1].levelname, caplog.messages[-1]) == (level, message)
    written = json.loads(path.read_text("utf-8"))
    jsonschema.validate(written, SCHEMA)
    assert (written["exit_code"], written["message"]) == (code, message)


@pytest.mark.parametrize(
    ("outcome", "bookmark", "owed"),
    [
        (Outcome(Ending.DONE, owed=2), {}, 2),
        (Outcome(Ending.UNFINISHED), {"owed": {"7": {}, "8": {}, "9": {}}}, 3),
        (DONE, {"owed": None}, 0),
    ],
)
def test_owed_parents_are_told_of_full_tables_and_of_interrupted_streams(
    outcome: Outcome, bookmark: dict[str, Any], owed: int
) -> None:
    assert StreamReport("a", {}, bookmark, outcome).owed == owed


def test_a_report_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "REDACTOR", Redactor())
    log.REDACTOR.hide(["key-of-acme"])
    report = report_of({"a": Outcome(Ending.FAILED, "you sent key-of-acme")})
    value = report.value(3, "key-of-acme; exit 3")
    assert "key-of-acme" not in json.dumps(value)
    assert value["message"] == "[hidden]; exit 3"


def test_a_report_replaces_the_last_one_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", "utf-8")
    path.chmod(0o640)
    before = path.open(encoding="utf-8")
    (tmp_path / "link.json").symlink_to(path)
    ReportFile(str(tmp_path / "link.json")).write({"a": 1})
    with before:
        assert before.read() == "old"
    assert json.loads(path.read_text("utf-8")) == {"a": 1}
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (tmp_path / "link.json").is_symlink()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["link.json", "report.json"]


def test_a_new_report_has_the_mode_of_new_files(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    ReportFile(str(tmp_path / "report.json")).write({})
    modes = {entry.stat().st_mode for entry in tmp_path.iterdir()}
    assert len(modes) == 1


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("missing/report.json", "No such file or directory"),
        (".", "it is not a plain file"),
        ("fifo", "it is not a plain file"),
        ("file/report.json", "Not a directory"),
    ],
)
def test_a_report_that_can_not_be_written_is_an_error_before_anything_is_read(
    tmp_path: Path, path: str, reason: str
) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "file").touch()
    of = ShopTap(small_shop())
    run = of.run(report=str(tmp_path / path))
    assert run.code == 2
    assert run.err == f"CRITICAL report: can't write {tmp_path / path}: {reason}; exit 2\n"
    assert of.script.asked == []
