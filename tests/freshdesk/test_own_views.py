"""Fields that only the single view of a row shows, and how few requests they cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from tap_common.owed import MOST_OWED
from tap_freshdesk.lists import LARGEST_PAGE
from tests.freshdesk.conftest import Helpdesk
from tests.freshdesk.truth import expected, own_schema, unsigned
from tests.harness import Run
from tests.shaper import Shaper
from tests.truth import Row, assert_holds

OWN = own_schema("tickets")
OF_TICKETS = ("tickets", "conversations")
ATTACHMENTS = {"ticket_attachments": True}


def test_the_roles_of_many_agents_come_from_the_lists_of_few_groups() -> None:
    desk = Helpdesk(tickets=700)
    catalog = desk.tap.catalog("agents", without=["agents.skill_ids"])
    run = desk.run(catalog=catalog)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["agents"], catalog=catalog)
    groups = len(desk.account.rows("groups"))
    lists, whether_links_arrive = 2 + groups, 1
    agents = len(desk.account.rows("agents"))
    assert run.requests("agents") == lists + whether_links_arrive < agents


def test_agents_whose_groups_are_refused_are_asked_for_one_by_one() -> None:
    desk = Helpdesk(tickets=700)
    group = desk.account.rows("groups")[0]["id"]
    desk.fault("status", status=403, path=f"/api/v2/admin/groups/{group}/agents")
    catalog = desk.tap.catalog("agents", without=["agents.skill_ids"])
    run = desk.run(catalog=catalog)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["agents"], catalog=catalog)


@pytest.mark.parametrize(
    "fields", [["role_ids", "skill_ids"], ["role_ids", "skill_ids", "group_ids"]]
)
def test_agents_cost_one_request_each_only_for_what_their_own_view_shows(
    fields: list[str],
) -> None:
    desk = Helpdesk(tickets=80)
    catalog = desk.tap.catalog("agents", without=[f"agents.{field}" for field in fields])
    run = desk.run(catalog=catalog)
    desk.assert_held(run, streams=["agents"], catalog=catalog)
    assert desk.requests("agents/{id}") == []
    assert len(desk.requests("admin/groups")) == 3 - len(fields)


def test_groups_whose_members_are_not_listed_are_asked_for_one_by_one() -> None:
    desk = Helpdesk()
    desk.fault("value", path="*/admin/groups", field="agent_ids", value=None)
    run = desk.run("groups")
    desk.assert_held(run, streams=["groups"])


@pytest.mark.parametrize("include", ["portals", ""])
def test_the_fields_of_a_ticket_form_come_from_its_own_view_only_if_selected(include: str) -> None:
    desk = Helpdesk(tickets=3)
    catalog = desk.tap.catalog("ticket_forms", without=[] if include else ["ticket_forms.fields"])
    run = desk.run(catalog=catalog)
    desk.assert_held(run, streams=["ticket_forms"], catalog=catalog)
    assert run.requests("ticket_forms") == (3 if include else 1)


def test_attachments_of_the_first_message_come_when_they_are_asked_for() -> None:
    desk = Helpdesk(tickets=40, config={"ticket_attachments": True})
    run = desk.run("tickets")
    assert run.code == 0, run.err
    own = desk.account.views.single_only
    shaper = Shaper(OWN)
    rows = [
        unsigned({**row, **shaper(own(row["id"], 0))}) for row in expected(desk.server, "tickets")
    ]
    assert_holds(rows, map(unsigned, run.records("tickets")), stream="tickets")
    assert any(row["attachments"] for row in rows)
    second = desk.run("tickets", state=run.state)
    assert second.requests("tickets") <= 4 + len(second.records("tickets"))


def test_a_ticket_whose_own_view_is_refused_comes_without_attachments() -> None:
    desk = Helpdesk(tickets=10, config={"ticket_attachments": True})
    desk.fault("status", status=404, path="/api/v2/tickets/*")
    run = desk.run("tickets")
    assert run.code == 0, run.err
    desk.assert_held(run, streams=["tickets"])
    assert "without the fields of their single view" in run.err


def test_a_ticket_that_the_list_shows_with_its_attachments_is_not_asked_for() -> None:
    desk = Helpdesk(tickets=10, config={"ticket_attachments": True})
    desk.fault("value", path="/api/v2/tickets", field="attachments", value=[], next=1)
    run = desk.run("tickets")
    assert len(desk.requests("tickets/{id}")) == len(run.records("tickets")) - 1


def test_what_the_list_shows_of_a_ticket_counts_even_if_its_own_view_is_newer() -> None:
    desk = Helpdesk(tickets=10, config={"ticket_attachments": True})
    desk.fault("value", path="/api/v2/tickets/*", field="subject", value="Newer")
    run = desk.run("tickets")
    assert "Newer" not in {row["subject"] for row in run.records("tickets")}


def test_what_the_single_view_shows_holds_if_the_list_shows_something_else() -> None:
    desk = Helpdesk(tickets=20)
    desk.fault("value", path="/api/v2/ticket-forms", field="title", value="an older title")
    run = desk.run("ticket_forms")
    assert run.code == 0, run.err
    desk.assert_held(run, streams=("ticket_forms",))


BROKEN = [{"status": 500}, {"status": 403, "body": "html"}, {"status": 400}, {"status": 401}]
"""What a view that fails answers. A firewall's 403 is no refusal of the vendor's."""


@pytest.mark.parametrize("answer", BROKEN)
@pytest.mark.parametrize("stream", ["agents", "groups", "ticket_forms"])
def test_a_row_whose_own_view_fails_costs_no_other_and_is_asked_for_again(
    stream: str, answer: dict[str, Any]
) -> None:
    desk = Helpdesk(tickets=60)
    desk.fault("status", status=403, path="*/admin/groups")
    path = stream.replace("_", "-")
    broken = desk.account.rows(stream)[0]["id"]
    desk.fault("status", path=f"/api/v2/{path}/{broken}", **answer)
    run = desk.run(stream)
    assert run.code == 3, run.err
    assert "the next run asks again" in run.err
    rows = {row["id"]: row for row in expected(desk.server, stream)}
    others = [row for key, row in rows.items() if key != broken]
    sent_others = [row for row in run.records(stream) if row["id"] != broken]
    assert_holds(others, sent_others, stream=stream)
    assert [row["id"] for row in run.records(stream)].count(broken) == 1
    desk.server.faults.clear()
    again = desk.run(stream, state=run.state)
    assert again.code == 0, again.err
    assert_holds([rows[broken]], [row for row in again.records(stream) if row["id"] == broken])


@pytest.mark.parametrize("answer", BROKEN)
def test_a_ticket_whose_own_view_fails_costs_no_other_and_is_asked_for_again(
    answer: dict[str, Any],
) -> None:
    desk = Helpdesk(tickets=30, config=ATTACHMENTS)
    broken = desk.live_tickets()[0]
    desk.fault("status", path=f"/api/v2/tickets/{broken}", **answer)
    first = desk.run(*OF_TICKETS)
    assert first.code == 3, first.err
    assert "rows came without the fields of their single view" in first.err
    desk.assert_held(first, streams=["conversations"])
    assert {row["id"] for row in first.records("tickets")} == {
        row["id"] for row in expected(desk.server, "tickets")
    }
    assert [row["id"] for row in first.records("tickets") if "attachments" not in row] == [broken]
    again = desk.run("tickets", state=first.state)
    assert again.code == 3, again.err
    assert "the next run asks again" in again.err
    assert broken not in {row["id"] for row in again.records("tickets")}
    desk.server.faults.clear()
    desk.server.log.reset()
    last = desk.run("tickets", state=again.state)
    assert last.code == 0, last.err
    assert desk.requests("tickets/{id}")[0] == "include=requester%2Cstats%2Ccompany"
    whole = {**expected_row(desk, broken), **Shaper(OWN)(desk.account.views.single_only(broken, 0))}
    came = [row for row in last.records("tickets") if row["id"] == broken]
    assert_holds([unsigned(whole)], map(unsigned, came), stream="tickets")
    desk.run("tickets", state=last.state)
    assert owed(last) == {}


def expected_row(desk: Helpdesk, ticket: int) -> Row:
    """What the list shows of a ticket."""
    return next(row for row in expected(desk.server, "tickets") if row["id"] == ticket)


def owed(run: Run) -> Mapping[str, Any]:
    """The tickets whose own view a run still owes."""
    assert run.state is not None
    parts: Mapping[str, Any] = run.state["bookmarks"]["tickets"].get("owed", {})
    return parts


def test_a_ticket_whose_own_view_fails_for_ever_holds_nothing_up() -> None:
    desk = Helpdesk(tickets=40, config=ATTACHMENTS)
    broken = [f"/api/v2/tickets/{ticket}" for ticket in desk.live_tickets()[-6:]]
    for path in broken:
        desk.fault("status", status=500, path=path)
    first = desk.run("tickets")
    assert len(owed(first)) == len(broken)
    assert len(first.records("tickets")) == len(expected(desk.server, "tickets"))
    desk.server.log.reset()
    second = desk.run("tickets", state=first.state)
    assert (second.code, len(owed(second))) == (3, len(broken))
    asked = Counter(entry.path for entry in desk.server.log.entries)
    assert [asked[path] for path in broken] == [1] * len(broken)
    assert len(second.records("tickets")) <= 3


def test_no_more_views_are_asked_for_once_so_many_fail_that_the_stream_does() -> None:
    desk = Helpdesk(tickets=1500, config=ATTACHMENTS)
    desk.fault("status", status=500, path="/api/v2/tickets/*")
    first = desk.run("tickets")
    assert "failed:" in first.table()["tickets"]
    asked = Counter(entry.path for entry in desk.server.log.entries if entry.fault)
    assert MOST_OWED <= len(asked) < MOST_OWED + LARGEST_PAGE
    assert sum(count > 1 for count in asked.values()) < LARGEST_PAGE
    assert len(owed(first)) < MOST_OWED
    desk.server.faults.clear()
    second = desk.run("tickets", state=first.state)
    complete = {row["id"] for row in second.records("tickets") if "attachments" in row}
    waiting = {int(key.rpartition("/")[2]) for key in owed(second)}
    assert complete | waiting == {row["id"] for row in expected(desk.server, "tickets")}


@pytest.mark.parametrize("to", ["deleted", "spam"])
def test_a_ticket_that_was_owed_in_another_list_keeps_the_marks_of_its_own(to: str) -> None:
    desk = Helpdesk(tickets=20, config=ATTACHMENTS)
    ticket = desk.live_tickets()[-1]
    desk.fault("status", status=500, path=f"/api/v2/tickets/{ticket}")
    runs = [desk.run("tickets")]
    desk.changes.move_ticket(ticket, to)
    runs.append(desk.run("tickets", state=runs[-1].state))
    assert list(owed(runs[-1])) == [f"{to}/{ticket}"]
    desk.server.faults.clear()
    runs += [desk.run("tickets", state=runs[-1].state)]
    last = [row for run in runs for row in run.records("tickets") if row["id"] == ticket][-1]
    assert (last[to], last["archived"], "attachments" in last) == (True, False, True)
    assert owed(runs[-1]) == {}


@pytest.mark.parametrize("status", [403, 404, 405])
def test_an_owed_ticket_of_which_the_view_is_refused_is_forgotten(status: int) -> None:
    desk = Helpdesk(tickets=20, config=ATTACHMENTS)
    ticket = desk.live_tickets()[0]
    fault = desk.fault("status", status=500, path=f"/api/v2/tickets/{ticket}")
    first = desk.run("tickets")
    fault.status = status
    second = desk.run("tickets", state=first.state)
    assert (second.code, owed(second)) == (0, {}), second.err


def test_owed_tickets_are_forgotten_once_nobody_asks_for_attachments() -> None:
    desk = Helpdesk(tickets=20, config=ATTACHMENTS)
    desk.fault("status", status=500, path="/api/v2/tickets/*")
    first = desk.run("tickets")
    second = desk.run("tickets", state=first.state, ticket_attachments=False)
    assert (second.code, owed(second)) == (0, {}), second.err


def test_owed_tickets_come_where_an_account_refuses_an_include() -> None:
    desk = Helpdesk(tickets=20, config=ATTACHMENTS)
    ticket = desk.live_tickets()[0]
    fault = desk.fault("status", status=500, path=f"/api/v2/tickets/{ticket}")
    first = desk.run("tickets")
    desk.server.faults.clear()
    body = {"description": "Validation failed", "errors": [{"field": "include"}]}
    desk.fault("status", status=400, query="company", body=body)
    second = desk.run("tickets", state=first.state)
    assert fault.struck
    assert (second.code, owed(second)) == (0, {}), second.err


def test_rows_come_as_the_list_shows_them_if_all_of_their_own_views_fail() -> None:
    desk = Helpdesk(tickets=3000)
    desk.fault("status", status=500, path="/api/v2/agents/*")
    run = desk.run("agents", concurrency=1)
    assert run.code == 3, run.err
    agents = {row["id"] for row in desk.account.rows("agents")}
    assert {row["id"] for row in run.records("agents")} == agents
    assert run.state is not None
    assert "agents" not in run.state["bookmarks"]
    asked = Counter(entry.path for entry in desk.server.log.entries)
    asked_again = [path for path in asked if "/agents/" in path and asked[path] > 1]
    assert len(asked_again) < len(agents) // 2


def test_the_list_says_whether_a_ticket_is_spam_even_if_its_rows_do_not() -> None:
    desk = Helpdesk(tickets=10, config={"ticket_attachments": True})
    ticket = {"id": desk.live_tickets()[0], "updated_at": "2026-05-01T00:00:00Z"}
    for query, rows in {"filter=deleted": [], "filter=spam": [ticket], "": []}.items():
        desk.fault("status", status=200, path="/api/v2/tickets", query=query, body=rows)
    desk.fault("value", path="/api/v2/tickets/*", field="spam", value=False)
    run = desk.run("tickets")
    assert run.code == 0, run.err
    assert [row["spam"] for row in run.records("tickets")] == [True]
