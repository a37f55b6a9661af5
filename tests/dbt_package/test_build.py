"""``dbt build`` on sandbox data in PostgreSQL: the figures are those of the accounts."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.environments import programs
from tests.harness import ROOT
from tests.helpdesk_report import truth
from tests.helpdesk_report.conftest import SIZES, Filled, fill
from tests.helpdesk_report.test_postgres import into_postgres
from tests.helpdesk_report.truth import Ticket
from tests.postgres import Postgres
from tests.truth import Row

pytestmark = [pytest.mark.stack, pytest.mark.process]

PATIENCE = 900
PROFILE = """helpdesk:
  target: test
  outputs:
    test:
      type: postgres
      host: {0.host}
      port: {0.port}
      user: {0.user}
      password: x
      dbname: {0.database}
      schema: helpdesk
      threads: 2
"""


class Built:
    """The database after the build, the files it was loaded from, and how each dbt node ended."""

    def __init__(self, postgres: Postgres, filled: Mapping[str, Filled], folder: Path) -> None:
        self.postgres, self.filled = postgres, filled
        results = json.loads((folder / "target" / "run_results.json").read_text("utf-8"))
        self.results: list[Row] = results["results"]

    def rows(self, sql: str) -> list[Row]:
        """The rows of a query as JSON has them."""
        found = self.postgres.query(f"SELECT row_to_json(r) FROM ({sql}) AS r")
        return [json.loads(text) for (text,) in found]


@pytest.fixture(scope="module")
def built(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("dbt")
    filled = {}
    for vendor in SIZES:
        name = vendor.replace("-", "_")
        filled[name] = fill(vendor, folder)
        into_postgres(postgres, filled[name], name, folder)
    (folder / "profiles.yml").write_text(PROFILE.format(postgres), "utf-8")
    command = [str(programs("dbt") / "dbt"), "--no-use-colors", "build", "--no-version-check"]
    places = ["--profiles-dir", str(folder), "--target-path", str(folder / "target")]
    done = subprocess.run(
        [*command, *places, "--log-path", str(folder)],
        cwd=ROOT / "dbt",
        env={**os.environ, "DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode()[-3000:]
    return Built(postgres, filled, folder)


@pytest.fixture(params=[vendor.replace("-", "_") for vendor in SIZES])
def name(request: pytest.FixtureRequest) -> str:
    """A helpdesk as the models name it."""
    return str(request.param)


def test_every_model_is_built_and_every_test_passes(built: Built) -> None:
    outcomes = Counter((one["unique_id"].split(".")[0], one["status"]) for one in built.results)
    assert outcomes.keys() <= {("model", "success"), ("test", "pass"), ("test", "warn")}
    assert outcomes["model", "success"] == len(list((ROOT / "dbt" / "models").rglob("*.sql")))
    assert outcomes["test", "pass"] > 500
    warned = [one["unique_id"] for one in built.results if one["status"] == "warn"]
    assert all("relationships" in test for test in warned)


def test_the_tickets_are_those_of_the_account(built: Built, name: str) -> None:
    rows = built.rows(f"SELECT * FROM helpdesk.helpdesk_tickets WHERE helpdesk = '{name}'")
    tickets = built.filled[name].tickets
    assert {row["ticket_id"]: from_row(row) for row in rows} == {
        str(ticket.id): from_ticket(ticket) for ticket in tickets
    }


def from_row(row: Row) -> tuple[Any, ...]:
    waits = (row["first_reply_minutes"], row["resolution_minutes"])
    names = (row["status"], row["is_open"], row["agent"], row["group_name"], row["rating"])
    times = (utc(row["created_at"]), utc(row["solved_at"]))
    return (*names, *times, *(None if wait is None else round(wait, 4) for wait in waits))


def from_ticket(ticket: Ticket) -> tuple[Any, ...]:
    waits = (ticket.first_reply, ticket.resolution)
    names = (ticket.status, ticket.is_open, ticket.agent, ticket.group, ticket.rating)
    times = (ticket.created, ticket.solved)
    return (*names, *times, *(None if wait is None else round(wait, 4) for wait in waits))


def utc(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_waiting_times_have_a_row_for_each_ticket_that_waited(built: Built, name: str) -> None:
    summary = truth.summary(built.filled[name].tickets)
    for model, median in (
        ("first_reply", "median_first_reply_minutes"),
        ("resolution", "median_resolution_minutes"),
    ):
        (row,) = built.rows(
            "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes) AS median "
            f"FROM helpdesk.helpdesk_{model} WHERE helpdesk = '{name}'"
        )
        assert row["median"] == pytest.approx(summary[median])


def test_the_backlog_of_every_day_is_what_was_left(built: Built, name: str) -> None:
    rows = built.rows(
        "SELECT day, created, solved, unsolved FROM helpdesk.helpdesk_backlog_by_day "
        f"WHERE helpdesk = '{name}' ORDER BY day"
    )
    eventful = {row["day"]: row for row in truth.by_day(built.filled[name].tickets)}
    assert {row["day"]: row for row in rows if row["created"] or row["solved"]} == eventful
    days = [date.fromisoformat(row["day"]) for row in rows]
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    for before, row in pairwise(rows):
        assert row["unsolved"] == before["unsolved"] + row["created"] - row["solved"]


def test_satisfaction_adds_up(built: Built, name: str) -> None:
    (row,) = built.rows(
        "SELECT sum(good) AS good, sum(neutral) AS neutral, sum(bad) AS bad "
        f"FROM helpdesk.helpdesk_satisfaction WHERE helpdesk = '{name}'"
    )
    assert row == truth.ratings(built.filled[name].tickets)


def records(built: Built, stream: str) -> list[Row]:
    """The last record of each row of a Zendesk stream, as the tap sent it."""
    found: dict[Any, Row] = {}
    for line in built.filled["zendesk_support"].lines.splitlines():
        message = json.loads(line)
        if message["type"] == "RECORD" and message["stream"] == stream:
            found[message["record"]["id"]] = message["record"]
    return list(found.values())


def test_the_history_of_fields_is_that_of_the_audits(built: Built) -> None:
    expected: Counter[tuple[Any, ...]] = Counter()
    for audit in records(built, "audits"):
        for event in audit["events"]:
            if event["type"] in ("Create", "Change") and event["field_name"] == "status":
                when = datetime.fromisoformat(audit["created_at"])
                expected[audit["ticket_id"], event["value"], when, audit["author_id"]] += 1
    rows = built.rows(
        "SELECT * FROM helpdesk_zendesk.ticket_field_history WHERE field_name = 'status'"
    )
    assert expected
    assert expected == Counter(
        (row["ticket_id"], row["value"], utc(row["updated"]), row["user_id"]) for row in rows
    )


def test_lists_become_tables_of_their_own(built: Built) -> None:
    tags = [(row["id"], tag) for row in records(built, "tickets") for tag in row["tags"] or []]
    rows = built.rows("SELECT * FROM helpdesk_zendesk.ticket_tag")
    assert sorted((row["ticket_id"], row["tag"]) for row in rows) == sorted(tags)
    schedules = {row["id"]: row["intervals"] for row in records(built, "schedules")}
    hours = [(key, *span.values()) for key, spans in schedules.items() for span in spans]
    rows = built.rows("SELECT * FROM helpdesk_zendesk.schedule")
    assert sorted((row["id"], row["start_time"], row["end_time"]) for row in rows) == sorted(
        (key, start, end) for key, start, end in hours
    )


def test_daylight_saving_time_is_that_of_the_zone(built: Built) -> None:
    assert built.rows("SELECT time_zone, standard_offset FROM helpdesk_zendesk.time_zone") == [
        {"time_zone": "Berlin", "standard_offset": "+01:00"}
    ]
    assert built.rows(
        "SELECT daylight_start_utc, daylight_end_utc, daylight_offset "
        "FROM helpdesk_zendesk.daylight_time WHERE year = 2025"
    ) == [
        {
            "daylight_start_utc": "2025-03-30T01:00:00",
            "daylight_end_utc": "2025-10-26T01:00:00",
            "daylight_offset": 1,
        }
    ]
