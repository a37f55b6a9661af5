"""The units for systemd, and the metrics that an example makes of a report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.environments import from_debian
from tests.harness import ROOT, execute
from tests.tap_common.script import BROKEN
from tests.tap_common.shop import ShopTap, small_shop

UNITS = ROOT / "examples" / "systemd"
INSTALLED = "/opt/helpdesk-taps/.venv/bin"


def unit(name: str) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=True)
    parser.read_string((UNITS / name).read_text("utf-8"))
    return parser


def test_a_timer_starts_the_service_of_the_same_name() -> None:
    service, timer = unit("helpdesk-sync@.service"), unit("helpdesk-sync@.timer")
    assert timer["Timer"]["OnCalendar"] == "*:07/15"
    assert service["Service"]["Type"] == "oneshot"
    command = service["Service"]["ExecStart"].split()
    assert command[0] == f"{INSTALLED}/helpdesk-sync"
    assert command[-4:] == ["/var/lib/helpdesk/%i", "${TAP}", "singer-to-sqlite", "helpdesk.db"]


@pytest.mark.stack
@pytest.mark.process
def test_systemd_finds_no_fault_in_the_units(tmp_path: Path) -> None:
    for path in UNITS.iterdir():
        text = path.read_text("utf-8").replace(INSTALLED, str(Path(sys.executable).parent))
        (tmp_path / path.name.replace("@", "@acme")).write_text(text, "utf-8")
    units = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(
        [from_debian("systemd-analyze", "systemd"), "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.process
def test_a_report_becomes_metrics(tmp_path: Path) -> None:
    shop = small_shop(orders=4)
    shop.faults = {"people": BROKEN}
    report = tmp_path / "report.json"
    run = ShopTap(shop).run(report=str(report), retry_seconds=3)
    success = {"time": "2026-11-28T09:37:04Z", "exit_code": 0, "rows": 5312}
    (tmp_path / "last-success.json").write_text(json.dumps(success), "utf-8")
    script = ROOT / "examples" / "prometheus" / "report_metrics.py"
    done = execute([sys.executable, str(script), str(tmp_path)])
    assert (done.code, done.err) == (0, "")
    found = dict(samples(done.out.decode()))
    assert found["helpdesk_exit_code", "corner", None] == run.code == 3
    assert found["helpdesk_rows", "corner", "orders"] == 4
    assert found["helpdesk_rows", "corner", "people"] == 0
    last = datetime(2026, 11, 28, 9, 37, 4, tzinfo=UTC)
    assert found["helpdesk_last_success_timestamp_seconds", "corner", None] == last.timestamp()


@pytest.mark.process
def test_an_account_that_never_ran_is_late_in_the_metrics(tmp_path: Path) -> None:
    (tmp_path / "acme").mkdir()
    script = ROOT / "examples" / "prometheus" / "report_metrics.py"
    done = execute([sys.executable, str(script), str(tmp_path / "acme")])
    assert (done.code, done.err) == (0, "")
    assert dict(samples(done.out.decode())) == {
        ("helpdesk_last_success_timestamp_seconds", "acme", None): 0
    }


def alert_of_the_crontab() -> str:
    lines = (ROOT / "examples" / "cron" / "crontab").read_text("utf-8").splitlines()
    return next(line for line in lines if "last-success" in line).split(None, 5)[5]


def alert_of_the_docs() -> str:
    text = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
    begin = text.index("cd /var/lib/helpdesk")
    return text[begin : text.index("\n\n", begin)]


@pytest.mark.process
@pytest.mark.parametrize("alert", [alert_of_the_crontab(), alert_of_the_docs()])
def test_the_alert_names_accounts_that_are_late_or_never_succeeded(
    tmp_path: Path, alert: str
) -> None:
    for name in ("good", "late", "never did"):
        (tmp_path / name).mkdir()
    for name, minutes in (("good", 5), ("late", 125)):
        path = tmp_path / name / "last-success.json"
        path.touch()
        moment = path.stat().st_mtime - 60 * minutes
        os.utime(path, (moment, moment))
    done = execute(["sh", "-c", alert.replace("/var/lib/helpdesk", str(tmp_path))])
    assert (done.code, done.err) == (0, "")
    assert done.out.decode().splitlines() == ["late", "never did"]


def samples(text: str) -> Iterator[tuple[tuple[str, str, str | None], float]]:
    """The samples in Prometheus' text format: name, account and stream, and the value."""
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = sample.labels
            yield (sample.name, labels["account"], labels.get("stream")), sample.value
