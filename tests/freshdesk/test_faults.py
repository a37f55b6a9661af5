"""Whatever network and vendor do, nothing is lost, and one stream's trouble is not the others'."""

from __future__ import annotations

from typing import Any

import pytest

from tests.freshdesk.conftest import Place
from tests.freshdesk.test_complete import missing
from tests.harness import selecting

PASSING: dict[str, dict[str, Any]] = {
    "429 with Retry-After": {"kind": "status", "status": 429, "retry_after": 1, "every": 40},
    "429 on one list": {
        "kind": "status",
        "status": 429,
        "retry_after": 1,
        "path": "*/contacts",
        "nth": 2,
    },
    "500 in HTML": {"kind": "status", "status": 500, "body": "html", "every": 15},
    "502 with nothing": {"kind": "status", "status": 502, "body": "empty", "every": 15},
    "503 in JSON": {"kind": "status", "status": 503, "body": "json", "every": 15},
    "504 at random": {"kind": "status", "status": 504, "chance": 0.1, "seed": 3},
    "200 in HTML": {"kind": "status", "status": 200, "body": "html", "every": 15},
    "a reset connection": {"kind": "reset", "every": 15},
    "a reply shorter than announced": {"kind": "truncated", "every": 15},
    "JSON cut in half": {"kind": "cut", "every": 15},
    "no answer": {"kind": "hang", "every": 40},
    "a slow answer": {"kind": "drip", "seconds": 0.3, "every": 40},
    "tickets refused for a moment": {
        "kind": "status",
        "status": 403,
        "path": "/api/v2/tickets",
        "next": 2,
    },
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_passes_is_waited_out_and_nothing_is_lost(place: Place, fault: dict[str, Any]) -> None:
    server, taps = place(config={"request_timeout": 1})
    server.faults.set([fault])
    run = taps.run()
    struck = server.faults.to_json()[0]["struck"]
    server.faults.clear()
    assert struck > 0
    assert run.code == 0, run.err
    assert missing(server, run) == {}


def test_children_that_are_gone_are_skipped_and_counted(place: Place) -> None:
    server, taps = place(trash_children=200)
    tickets = sorted({row["ticket_id"] for row in server.account.rows("conversations")})[:4]
    server.faults.set(
        [
            {"kind": "status", "status": status, "path": f"/api/v2/tickets/{ticket}/conversations"}
            for ticket, status in zip(tickets, (404, 403, 404, 403), strict=True)
        ]
    )
    run = taps.run()
    assert run.code == 0, run.err
    assert {row["ticket_id"] for row in run.records("conversations")}.isdisjoint(tickets)
    assert "2 parents answered 403, skipped; 2 parents answered 404, skipped" in run.err


@pytest.mark.parametrize("tickets", [15, 120])
def test_conversations_that_every_ticket_refuses_are_not_taken_for_read(
    place: Place, tickets: int
) -> None:
    server, taps = place(tickets=tickets)
    catalog = selecting(taps.discovered(), "tickets", "conversations")
    server.faults.set([{"kind": "status", "status": 403, "path": "*/conversations"}])
    first = taps.run(catalog=catalog)
    assert first.code == 3, first.err
    assert "conversations" not in first.states[-1]["bookmarks"]
    assert len(first.records("tickets")) == len(server.account.rows("tickets"))
    assert server.log.statuses[403] < 40
    server.faults.clear()
    second = taps.run(catalog=catalog, state=first.state)
    assert second.code == 0, second.err
    assert len(second.records("conversations")) == len(server.account.rows("conversations"))


def test_conversations_that_fail_leave_the_tickets_alone_and_come_with_the_next_run(
    place: Place,
) -> None:
    server, taps = place(config={"retry_seconds": 1})
    ticket = max(row["ticket_id"] for row in server.account.rows("conversations"))
    server.faults.set(
        [{"kind": "status", "status": 500, "path": f"/api/v2/tickets/{ticket}/conversations"}]
    )
    first = taps.run()
    server.faults.clear()
    second = taps.run(state=first.state)
    assert (first.code, second.code) == (3, 0), first.err
    assert missing(server, first).keys() == {"conversations"}
    assert f"tickets/{ticket}/conversations: HTTP 500" in first.err
    rows = {row["id"] for run in (first, second) for row in run.records("conversations")}
    assert rows == {row["id"] for row in server.account.rows("conversations")}


def test_a_ticket_purged_between_two_pages_of_its_conversations_fails_nothing(place: Place) -> None:
    server, taps = place()
    server.faults.set(
        [{"kind": "status", "status": 404, "path": "*/conversations", "query": "page=2", "next": 1}]
    )
    catalog = selecting(taps.discovered(), "tickets", "conversations")
    thread = server.account.rows("conversations")[0]["ticket_id"]
    for _ in range(100):
        server.account.changes.reply(thread)
    run = taps.run(catalog=catalog)
    assert server.faults.to_json()[0]["struck"] == 1
    assert run.code == 0, run.err


def test_a_refused_stream_leaves_the_others_synced_and_the_exit_code_says_partial(
    place: Place,
) -> None:
    server, taps = place()
    catalog = selecting(taps.discovered())
    server.options.features = frozenset({"surveys", "forums", "archive", "skills"})
    run = taps.run(catalog=catalog)
    assert run.code == 3, run.err
    assert missing(server, run) == {"time_entries": len(server.account.rows("time_entries"))}
    assert "require_feature" in run.err
    assert run.table()["time_entries"][:2] == ["0", "1"]


def test_without_a_catalog_a_refused_stream_is_a_warning(place: Place) -> None:
    server, taps = place(plan="growth")
    run = taps.run()
    assert run.code == 0, run.err
    assert set(missing(server, run)) >= {"time_entries", "satisfaction_ratings", "skills"}


def test_discovery_marks_what_the_plan_refuses_and_does_not_select_it(place: Place) -> None:
    _, taps = place(plan="growth")
    catalog = taps.discovered()
    roots = {
        entry["tap_stream_id"]: entry["metadata"][0]["metadata"] for entry in catalog["streams"]
    }
    assert roots["tickets"]["selected-by-default"] is True
    assert roots["time_entries"]["selected-by-default"] is False
    assert "require_feature" in roots["time_entries"]["unavailable"]
    assert taps.run(catalog=catalog).code == 0
    assert taps.run(catalog=selecting(catalog)).code == 0


def test_a_plain_agents_key_reads_what_it_may(place: Place) -> None:
    server, taps = place(role="agent")
    run = taps.run()
    assert run.code == 0, run.err
    assert "tickets" not in missing(server, run)
    assert "agents" in missing(server, run)
    catalog = taps.discovered()
    contacts = next(entry for entry in catalog["streams"] if entry["stream"] == "contacts")
    assert "properties" not in contacts["schema"]["properties"]["custom_fields"]


def test_a_stream_that_keeps_failing_is_given_up_and_the_others_go_on(place: Place) -> None:
    server, taps = place(config={"retry_seconds": 1})
    server.faults.set([{"kind": "status", "status": 500, "body": "html", "path": "*/companies"}])
    run = taps.run()
    assert run.code == 3, run.err
    assert set(missing(server, run)) == {"companies"}
    assert "given up after" in run.err


@pytest.mark.parametrize("name", ["_updated_since", "updated_since", "both", "none"])
def test_the_contacts_filter_is_negotiated_once(place: Place, name: str) -> None:
    server, taps = place(tickets=300, contacts_filter=name, companies_filter=name != "none")
    first = taps.run(page_size=20)
    assert first.code == 0, first.err
    assert missing(server, first) == {}
    refused = [
        entry for entry in server.log.entries if entry.status == 400 and "contacts" in entry.path
    ]
    assert len(refused) == {"_updated_since": 0, "updated_since": 1, "both": 0, "none": 2}[name]
    changed = server.account.changes.update_contact(server.account.rows("contacts")[5]["id"])[
        "contacts"
    ]
    second = taps.run(page_size=20, state=first.state)
    assert set(changed) <= {row["id"] for row in second.records("contacts")}
    assert len(second.records("contacts")) <= 4


def refusing(field: str, path: str, query: str) -> dict[str, Any]:
    errors = [
        {"field": field, "message": "Unexpected/invalid field in request", "code": "invalid_field"}
    ]
    return {
        "kind": "status",
        "status": 400,
        "path": path,
        "query": query,
        "body": {"description": "Validation failed", "errors": errors},
    }


def test_an_account_that_cannot_include_companies_is_read_without(place: Place) -> None:
    server, taps = place()
    server.faults.set([refusing("include", "/api/v2/tickets", "company")])
    run = taps.run()
    assert run.code == 0, run.err
    assert missing(server, run) == {}
    assert all("stats" in row and "company" not in row for row in run.records("tickets"))
    assert [entry.status for entry in server.log.entries].count(400) == 1


def test_an_endpoint_that_refuses_per_page_is_asked_without(place: Place) -> None:
    server, taps = place()
    server.faults.set([refusing("per_page", "*/roles", "per_page")])
    run = taps.run()
    assert run.code == 0, run.err
    assert missing(server, run) == {}


def test_lists_below_a_parent_that_refuse_per_page_are_asked_without(place: Place) -> None:
    server, taps = place()
    server.faults.set(
        [
            refusing("per_page", path, "per_page")
            for path in ("*/responses", "*/folders", "*/articles", "*/comments")
        ]
    )
    run = taps.run()
    assert run.code == 0, run.err
    assert missing(server, run) == {}


@pytest.mark.parametrize(
    "path", ["tickets", "agents", "groups", "roles", "contacts", "companies", "time_entries"]
)
@pytest.mark.parametrize("value", [None, "", "some day"])
def test_a_row_that_does_not_say_when_it_changed_is_sent(
    place: Place, path: str, value: Any
) -> None:
    server, taps = place()
    server.faults.set(
        [{"kind": "value", "path": f"/api/v2/{path}", "field": "updated_at", "value": value}]
    )
    run = taps.run()
    assert run.code == 0, run.err
    assert missing(server, run) == {}


@pytest.mark.parametrize(
    "path", ["tickets", "agents", "groups", "contacts", "canned_response_folders"]
)
def test_a_row_without_an_id_is_told_and_left_out(place: Place, path: str) -> None:
    server, taps = place()
    row = {
        "name": "nobody",
        "created_at": "2026-05-01T00:00:00Z",
        "updated_at": "2026-05-01T00:00:00Z",
    }
    server.faults.set(
        [{"kind": "status", "status": 200, "path": f"/api/v2/{path}", "next": 1, "body": [row]}]
    )
    run = taps.run()
    assert run.code == 0, run.err
    assert f"{path}: 1 rows without id can't be sent" in run.err


def test_groups_whose_members_are_not_listed_are_asked_for_one_by_one(place: Place) -> None:
    server, taps = place()
    server.faults.set(
        [{"kind": "value", "path": "*/admin/groups", "field": "agent_ids", "value": None}]
    )
    run = taps.run()
    assert {row["id"]: row["agent_ids"] for row in run.records("groups")} == {
        row["id"]: row["agent_ids"] for row in server.account.rows("groups")
    }


def test_the_agent_to_escalate_to_may_come_in_a_list(place: Place) -> None:
    server, taps = place()
    server.faults.set(
        [{"kind": "value", "path": "/api/v2/groups", "field": "escalate_to", "value": [6]}]
    )
    assert 6 in [row["escalate_to"] for row in taps.run().records("groups")]


def test_a_field_that_is_defined_twice_has_one_type(place: Place) -> None:
    server, taps = place()
    definition = {"id": 1, "name": "cf_a", "label": "A", "default": False}
    twice = [{**definition, "type": "custom_text"}, {**definition, "type": "custom_checkbox"}]
    server.faults.set([{"kind": "status", "status": 200, "path": "*/ticket_fields", "body": twice}])
    tickets = next(entry for entry in taps.discovered()["streams"] if entry["stream"] == "tickets")
    assert tickets["schema"]["properties"]["custom_fields"]["properties"].keys() == {"cf_a"}


ODD: dict[str, dict[str, Any]] = {
    "half a surrogate pair": {"kind": "lone_surrogate", "field": "subject"},
    "broken UTF-8": {"kind": "invalid_utf8", "field": "subject"},
    "an integer beyond 64 bits": {"kind": "huge_integer", "field": "priority"},
    "text in a number": {"kind": "value", "field": "priority", "value": "high"},
    "a number in a text": {"kind": "value", "field": "subject", "value": 7},
    "a list in an object": {"kind": "value", "field": "stats", "value": []},
    "an object in a list": {"kind": "value", "field": "tags", "value": {"a": 1}},
    "no date in a date": {"kind": "value", "field": "due_by", "value": "0000-00-00"},
    "an unknown field": {"kind": "value", "field": "brand_new", "value": {"deep": [1]}},
}


@pytest.mark.parametrize("fault", ODD.values(), ids=ODD.keys())
def test_a_value_that_nobody_foresaw_never_stops_a_run(place: Place, fault: dict[str, Any]) -> None:
    server, taps = place()
    catalog = selecting(taps.discovered())
    server.faults.set([{**fault, "path": "/api/v2/tickets"}])
    run = taps.run(catalog=catalog)
    assert run.code == 0, run.err
    assert missing(server, run) == {}
    assert taps.breaches(run, catalog) == ""
    told = {"brand_new": "does not know", "subject": "", "priority": "did not fit"}.get(
        fault["field"], "did not fit"
    )
    assert told in run.err


def test_unknown_fields_can_be_kept_or_refused(place: Place) -> None:
    server, taps = place()
    server.faults.set(
        [{"kind": "value", "path": "/api/v2/tickets", "field": "brand_new", "value": 5}]
    )
    kept = taps.run(unknown_fields="keep")
    assert kept.code == 0, kept.err
    schemas = [
        message["schema"]
        for message in kept.messages
        if message["type"] == "SCHEMA" and message["stream"] == "tickets"
    ]
    assert schemas[-1]["properties"]["brand_new"] == {"type": ["null", "integer"]}
    assert any(row.get("brand_new") == 5 for row in kept.records("tickets"))
    refused = taps.run(unknown_fields="fail")
    assert refused.code == 3
    assert "brand_new" in refused.err
    assert refused.counts()["roles"] > 0


def test_type_mismatches_can_be_refused(place: Place) -> None:
    server, taps = place()
    server.faults.set(
        [{"kind": "value", "path": "/api/v2/tickets", "field": "priority", "value": "high"}]
    )
    run = taps.run(type_mismatch="fail")
    assert run.code == 3
    assert "priority holds a value of type str" in run.err
    assert run.counts()["roles"] > 0


def test_a_redirect_to_another_host_is_not_followed(place: Place) -> None:
    server, taps = place()
    server.faults.set(
        [{"kind": "redirect", "path": "*/roles", "location": "https://elsewhere.invalid/"}]
    )
    run = taps.run()
    assert run.code == 3
    assert "redirected to elsewhere.invalid" in run.err
