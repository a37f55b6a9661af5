"""Whatever network and vendor do, nothing is lost, and one stream's trouble is not the others'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.freshdesk.conftest import KINDS, Helpdesk
from tests.freshdesk.truth import expected
from tests.harness import Workplace
from tests.truth import Row, assert_holds

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
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_what_passes_is_waited_out_and_nothing_is_lost(fault: dict[str, Any]) -> None:
    desk = Helpdesk(tickets=10)
    struck = desk.fault(**fault)
    run = desk.run(*KINDS)
    assert struck.struck > 0
    assert run.code == 0, run.err
    desk.assert_held(run, streams=KINDS)


@pytest.mark.process
def test_the_command_waits_out_faults_too(
    command: Callable[..., tuple[Helpdesk, Workplace]],
) -> None:
    desk, taps = command(tickets=10, config={"request_timeout": 1})
    struck = desk.fault("hang", path="*/conversations", nth=3)
    reset = desk.fault("reset", path="*/contacts", nth=1)
    run = taps.run()
    assert (struck.struck, reset.struck) == (1, 1)
    assert run.code == 0, run.err
    desk.assert_held(run)


# Streams that fail


def test_a_stream_that_keeps_failing_is_given_up_and_the_others_go_on() -> None:
    desk = Helpdesk(tickets=20, config={"retry_seconds": 1})
    desk.fault("status", status=500, body="html", path="*/companies")
    run = desk.run(*KINDS, "companies")
    assert run.code == 3, run.err
    desk.assert_held(run, streams=KINDS)
    assert "given up after" in run.err


def test_a_ticket_without_an_id_costs_the_attachments_of_no_other() -> None:
    desk = Helpdesk(tickets=20, config={"ticket_attachments": True})
    desk.fault("value", path="/api/v2/tickets", field="id", value=None, next=1)
    run = desk.run("tickets")
    assert run.code == 3, run.err
    assert "unforeseen" not in run.err
    sent_ids = {row["id"] for row in run.records("tickets") if row["attachments"] is not None}
    assert len(sent_ids) == len(expected(desk.server, "tickets")) - 1


def test_an_agent_without_an_id_costs_no_other_its_roles() -> None:
    desk = Helpdesk(tickets=700)
    desk.fault("value", path="/api/v2/agents", field="id", value=None)
    catalog = desk.tap.catalog("agents", without=["agents.skill_ids"])
    run = desk.run(catalog=catalog)
    assert run.code == 3, run.err
    rows = expected(desk.server, "agents", catalog=catalog)
    found = {row["id"] for row in run.records("agents")}
    lost = [row for row in rows if row["id"] not in found]
    pages = [query for query in desk.requests("agents") if query != "per_page=1&page=2"]
    assert len(lost) == len(pages)
    assert_holds([row for row in rows if row["id"] in found], run.records("agents"))


WRONG: dict[str, tuple[str, Any]] = {
    "a row without an id": ("roles", [{"name": "a"}, {"id": 1, "name": "b"}]),
    "a row whose id is null": ("groups", [{"id": None, "name": "a"}]),
    "a contact without an id": ("contacts", [{"name": "a", "updated_at": "2026-05-01T00:00:00Z"}]),
    "a ticket without an id": ("tickets", [{"subject": "a", "updated_at": "2026-05-01T00:00:00Z"}]),
    "an object in place of a list": ("products", {"products": []}),
    "an error under status 200": ("surveys", {"code": "oops", "message": "try again"}),
    "a text": ("skills", "nothing"),
    "a null": ("companies", None),
    "a list of texts": ("time_entries", ["a"]),
    "a list in place of an object": ("settings", []),
    "an error in place of an object": ("account", {"code": "oops", "message": "try again"}),
}
PATHS = {"settings": "*/settings/helpdesk", "account": "/api/v2/account"}


@pytest.mark.parametrize(("stream", "body"), WRONG.values(), ids=WRONG.keys())
def test_a_reply_that_is_not_understood_is_a_failed_read(stream: str, body: Any) -> None:
    desk = Helpdesk(tickets=20, config={"activate_version": True})
    before = desk.run(stream, "email_configs")
    path = PATHS.get(stream, f"/api/v2/{stream}")
    desk.fault("status", status=200, path=path, body=body)
    run = desk.run(stream, "email_configs", state=before.state)
    assert run.code == 3, run.err
    assert {m["stream"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"} == {
        "email_configs"
    }
    assert before.state is not None
    assert run.state is not None
    assert run.state["bookmarks"].get(stream) == before.state["bookmarks"].get(stream)
    desk.assert_held(run, streams=["email_configs"])


def test_fewer_automation_rules_than_their_list_counts_are_a_partial_read() -> None:
    desk = Helpdesk(tickets=3)
    body = {"rules": [{"id": 1, "name": "One"}], "meta": {"count": 2}}
    desk.fault("status", status=200, path="/api/v2/automations/4/rules", body=body)
    run = desk.run("automation_rules")
    assert run.code == 3, run.err
    assert "automations/4/rules: 1 of 2 rules came" in run.err


def test_a_list_that_never_holds_still_fails_rather_than_losing_rows() -> None:
    desk = Helpdesk(tickets=150)
    moment = "2026-01-01T00:00:00Z"
    body = [{"id": number, "name": "x", "updated_at": moment} for number in range(10)]
    desk.fault("status", status=200, path="/api/v2/contacts", query="&page=", body=body)
    run = desk.run("contacts", "roles", page_size=10)
    assert run.code == 3, run.err
    assert "contacts: the pages lead back to one that was already read" in run.err


def test_tickets_in_another_order_fail_rather_than_losing_rows() -> None:
    desk = Helpdesk()
    body = [
        {"id": 1, "updated_at": "2026-05-02T00:00:00Z"},
        {"id": 2, "updated_at": "2026-05-01T00:00:00Z"},
    ]
    desk.fault("status", status=200, path="/api/v2/tickets", body=body)
    run = desk.run("tickets", page_size=2)
    assert run.code == 3, run.err
    assert "does not come in the order asked for" in run.err
    assert run.state is not None
    assert "tickets" not in run.state["bookmarks"]


def test_the_order_of_tickets_does_not_matter_where_all_of_them_fit_on_a_page() -> None:
    desk = Helpdesk()
    newest = "2026-05-02T00:00:00Z"
    body = [
        {"id": 1, "updated_at": "2026-05-01T00:00:00Z"},
        {"id": 2, "updated_at": newest},
        {"id": 3, "updated_at": "2026-05-01T12:00:00Z"},
    ]
    desk.fault("status", status=200, path="/api/v2/tickets", body=body)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    assert {row["id"] for row in run.records("tickets")} == {1, 2, 3}
    assert run.state is not None
    assert set(run.state["bookmarks"]["tickets"].values()) == {newest}


def _undated(rows: list[Row]) -> list[Row]:
    return [{**row, "updated_at": None} for row in rows]


LISTS = ["tickets", "groups", "roles", "contacts", "companies", "time_entries"]


@pytest.mark.parametrize("stream", LISTS)
@pytest.mark.parametrize("value", [None, "some day"])
def test_a_row_that_does_not_say_when_it_changed_is_sent_in_each_run(
    stream: str, value: Any
) -> None:
    desk = Helpdesk(tickets=20)
    desk.fault("value", path=f"/api/v2/{stream}", field="updated_at", value=value)
    first = desk.run(stream)
    assert first.code == 0, first.err
    assert_holds(_undated(expected(desk.server, stream)), _undated(first.records(stream)))
    second = desk.run(stream, state=first.state)
    assert second.code == 0, second.err
    assert any(row["updated_at"] is None for row in second.records(stream))


def test_a_page_of_tickets_that_do_not_say_when_they_changed_fails() -> None:
    desk = Helpdesk()
    body = [{"id": number} for number in range(1, 21)]
    desk.fault("status", status=200, path="/api/v2/tickets", body=body)
    run = desk.run("tickets", page_size=20)
    assert run.code == 3, run.err
    assert "no ticket of a page says when it changed" in run.err


# Values that nobody foresaw

ODD: dict[str, tuple[dict[str, Any], str]] = {
    "half a surrogate pair": ({"kind": "lone_surrogate", "field": "subject"}, ""),
    "broken UTF-8": ({"kind": "invalid_utf8", "field": "subject"}, ""),
    "an integer beyond 64 bits": ({"kind": "huge_integer", "field": "priority"}, "did not fit"),
    "text in a number": ({"kind": "value", "field": "priority", "value": "high"}, "did not fit"),
    "a number in a text": ({"kind": "value", "field": "subject", "value": 7}, "did not fit"),
    "a list in an object": ({"kind": "value", "field": "stats", "value": []}, "did not fit"),
    "no date in a date": (
        {"kind": "value", "field": "due_by", "value": "0000-00-00"},
        "did not fit",
    ),
    "an unknown field": (
        {"kind": "value", "field": "brand_new", "value": {"deep": [1]}},
        "does not know",
    ),
}


@pytest.mark.parametrize(("fault", "message"), ODD.values(), ids=ODD.keys())
def test_a_value_that_nobody_foresaw_never_stops_a_run(fault: dict[str, Any], message: str) -> None:
    desk = Helpdesk(tickets=10)
    desk.fault(**fault, path="/api/v2/tickets")
    run = desk.run("tickets")
    assert run.code == 0, run.err
    assert message in run.err
    rows = expected(desk.server, "tickets")
    field = fault["field"]
    held = {row["id"]: row for row in run.records("tickets")}
    odd = [{**row, field: held[row["id"]][field]} if field in row else row for row in rows]
    assert_holds(odd, run.records("tickets"), stream="tickets")


def test_unknown_fields_can_be_kept() -> None:
    desk = Helpdesk(tickets=10)
    desk.fault("value", path="/api/v2/tickets", field="brand_new", value=5)
    kept = desk.run("tickets", "roles", unknown_fields="keep")
    assert kept.code == 0, kept.err
    schemas = [
        message["schema"]
        for message in kept.messages
        if message["type"] == "SCHEMA" and message["stream"] == "tickets"
    ]
    assert schemas[-1]["properties"]["brand_new"] == {"type": ["null", "integer"]}
    assert any(row.get("brand_new") == 5 for row in kept.records("tickets"))


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [("unknown_fields", "brand_new", 5), ("type_mismatch", "priority", "high")],
)
def test_what_the_schema_does_not_know_can_be_refused(setting: str, field: str, value: Any) -> None:
    desk = Helpdesk(tickets=10)
    desk.fault("value", path="/api/v2/tickets", field=field, value=value)
    run = desk.run("tickets", "roles", **{setting: "fail"})
    assert run.code == 3
    assert field in run.err
    desk.assert_held(run, streams=["roles"])


def test_a_redirect_to_another_host_is_not_followed() -> None:
    desk = Helpdesk(tickets=10)
    desk.fault("redirect", path="*/roles", location="https://elsewhere.invalid/")
    run = desk.run("roles", "groups")
    assert run.code == 3
    assert "redirected to elsewhere.invalid" in run.err
