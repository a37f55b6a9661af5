"""The figures in the views are those that follow from the account's rows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest

from helpdesk_report.sql import DIALECTS, TAPS, needs, script, views
from tests.helpdesk_report import truth
from tests.helpdesk_report.conftest import Filled
from tests.truth import ROOT, Row

NAMES = [
    "v_tickets",
    "v_first_reply",
    "v_resolution",
    "v_backlog",
    "v_backlog_by_day",
    "v_weeks",
    "v_satisfaction",
    "v_busiest_hours",
    "v_summary",
    "v_agents",
    "v_groups",
]


class Views:
    """A copy of a filled file in memory, with the views in it."""

    def __init__(self, filled: Filled) -> None:
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.row_factory = sqlite3.Row
        with closing(sqlite3.connect(filled.path)) as file:
            file.backup(self.database)
        self.database.executescript(script(filled.tap, "sqlite"))

    def rows(self, sql: str) -> list[Row]:
        return [dict(row) for row in self.database.execute(sql)]


@pytest.fixture
def made(filled: Filled) -> Iterator[Views]:
    made = Views(filled)
    yield made
    made.database.close()


def near(value: Any) -> Any:
    """``value`` with all of its numbers rounded, since a database counts in doubles."""
    if isinstance(value, Mapping):
        return {name: near(member) for name, member in value.items()}
    return round(value, 6) if isinstance(value, float) else value


def test_v_tickets_has_each_ticket_with_names(filled: Filled, made: Views) -> None:
    rows = {row["id"]: row for row in made.rows("SELECT * FROM v_tickets")}
    assert filled.tickets
    assert rows.keys() == {ticket.id for ticket in filled.tickets}
    for ticket in filled.tickets:
        row = rows[ticket.id]
        shown = (row["status"], bool(row["is_open"]), row["agent"], row["group_name"])
        assert shown == (ticket.status, ticket.is_open, ticket.agent, ticket.group)
        times = (truth.moment(row["created_at"]), truth.moment(row["solved_at"]))
        assert times == (ticket.created, ticket.solved)
        assert near(row["first_reply_minutes"]) == near(ticket.first_reply)
        assert near(row["resolution_minutes"]) == near(ticket.resolution)
        assert row["rating"] == ticket.rating


def test_v_first_reply_and_v_resolution_have_the_tickets_that_waited(
    filled: Filled, made: Views
) -> None:
    replies = {row["ticket_id"]: row["minutes"] for row in made.rows("SELECT * FROM v_first_reply")}
    solved = {row["ticket_id"]: row["minutes"] for row in made.rows("SELECT * FROM v_resolution")}
    waits = {ticket.id: (ticket.first_reply, ticket.resolution) for ticket in filled.tickets}
    replied = {key: reply for key, (reply, _) in waits.items() if reply is not None}
    resolved = {key: solution for key, (_, solution) in waits.items() if solution is not None}
    assert (near(replies), near(solved)) == (near(replied), near(resolved))


def test_v_backlog_counts_open_tickets_by_status(filled: Filled, made: Views) -> None:
    rows = {
        row["status"]: (row["tickets"], truth.moment(row["oldest_created_at"]))
        for row in made.rows("SELECT * FROM v_backlog")
    }
    assert rows == truth.backlog(filled.tickets)


def test_v_backlog_by_day_adds_up_what_came_and_went(filled: Filled, made: Views) -> None:
    rows = made.rows("SELECT * FROM v_backlog_by_day ORDER BY day")
    assert rows == truth.by_day(filled.tickets)


def test_v_weeks_counts_what_was_created_and_solved(filled: Filled, made: Views) -> None:
    assert made.rows("SELECT * FROM v_weeks ORDER BY week") == truth.by_week(filled.tickets)


def test_v_satisfaction_counts_ratings(filled: Filled, made: Views) -> None:
    rows = made.rows("SELECT * FROM v_satisfaction ORDER BY week")
    assert rows == truth.satisfaction(filled.tickets)


def test_v_busiest_hours_counts_by_weekday_and_hour(filled: Filled, made: Views) -> None:
    rows = made.rows("SELECT * FROM v_busiest_hours")
    counted = {(row["weekday"], row["hour"]): row["tickets"] for row in rows}
    assert counted == truth.hours(filled.tickets)


def test_v_summary_has_the_medians_of_all_tickets(filled: Filled, made: Views) -> None:
    (row,) = made.rows("SELECT * FROM v_summary")
    assert near(row) == near(truth.summary(filled.tickets))


@pytest.mark.parametrize(("view", "column"), [("v_agents", "agent"), ("v_groups", "group_name")])
def test_v_agents_and_v_groups_have_a_summary_each(
    filled: Filled, made: Views, view: str, column: str
) -> None:
    rows = {row.pop(column): row for row in made.rows(f"SELECT * FROM {view}")}
    expected = truth.by(column.removesuffix("_name"), filled.tickets)
    assert near(rows) == near(expected)


def test_making_the_views_again_replaces_them(filled: Filled, made: Views) -> None:
    made.database.executescript(script(filled.tap, "sqlite"))
    assert len(made.rows("SELECT * FROM v_tickets")) == len(filled.tickets)


@pytest.mark.parametrize("tap", TAPS)
def test_the_views_read_no_more_than_they_say_they_need(tap: str) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        for table, columns in needs(tap).items():
            database.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
        database.executescript(script(tap, "sqlite"))
        for name in NAMES:
            database.execute(f"SELECT * FROM {name}").fetchall()


@pytest.mark.parametrize("tap", TAPS)
def test_the_columns_that_the_views_need_are_in_the_schemas(tap: str) -> None:
    for table, columns in needs(tap).items():
        assert set(columns) <= set(truth.schema(tap, table)["properties"]), table


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("tap", TAPS)
def test_every_view_says_what_is_in_it(tap: str, dialect: str) -> None:
    made = views(tap, dialect)
    assert [view.name for view in made if view.name != "v_ratings"] == NAMES
    for view in made:
        assert view.about.startswith("-- ")
        assert view.about.endswith(".\n")


def test_the_documents_list_the_views_with_their_columns(made: Views) -> None:
    document = (ROOT / "docs" / "report-page.md").read_text("utf-8")
    table = dict(re.findall(r"^\| `(\w+)` \| .+? \| (.+) \|$", document, re.MULTILINE))
    assert list(table) == NAMES
    for name, listed in table.items():
        found = [row[0] for row in made.database.execute(f"SELECT * FROM {name}").description]
        listed = listed.replace("and the columns of v_summary", table["v_summary"])  # noqa: PLW2901
        assert re.sub(r" \(.+?\)", "", listed).split(", ") == found
