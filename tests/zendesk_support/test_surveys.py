"""Surveys of customer satisfaction, and how often macros are used."""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest

from sandbox.times import parse
from tap_zendesk_support.surveys import response_row, sent_at
from tests.zendesk_support.conftest import Site, assert_complete

RESPONSES = "survey_responses"
SENT = "01M5A7QK3TCFJAF93WYDFZ4KKX"


@pytest.mark.parametrize(
    ("own_id", "sent"),
    [
        ("00000000000000000000000000", datetime(1970, 1, 1, tzinfo=UTC)),
        ("0000000Z00", datetime(1970, 1, 1, 0, 0, 31, 744_000, tzinfo=UTC)),
        ("01ARYZ6S41TSV4RRFFQ69G5FAV", datetime(2016, 7, 30, 22, 36, 16, 385_000, tzinfo=UTC)),
        ("01aryz6s41tsv4rrffq69g5fav", datetime(2016, 7, 30, 22, 36, 16, 385_000, tzinfo=UTC)),
        ("ZZZZZZZZZZZZZZZZZZZZZZZZZZ", None),
        ("01ARYZ6S4U", None),
        ("01ARYZ6S4", None),
        (None, None),
    ],
)
def test_an_id_says_when_the_survey_was_sent(own_id: Any, sent: datetime | None) -> None:
    assert sent_at(own_id) == sent


@pytest.mark.parametrize(
    ("answers", "updated_at"),
    [
        ([], "2026-10-09T02:30:54.586000Z"),
        (None, "2026-10-09T02:30:54.586000Z"),
        (5, "2026-10-09T02:30:54.586000Z"),
        ([{"updated_at": None}, "odd"], "2026-10-09T02:30:54.586000Z"),
        (
            [{"updated_at": "2026-10-19T10:00:00.100Z"}, {"updated_at": "2026-10-20T10:00:00Z"}],
            "2026-10-20T10:00:00Z",
        ),
        (
            [{"updated_at": "2026-10-19T10:00:00Z"}, {"updated_at": "2026-10-19T10:00:00.100Z"}],
            "2026-10-19T10:00:00.100000Z",
        ),
    ],
)
def test_a_response_changes_with_its_newest_answer(answers: Any, updated_at: str) -> None:
    response = {"id": "01M4F7ZKBTCFJAF93WYDFZ4KKX", "answers": answers, "subjects": None}
    assert response_row(response) == {**response, "updated_at": updated_at, "ticket_id": None}


def test_the_ticket_of_a_response_is_among_its_subjects() -> None:
    subjects = [{"type": "conversation", "id": "c"}, {"type": "ticket", "id": "42"}]
    row = response_row({"id": SENT, "answers": [], "subjects": subjects})
    assert row["ticket_id"] == 42


def test_older_replies_name_the_survey_in_the_response_itself() -> None:
    row = response_row({"id": SENT, "answers": [], "survey_id": "01M5", "survey_version": 3})
    assert row["survey"] == {"id": "01M5", "version": 3}
    assert not row.keys() & {"survey_id", "survey_version"}
    both = {"survey": {"id": "01M6", "version": 4}, "survey_id": "01M5", "survey_version": 3}
    assert response_row({"id": SENT, "answers": [], **both})["survey"] == both["survey"]


def test_answers_that_change_weeks_after_a_survey_was_sent_come() -> None:
    site = Site(600)
    site.run(RESPONSES, "csat_surveys")
    before = parse(site.state["bookmarks"][RESPONSES]["updated_at"])
    assert_complete(site, RESPONSES, "csat_surveys")
    last = list(site.account.table(RESPONSES).values())[-1]
    answer = {"type": "rating_scale", "rating": 1, "updated_at": "2026-06-02T10:00:00.100Z"}
    site.changes.update_row(RESPONSES, last["id"], answers=[answer])
    site.server.log.reset()
    site.later(86_400)
    run = site.run(RESPONSES)
    assert run.counts()[RESPONSES] == 1
    assert_complete(site, RESPONSES)
    [asked] = [entry for entry in site.server.log.entries if entry.path.endswith(RESPONSES)]
    [since] = parse_qs(asked.query)["filter[created_at_start]"]
    assert int(since) == (before - 600 - 29 * 86_400) * 1000


def test_a_filter_that_the_api_reads_as_seconds_hides_nothing() -> None:
    site = Site(60)
    nothing: dict[str, Any] = {RESPONSES: [], "meta": {"has_more": False}}
    path, query = "*/guide/survey_responses", "created_at_start"
    site.fault("status", status=200, path=path, query=query, body=nothing)
    site.run(RESPONSES)
    assert_complete(site, RESPONSES)
    response = list(site.account.table(RESPONSES).values())[-1]
    answer = {**response["answers"][0], "updated_at": "2026-06-01T23:00:00.000Z"}
    site.changes.update_row(RESPONSES, response["id"], answers=[answer])
    site.run(RESPONSES)
    assert_complete(site, RESPONSES)


def test_old_responses_are_not_read_where_the_filter_rightly_shows_none() -> None:
    site = Site(600, config={"start_date": "2030-01-01T00:00:00Z"})
    site.run(RESPONSES)
    assert site.sent(RESPONSES) == []
    assert len(site.requests()) == 2


def test_an_account_has_surveys_or_ratings() -> None:
    site = Site(60, without=["surveys"])
    run = site.run(RESPONSES, "csat_surveys", "satisfaction_ratings", code=3)
    assert run.err.count("HTTP 403") >= 2
    assert_complete(site, "satisfaction_ratings")


def test_macros_come_in_each_run_as_long_as_their_use_is_wanted() -> None:
    site = Site(40)
    site.run("zendesk_macros")
    macro = next(iter(site.account.table("macros").values()))
    macro["usage_7d"] += 5
    site.account.version += 1
    site.run("zendesk_macros")
    assert_complete(site, "zendesk_macros")


def test_without_their_use_only_changed_macros_come() -> None:
    """The look-back brings the newest one again."""
    site = Site(40)
    figures = [f"zendesk_macros.usage_{period}" for period in ("1h", "24h", "7d", "30d")]
    catalog = deepcopy(site.catalog("zendesk_macros", without=figures))
    site.run(catalog=catalog)
    site.later(7200)
    run = site.run(catalog=catalog)
    assert run.counts()["zendesk_macros"] == 1
    assert_complete(site, "zendesk_macros", catalog=catalog)
    assert not any("include" in entry.query for entry in site.server.log.entries)
