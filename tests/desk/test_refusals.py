"""What these credentials may not read is named, and everything else is read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.command import CommandLine
from tests.desk.conftest import BASIC, OAUTH, Opened, Place
from tests.harness import complaint

ADMINISTRATORS_ONLY = {
    "rules",
    "site_settings",
    "inbound_mailboxes",
    "outbound_mailboxes",
    "jobs",
    "integration_urls",
    "custom_fields",
}


def test_what_only_administrators_may_read_is_marked_and_skipped(place: Place) -> None:
    taps = CommandLine.at(place(role="agent")[1])
    catalog = taps.discovered()
    refused = {
        entry["tap_stream_id"]
        for entry in catalog["streams"]
        for item in entry["metadata"]
        if not item["breadcrumb"] and "unavailable" in item["metadata"]
    }
    assert refused == ADMINISTRATORS_ONLY


def test_an_agent_gets_everything_else(opened: Opened) -> None:
    desk = opened(role="agent")
    run = desk.run()
    assert run.code == 0, run.err
    for stream in ADMINISTRATORS_ONLY:
        assert f"WARNING {stream}" in run.err
        assert run.records(stream) == []
    desk.holds(run, streams=("cases", "replies", "customers", "users", "brands"))


def test_a_selected_stream_that_is_refused_makes_the_run_partial(opened: Opened) -> None:
    desk = opened(forbidden="labels")
    run = desk.run(catalog=desk.catalog("labels", "users"))
    assert run.code == 3
    assert "refused: HTTP 403" in run.err
    desk.holds(run, streams=("users",))


@pytest.mark.parametrize("cases", [20, 120])
def test_a_child_that_every_case_refuses_leaves_its_siblings_alone_and_its_bookmark_unset(
    opened: Opened, cases: int
) -> None:
    desk = opened(cases=cases, forbidden="cases/*/replies")
    run = desk.run(catalog=desk.catalog("cases", "replies", "notes"))
    assert run.code == 3, run.err
    assert "refused: HTTP 403 for the children of" in run.err
    assert "since_updated_at" not in run.states[-1]["bookmarks"].get("replies", {})
    assert desk.server.log.statuses[403] <= 100
    desk.holds(run, streams=("cases", "notes"))


def test_without_a_catalog_a_refused_child_is_no_failure(opened: Opened) -> None:
    assert opened(cases=8, forbidden="cases/*/replies").run().code == 0


def test_once_some_cases_show_their_replies_all_come(opened: Opened) -> None:
    desk = opened(cases=25, forbidden="cases/*/replies")
    catalog = desk.catalog("cases", "replies")
    first = desk.run(catalog=catalog, page_size=5)
    desk.options.forbidden = ""
    second = desk.run(catalog=catalog, state=first.state, page_size=5)
    assert second.code == 0, second.err
    desk.holds(first, second, streams=("cases", "replies"))


def test_replies_that_some_cases_refuse_come_from_the_others(opened: Opened) -> None:
    desk = opened(cases=30)
    closed = desk.account.cases.ids()[:15]
    desk.options.forbidden = ",".join(f"cases/{case}/replies" for case in closed)
    catalog = desk.catalog("cases", "replies")
    first = desk.run(catalog=catalog, page_size=5)
    assert first.code == 0, first.err
    desk.holds(first, streams=("replies",), missing=lambda row: row["case_id"] in closed)
    desk.options.forbidden = ""
    second = desk.run(catalog=catalog, state=first.state)
    desk.holds(first, second, streams=("replies",))


def test_the_only_case_that_changed_may_refuse_its_replies(opened: Opened) -> None:
    desk = opened(cases=30)
    catalog = desk.catalog("cases", "replies")
    first = desk.run(catalog=catalog)
    desk.server.changes.reply(3)
    desk.options.forbidden = "cases/3/replies"
    second = desk.run(catalog=catalog, state=first.state, lookback_seconds=0)
    assert second.code == 0, second.err
    bookmarks = second.states[-1]["bookmarks"]
    assert bookmarks["replies"]["since_updated_at"] == bookmarks["cases"]["since_updated_at"]
    assert bookmarks["replies"]["owed"]["3"]["status"] == 403
    desk.options.forbidden = ""
    third = desk.run(catalog=catalog, state=second.state, lookback_seconds=0)
    desk.holds(first, second, third, streams=("cases", "replies"))


def test_where_drafts_are_refused_the_rest_is_read(opened: Opened) -> None:
    desk = opened(unembeddable="draft")
    run = desk.run(catalog=desk.catalog("cases", "drafts", "messages"))
    assert run.code == 3, run.err
    assert "1 refused (drafts: HTTP 422)" in run.err
    assert run.requests("messages") == 0
    assert run.records("drafts") == []
    assert "drafts" not in run.states[-1]["bookmarks"]
    desk.holds(run, streams=("cases", "messages"))


def test_where_the_server_ignores_that_drafts_are_wanted_they_are_refused(opened: Opened) -> None:
    desk = opened(embeds=False)
    run = desk.run(catalog=desk.catalog("cases", "drafts"))
    assert run.code == 3, run.err
    assert "embed=draft was ignored" in run.err
    assert "drafts" not in run.states[-1]["bookmarks"]
    desk.holds(run, streams=("cases",))


def test_without_permission_for_the_definitions_custom_fields_are_an_open_object(
    opened: Opened,
) -> None:
    desk = opened(role="agent")
    assert desk.tap.customise(desk.api(), desk.tap.schemas) == {}


@pytest.mark.parametrize("wrong", OAUTH)
def test_wrong_strings_end_the_run_with_a_line_and_no_secret(opened: Opened, wrong: str) -> None:
    desk = opened(login=OAUTH)
    settings: dict[str, Any] = {wrong: "0123456789abcdef"}
    run = desk.run(**settings)
    assert run.code == 4
    line = complaint(run, desk.config["token_secret"])
    assert "check consumer_key, consumer_secret, token, token_secret, site_url and this" in line
    assert desk.config["consumer_secret"] not in run.err


@pytest.mark.parametrize("login", [OAUTH, BASIC])
def test_both_ways_to_log_in(opened: Opened, login: tuple[str, ...]) -> None:
    desk = opened(cases=15, login=login)
    run = desk.run(catalog=desk.catalog("cases"))
    assert run.code == 0, run.err
    desk.holds(run, streams=("cases",))


def test_a_wrong_password_ends_the_run(opened: Opened) -> None:
    assert opened(cases=3).run(password="wrong").code == 4


def test_the_log_in_must_be_complete(place: Place) -> None:
    taps = CommandLine.at(place()[1])
    for name in OAUTH:
        del taps.config[name]
    run = taps.run(email="agent@acme.example")
    assert run.code == 2
    assert "password" in complaint(run)
