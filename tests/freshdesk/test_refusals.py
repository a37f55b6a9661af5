"""What the plan, the role or the account's age refuses costs just that, and is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.freshdesk.knowledge import LANGUAGES
from sandbox.freshdesk.options import PLANS
from tap_freshdesk.tap import TAP
from tests.command import CommandLine
from tests.freshdesk.conftest import Helpdesk, sent
from tests.freshdesk.truth import STREAMS, TRANSLATED, expected, key_of
from tests.harness import Workplace, selecting
from tests.truth import assert_holds

ALL_FEATURES = frozenset(PLANS["enterprise"]["features"])
OF_TICKETS = ("tickets", "conversations")


def others(*streams: str) -> list[str]:
    return [stream for stream in STREAMS if stream not in streams]


def test_a_refused_stream_leaves_the_others_synced_and_the_exit_code_says_partial() -> None:
    desk = Helpdesk(tickets=20, features=ALL_FEATURES - {"timesheets"})
    run = desk.run(*STREAMS)
    assert run.code == 3, run.err
    desk.assert_held(run, streams=others("time_entries"))
    assert run.records("time_entries") == []
    assert "require_feature" in run.err
    assert run.table()["time_entries"][:2] == ["0", "1"]


def test_without_a_catalog_a_refused_stream_is_a_warning() -> None:
    desk = Helpdesk(tickets=20, plan="growth")
    run = desk.run()
    assert run.code == 0, run.err
    refused = [name for name, row in run.table().items() if "refused:" in row]
    assert set(refused) == {
        *("time_entries", "satisfaction_ratings", "surveys", "skills"),
        *("discussion_categories", "discussion_forums"),
        *("discussion_topics", "discussion_comments"),
        *("ticket_forms", "custom_objects", "custom_object_records", *TRANSLATED),
    }
    desk.assert_held(run, streams=others(*refused))


def test_discovery_marks_what_the_plan_refuses_and_does_not_select_it(
    command: Callable[..., tuple[Helpdesk, Workplace]],
) -> None:
    taps = CommandLine.at(command(plan="growth", tickets=5)[1])
    catalog = taps.discovered()
    roots = {
        entry["tap_stream_id"]: entry["metadata"][0]["metadata"] for entry in catalog["streams"]
    }
    assert roots["tickets"]["selected-by-default"] is True
    assert roots["time_entries"]["selected-by-default"] is False
    assert "require_feature" in roots["time_entries"]["unavailable"]
    assert "require_feature" in roots["solution_category_translations"]["unavailable"]
    assert roots["solution_categories"]["selected-by-default"] is True
    assert taps.run(catalog=selecting(catalog, *STREAMS)).code == 0


@pytest.mark.parametrize(("plan", "lacking"), [("growth", set(TRANSLATED)), ("enterprise", set())])
def test_a_plan_without_translations_is_told_from_one_that_has_them(
    plan: str, lacking: set[str]
) -> None:
    desk = Helpdesk(tickets=3, plan=plan)
    [reader] = [reader for reader in TAP.readers if reader.streams[0].name == "solution_categories"]
    assert set(reader.lacking(desk.tap.api())) == lacking


def test_a_plain_agents_key_reads_what_it_may() -> None:
    desk = Helpdesk(tickets=20, role="agent")
    run = desk.run()
    assert run.code == 0, run.err
    desk.assert_held(run, streams=[*OF_TICKETS, "contacts", "companies", "products"])
    assert run.records("agents") == []
    typed = desk.tap.tap.customise(desk.tap.api(), desk.tap.tap.schemas)
    assert typed.keys() == {"tickets"}


LISTS = {
    "spam": ("tickets", "filter=spam"),
    "deleted": ("tickets", "filter=deleted"),
    "deleted contacts": ("contacts", "state=deleted"),
    "blocked": ("contacts", "state=blocked"),
}


@pytest.mark.parametrize("status", [403, 500])
@pytest.mark.parametrize(("stream", "query"), LISTS.values(), ids=LISTS.keys())
def test_a_list_that_is_refused_costs_only_its_own_rows(
    stream: str, query: str, status: int
) -> None:
    desk = Helpdesk(tickets=100, config={"retry_seconds": 1})
    flag = query.partition("=")[2]
    if stream == "contacts":
        desk.server.changes.move_contact(desk.account.rows(stream)[7]["id"], flag)
    desk.fault("status", status=status, path=f"/api/v2/{stream}", query=query)
    run = desk.run(stream)
    assert run.code == 3, run.err
    where = f"{stream}: " if status == 500 else ""
    assert f"the {flag} ones: {where}HTTP {status}" in run.err
    everything = expected(desk.server, stream)
    rows = [row for row in everything if not row[flag]]
    assert 0 < len(rows) < len(everything)
    assert_holds(rows, run.records(stream), stream=stream)
    desk.server.faults.clear()
    second = desk.run(stream, state=run.state)
    assert second.code == 0, second.err
    assert_holds(everything, sent(stream, run, second), stream=stream)


@pytest.mark.parametrize("stream", ["tickets", "contacts"])
def test_a_stream_is_refused_if_all_its_lists_are(stream: str) -> None:
    desk = Helpdesk()
    desk.fault("status", status=403, path=f"/api/v2/{stream}")
    run = desk.run(stream, "roles")
    assert run.code == 3, run.err
    assert "refused:" in run.table()[stream]
    desk.assert_held(run, streams=["roles"])


@pytest.mark.parametrize(
    ("stream", "query", "lists"),
    [("tickets", "filter=", ("spam", "deleted")), ("contacts", "state=", ("deleted", "blocked"))],
)
def test_an_account_that_ignores_which_list_is_asked_for_marks_no_row(
    stream: str, query: str, lists: tuple[str, str]
) -> None:
    desk = Helpdesk(tickets=20)
    rows = [row for row in desk.account.rows(stream) if not row.get("spam")]
    live = [{"id": row["id"], "updated_at": row["updated_at"]} for row in rows[:3]]
    live.sort(key=lambda row: str(row["updated_at"]))
    desk.fault("status", status=200, path=f"/api/v2/{stream}", query=query, body=live)
    desk.fault("status", status=200, path=f"/api/v2/{stream}", body=live)
    runs = [desk.run(stream)]
    runs.append(desk.run(stream, state=runs[-1].state))
    for run in runs:
        assert run.code == 0, run.err
        for name in lists:
            assert f"{stream}: the API has no list of the {name} ones" in run.err
        assert not any(row[name] for row in run.records(stream) for name in lists)
    assert {row["id"] for row in runs[0].records(stream)} == {row["id"] for row in live}


@pytest.mark.parametrize("stream", ["tickets", "contacts"])
def test_whether_an_account_knows_a_list_is_asked_once(stream: str) -> None:
    desk = Helpdesk(tickets=60)
    desk.fault("value", path=f"/api/v2/{stream}", field="deleted", value=None)
    first = desk.run(stream)
    assert first.code == 0, first.err
    desk.server.log.reset()
    desk.run(stream, state=first.state)
    assert len(desk.requests(stream)) == 3


def test_a_refusal_of_the_tickets_that_passes_is_waited_out() -> None:
    desk = Helpdesk()
    desk.fault("status", status=403, path="/api/v2/tickets", next=2)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["tickets"])


FILTERS = {"_updated_since": 0, "updated_since": 1, "both": 0, "none": 2}


@pytest.mark.parametrize(("name", "refusals"), FILTERS.items())
def test_the_name_of_the_contacts_filter_is_found_once(name: str, refusals: int) -> None:
    desk = Helpdesk(tickets=150, contacts_filter=name, companies_filter=name != "none")
    first = desk.run("contacts", "companies", page_size=20)
    assert first.code == 0, first.err
    desk.assert_held(first, streams=["contacts", "companies"])
    refused = [
        entry
        for entry in desk.server.log.entries
        if entry.status == 400 and entry.endpoint == "contacts"
    ]
    assert len(refused) == refusals
    desk.changes.update_contact(desk.account.rows("contacts")[5]["id"])
    second = desk.run("contacts", state=first.state, page_size=20)
    desk.assert_held(first, second, streams=["contacts"])
    assert len(second.records("contacts")) <= 4


def refusing(desk: Helpdesk, field: str, path: str, query: str) -> None:
    error = {"field": field, "message": "Unexpected/invalid field", "code": "invalid_field"}
    body = {"description": "Validation failed", "errors": [error]}
    desk.fault("status", status=400, path=path, query=query, body=body)


def test_an_account_that_cannot_include_companies_is_read_without() -> None:
    desk = Helpdesk()
    refusing(desk, "include", "/api/v2/tickets", "company")
    run = desk.run("tickets")
    assert run.code == 0, run.err
    rows: list[Any] = expected(desk.server, "tickets")
    bare = [dict(row) for row in rows]
    for row in bare:
        row.pop("company", None)
    assert_holds(bare, run.records("tickets"), stream="tickets")
    assert [entry.status for entry in desk.server.log.entries].count(400) == 1


PATHS = ["*/roles", "*/responses", "*/folders", "*/articles", "*/comments", "*/conversations"]


def test_lists_that_refuse_per_page_are_asked_without() -> None:
    desk = Helpdesk(tickets=30)
    for path in PATHS:
        refusing(desk, "per_page", path, "per_page")
    streams = ("roles", "canned_responses", "solution_articles", "discussion_comments")
    run = desk.run(*streams, "conversations")
    assert run.code == 0, run.err
    desk.assert_held(run, streams=streams)
    short = [row for row in expected(desk.server, "conversations") if row["id"] % 1000 < 30]
    assert {row["id"] for row in short} <= {row["id"] for row in run.records("conversations")}


@pytest.mark.parametrize("status", [405, 403, 404])
def test_an_agent_whose_own_view_is_refused_comes_as_the_list_shows_it(status: int) -> None:
    desk = Helpdesk()
    agent = desk.account.rows("agents")[0]["id"]
    desk.fault("status", status=status, path=f"/api/v2/agents/{agent}")
    run = desk.run("agents")
    assert run.code == 0, run.err
    only_single = ("group_ids", "role_ids", "skill_ids")
    rows = []
    for row in expected(desk.server, "agents"):
        hidden = only_single if row["id"] == agent else ()
        rows.append({name: row[name] for name in row if name not in hidden})
    assert_holds(rows, run.records("agents"), stream="agents")
    assert "without the fields of their single view" in run.err


def test_rules_of_a_kind_that_is_refused_cost_only_themselves() -> None:
    desk = Helpdesk()
    desk.fault("status", status=403, path="/api/v2/automations/4/rules")
    run = desk.run("automation_rules", "roles")
    assert run.code == 3, run.err
    assert "the ticket update ones" in run.err
    rules = expected(desk.server, "automation_rules")
    rows = [row for row in rules if row["automation_type_id"] != 4]
    assert_holds(rows, run.records("automation_rules"), key=key_of("automation_rules"))


def test_languages_that_cannot_be_found_out_cost_only_the_translations() -> None:
    desk = Helpdesk(tickets=20)
    desk.fault("status", status=403, path="*/settings/helpdesk")
    run = desk.run(*TRANSLATED, *TRANSLATED.values())
    assert run.code == 3, run.err
    desk.assert_held(run, streams=TRANSLATED.values())
    assert all("refused:" in run.table()[stream] for stream in TRANSLATED)


@pytest.mark.parametrize("status", [403, 404])
def test_a_plan_without_translations_costs_a_request_for_each_language(status: int) -> None:
    desk = Helpdesk(tickets=20, config={"activate_version": True})
    for language in LANGUAGES:
        desk.fault("status", status=status, path=f"*/{language}")
    run = desk.run(*TRANSLATED, *TRANSLATED.values())
    assert run.code == 3, run.err
    desk.assert_held(run, streams=TRANSLATED.values())
    assert all("refused:" in run.table()[stream] for stream in TRANSLATED)
    assert [run.table()[stream][1] for stream in TRANSLATED] == [str(1 + len(LANGUAGES)), "0", "0"]
    activated = {m["stream"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"}
    assert activated == set(TRANSLATED.values())


def test_a_language_that_is_refused_costs_only_its_own_rows() -> None:
    desk = Helpdesk(tickets=20, config={"activate_version": True})
    desk.fault("status", status=403, path="*/solutions/categories/de")
    run = desk.run(*TRANSLATED)
    assert run.code == 3, run.err
    assert "the de ones" in run.err
    rows = expected(desk.server, "solution_category_translations")
    rows = [row for row in rows if row["language"] != "de"]
    stream = "solution_category_translations"
    assert_holds(rows, run.records(stream), key=key_of(stream), stream=stream)
    desk.assert_held(run, streams=[name for name in TRANSLATED if name != stream])
    activated = {m["stream"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"}
    assert activated == {name for name in TRANSLATED if name != stream}


def test_a_refusal_in_the_middle_of_a_list_is_a_failure_even_without_a_catalog() -> None:
    desk = Helpdesk(tickets=200)
    struck = desk.fault("status", status=403, path="*/companies", query="page=2")
    run = desk.run(page_size=10)
    assert struck.struck
    assert run.code == 3, run.err
    assert "companies: in the middle of the list" in run.err


def test_settings_that_name_no_language_are_no_sign_that_there_are_no_translations() -> None:
    desk = Helpdesk(tickets=20, config={"activate_version": True})
    desk.fault("status", status=200, path="*/settings/helpdesk", body={})
    run = desk.run(*TRANSLATED)
    assert run.code == 3, run.err
    assert "names no primary_language" in run.err
    assert "ACTIVATE_VERSION" not in {message["type"] for message in run.messages}


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 200, "body": {"ticket_scope": []}}])
def test_a_scope_that_cannot_be_found_out_is_no_trouble(fault: dict[str, Any]) -> None:
    desk = Helpdesk(tickets=20)
    desk.fault("status", path="*/agents/me", **fault)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    assert "sees only" not in run.err
    desk.assert_held(run, streams=["tickets"])
