"""Exports of the Zendesk Support sandbox: cursors, time pages, what is in them and when."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sandbox.zendesk_support import Account, Options, serve
from sandbox.zendesk_support.population import State
from tests.sandbox.zendesk_support.conftest import Client, by_id


@pytest.mark.parametrize("per_page", [1_000, 7])
def test_the_cursor_export_shows_every_ticket_once(client: Client, per_page: int) -> None:
    rows = client.exported(
        "incremental/tickets/cursor", "tickets", per_page=per_page, support_type_scope="all"
    )
    assert rows == client.server.app.rows("tickets")
    assert len(rows) == len(by_id(rows)) == 300


def test_tickets_of_ai_agents_are_hidden_unless_asked_for(client: Client) -> None:
    everything = client.server.app.rows("tickets")
    hidden = {row["id"] for row in everything if row.get("support_type") == "ai_agent"}
    shown = by_id(client.exported("incremental/tickets/cursor.json", "tickets"))
    assert hidden
    assert shown.keys() == by_id(everything).keys() - hidden
    events = client.exported("incremental/ticket_events", "ticket_events", per_page=1_000)
    assert not hidden & {row["ticket_id"] for row in events}


def test_the_cursor_is_the_last_rows_time_and_id(client: Client) -> None:
    page = client.get("incremental/tickets/cursor", start_time=0, per_page=5)
    last = page["tickets"][-1]
    assert (
        base64.b64decode(page["after_cursor"]).decode()
        == f"{last['generated_timestamp']}.0||{last['id']}|"
    )
    again = client.get("incremental/tickets/cursor", cursor=page["after_cursor"], per_page=5)
    assert again["tickets"][0]["id"] not in by_id(page["tickets"])


@pytest.mark.parametrize(
    ("deleted", "shown"), [("present", [True]), ("null", [None]), ("missing", [])]
)
def test_metric_sets_are_inside_exported_tickets_and_beside_them(
    client: Client, deleted: Any, shown: list[Any]
) -> None:
    client.server.app.options.deleted_metric_set = deleted
    page = client.get("incremental/tickets/cursor", start_time=0, include="metric_sets")
    gone = [row for row in page["tickets"] if row["status"] == "deleted"]
    kept = [row for row in page["tickets"] if row["status"] != "deleted"]
    assert by_id(page["metric_sets"]).keys() >= {row["metric_set"]["id"] for row in kept}
    sets = [row["metric_set"] for row in gone if "metric_set" in row]
    assert [one and True for one in sets] == shown * len(gone)
    client.server.app.options.metric_sets = "beside"
    beside = client.get("incremental/tickets/cursor", start_time=0, include="metric_sets")
    assert beside["metric_sets"] == page["metric_sets"]
    assert not any("metric_set" in row for row in beside["tickets"])


def test_metric_sets_are_beside_listed_tickets(client: Client) -> None:
    page = client.get("tickets", **{"page[size]": 100, "include": "metric_sets"})
    listed = [row["id"] for row in page["tickets"]]
    assert [row["ticket_id"] for row in page["metric_sets"]] == listed
    assert "metric_set" not in page["tickets"][0]


def test_archived_and_deleted_tickets_are_in_exports_only(client: Client) -> None:
    tickets = client.server.account.tickets
    states = {State(tickets.state[row["id"]]) for row in client.server.app.rows("tickets")}
    assert states == {State.LIVE, State.ARCHIVED, State.DELETED}
    assert {State(tickets.state[row["id"]]) for row in client.listed("tickets", "tickets")} == {
        State.LIVE
    }
    gone = client.listed("deleted_tickets", "deleted_tickets", sort="deleted_at")
    assert {tickets.state[row["id"]] for row in gone} == {State.DELETED}
    assert client.ask(f"tickets/{gone[0]['id']}/audits").status_code == 404
    found = client.listed(
        "search/export", "results", 50, **{"filter[type]": "ticket", "query": "created>=2020-01-01"}
    )
    assert {State(tickets.state[row["id"]]) for row in found} == {State.LIVE, State.ARCHIVED}
    query = "created>=2020-01-01 type:ticket"
    page = client.get("search", query=query)
    assert (page["count"], page["results"]) == (len(found), found[:100])
    assert client.get("search/count", query=query) == {"count": len(found)}


def test_time_pages_repeat_their_border_and_end_with_a_next_page(client: Client) -> None:
    first = client.get("incremental/organizations", start_time=0, per_page=7)
    second = client.get(first["next_page"])
    assert second["organizations"][0]["id"] == first["organizations"][-1]["id"]
    rows = client.exported("incremental/organizations", "organizations", per_page=7)
    assert by_id(rows) == by_id(client.server.app.rows("organizations"))
    assert client.get("incremental/organizations", start_time=0)["end_of_stream"]
    assert client.get("incremental/organizations", start_time=0)["next_page"]


def test_a_time_page_never_leaves_a_second_that_is_fuller_than_itself() -> None:
    with serve(
        Account(tickets=100, organization_burst=30, user_burst=30, burst=30),
        Options(limit=0, max_page=10),
    ) as server:
        client = Client(server)
        page = client.get("incremental/organizations", start_time=0)
        for _ in range(20):
            page = client.get(page["next_page"])
        assert client.get(page["next_page"])["organizations"] == page["organizations"]
        assert len(client.exported("incremental/users/cursor", "users")) == len(
            server.app.rows("users")
        )
        assert (
            len(client.exported("incremental/tickets/cursor", "tickets", support_type_scope="all"))
            == 100
        )


def test_the_last_minute_comes_later_and_too_recent_starts_are_refused(client: Client) -> None:
    app, changes = client.server.app, client.server.changes
    cursor = client.get("incremental/tickets/cursor", start_time=0)["after_cursor"]
    ticket = changes.new_ticket()["tickets"][0]
    assert client.get("incremental/tickets/cursor", cursor=cursor)["tickets"] == []
    assert ticket not in by_id(app.rows("tickets"))
    changes.wait(61)
    assert [
        row["id"] for row in client.get("incremental/tickets/cursor", cursor=cursor)["tickets"]
    ] == [ticket]
    assert ticket in by_id(app.rows("tickets"))
    reply = client.ask("incremental/tickets/cursor", start_time=client.server.account.now() - 30)
    assert (reply.status_code, reply.json()["error"]) == (400, "StartTimeTooRecent")


def test_system_updates_move_the_export_and_not_updated_at(client: Client) -> None:
    before = client.server.app.rows("tickets")[0]
    client.server.changes.system_update(before["id"], at="2026-06-05T00:00:00Z")
    after = client.server.app.rows("tickets")[-1]
    assert (after["id"], after["updated_at"]) == (before["id"], before["updated_at"])
    assert after["generated_timestamp"] > before["generated_timestamp"]


def test_talk_exports_end_in_their_last_second(client: Client) -> None:
    page = client.get("channels/voice/stats/incremental/calls", start_time=0)
    assert "end_of_stream" not in page
    again = client.get(page["next_page"])
    assert (again["count"], again["end_time"]) == (1, page["end_time"])


def test_ticket_events_have_the_audits_ids_and_the_comments_text(client: Client) -> None:
    ticket = next(row["id"] for row in client.listed("tickets", "tickets") if not row["id"] % 3)
    audits = client.listed(f"tickets/{ticket}/audits", "audits")
    comments = by_id(client.listed(f"tickets/{ticket}/comments", "comments"))
    events = client.exported(
        "incremental/ticket_events",
        "ticket_events",
        include="comment_events",
        support_type_scope="all",
        per_page=1_000,
    )
    mine = [event for event in events if event["ticket_id"] == ticket]
    assert [event["id"] for event in mine] == [audit["id"] for audit in audits]
    told = {
        child["id"]: child for event in mine for child in event["child_events"] if "body" in child
    }
    assert told.keys() == comments.keys()
    assert all(told[key]["body"] == comments[key]["body"] for key in told)


def test_deleted_users_and_organizations_stay_in_exports(client: Client) -> None:
    users = client.exported("incremental/users/cursor", "users", include="identities")
    gone = [row for row in users if not row["active"]]
    assert gone
    assert all(row["email"] is None for row in gone)
    assert not by_id(gone).keys() & by_id(client.listed("users", "users")).keys()
    ended = [
        row
        for row in client.exported("incremental/organizations", "organizations")
        if row["deleted_at"]
    ]
    assert all(row["name"].startswith(f"{row['id']}_deleted_") for row in ended)


def test_what_changes_while_it_is_read_comes_again() -> None:
    options = Options(limit=0, hold_back=0, min_age=0, churn={"tickets": 2}, seconds_per_request=1)
    with serve(Account(tickets=100), options) as server:
        rows = Client(server).exported(
            "incremental/tickets/cursor", "tickets", per_page=20, support_type_scope="all"
        )
        assert len(rows) > len(by_id(rows)) == 100
