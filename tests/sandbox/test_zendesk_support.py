"""The Zendesk Support sandbox keeps to the facts that a client has to cope with."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests import Response

from sandbox.zendesk_support import Account, Options, ZendeskSupportServer, ids, serve
from sandbox.zendesk_support.tickets import State

Row = dict[str, Any]


class Client:
    """A plain reader of one server."""

    def __init__(self, server: ZendeskSupportServer) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {server.credentials['access_token']}"

    def ask(self, path: str, **params: Any) -> Response:
        return self.session.get(
            path if path.startswith("http") else f"{self.server.url}/api/v2/{path}", params=params, timeout=30
        )

    def get(self, path: str, **params: Any) -> Row:
        reply = self.ask(path, **params)
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def listed(self, path: str, key: str, size: int = 100, **params: Any) -> list[Row]:
        page = self.get(path, **{"page[size]": size}, **params)
        rows: list[Row] = page[key]
        while page["meta"]["has_more"]:
            page = self.get(page["links"]["next"])
            rows += page[key]
        return rows

    def exported(self, path: str, key: str, **params: Any) -> list[Row]:
        page = self.get(path, **{"start_time": 0, **params})
        rows: list[Row] = page[key]
        while not page["end_of_stream"]:
            page = self.get(page.get("after_url") or page["next_page"])
            rows += page[key]
        return rows


@pytest.fixture
def client() -> Iterator[Client]:
    with serve(Account(seed=3, tickets=300), Options(limit=0)) as server:
        yield Client(server)


def by_id(rows: list[Row]) -> dict[int, Row]:
    return {row["id"]: row for row in rows}


@pytest.mark.parametrize("per_page", [1_000, 7])
def test_the_cursor_export_shows_every_ticket_once(client: Client, per_page: int) -> None:
    rows = client.exported("incremental/tickets/cursor", "tickets", per_page=per_page, support_type_scope="all")
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
    assert base64.b64decode(page["after_cursor"]).decode() == f"{last['generated_timestamp']}.0||{last['id']}|"
    again = client.get("incremental/tickets/cursor", cursor=page["after_cursor"], per_page=5)
    assert again["tickets"][0]["id"] not in by_id(page["tickets"])


def test_metric_sets_are_inside_exported_tickets_and_beside_listed_ones(client: Client) -> None:
    page = client.get("incremental/tickets/cursor", start_time=0, include="metric_sets")
    assert all((row["metric_set"] is None) == (row["status"] == "deleted") for row in page["tickets"])
    page = client.get("tickets", **{"page[size]": 100, "include": "metric_sets"})
    assert [row["ticket_id"] for row in page["metric_sets"]] == [row["id"] for row in page["tickets"]]
    assert "metric_set" not in page["tickets"][0]


def test_archived_and_deleted_tickets_are_in_exports_only(client: Client) -> None:
    tickets = client.server.account.tickets
    states = {State(tickets.state[row["id"]]) for row in client.server.app.rows("tickets")}
    assert states == {State.LIVE, State.ARCHIVED, State.DELETED}
    assert {State(tickets.state[row["id"]]) for row in client.listed("tickets", "tickets")} == {State.LIVE}
    gone = client.listed("deleted_tickets", "deleted_tickets", sort="deleted_at")
    assert {tickets.state[row["id"]] for row in gone} == {State.DELETED}
    assert client.ask(f"tickets/{gone[0]['id']}/audits").status_code == 404
    found = client.listed("search/export", "results", 50, **{"filter[type]": "ticket", "query": "created>=2020-01-01"})
    assert {State(tickets.state[row["id"]]) for row in found} == {State.LIVE, State.ARCHIVED}


def test_time_pages_repeat_their_border_and_end_with_a_next_page(client: Client) -> None:
    first = client.get("incremental/organizations", start_time=0, per_page=7)
    second = client.get(first["next_page"])
    assert second["organizations"][0]["id"] == first["organizations"][-1]["id"]
    rows = client.exported("incremental/organizations", "organizations", per_page=7)
    assert by_id(rows) == by_id(client.server.app.rows("organizations"))
    assert client.get("incremental/organizations", start_time=0)["end_of_stream"]
    assert client.get("incremental/organizations", start_time=0)["next_page"]


def test_a_time_page_never_leaves_a_second_that_is_fuller_than_itself() -> None:
    with serve(Account(tickets=100, organization_burst=30, user_burst=30, burst=30), Options(limit=0, max_page=10)) as server:
        client = Client(server)
        page = client.get("incremental/organizations", start_time=0)
        for _ in range(20):
            page = client.get(page["next_page"])
        assert client.get(page["next_page"])["organizations"] == page["organizations"]
        assert len(client.exported("incremental/users/cursor", "users")) == len(server.app.rows("users"))
        assert len(client.exported("incremental/tickets/cursor", "tickets", support_type_scope="all")) == 100


def test_the_last_minute_comes_later_and_too_recent_starts_are_refused(client: Client) -> None:
    app, changes = client.server.app, client.server.account.changes
    cursor = client.get("incremental/tickets/cursor", start_time=0)["after_cursor"]
    ticket = changes.new_ticket()["tickets"][0]
    assert client.get("incremental/tickets/cursor", cursor=cursor)["tickets"] == []
    assert ticket not in by_id(app.rows("tickets"))
    changes.wait(61)
    assert [row["id"] for row in client.get("incremental/tickets/cursor", cursor=cursor)["tickets"]] == [ticket]
    assert ticket in by_id(app.rows("tickets"))
    reply = client.ask("incremental/tickets/cursor", start_time=client.server.account.now() - 30)
    assert (reply.status_code, reply.json()["error"]) == (400, "StartTimeTooRecent")


def test_system_updates_move_the_export_and_not_updated_at(client: Client) -> None:
    before = client.server.app.rows("tickets")[0]
    client.server.account.changes.system_update(before["id"], at="2026-06-05T00:00:00Z")
    after = client.server.app.rows("tickets")[-1]
    assert (after["id"], after["updated_at"]) == (before["id"], before["updated_at"])
    assert after["generated_timestamp"] > before["generated_timestamp"]


@pytest.mark.parametrize(("path", "key"), [("users", "users"), ("tags", "tags"), ("macros", "macros"), ("groups", "groups")])
def test_cursor_pages_show_every_row_once_for_any_size(client: Client, path: str, key: str) -> None:
    whole = client.listed(path, key)
    assert client.listed(f"{path}.json", key, 3) == whole
    assert whole
    assert client.get(path, page=1, per_page=100)[key] == whole[:100]


@pytest.mark.parametrize("sort", ["updated_at", "-updated_at", "-id"])
def test_sorted_pages_show_every_row_once_in_order_and_lead_back(sort: str) -> None:
    with serve(Account(tickets=100, user_burst=30), Options(limit=0)) as server:
        client = Client(server)
        rows = client.listed("users", "users", 7, sort=sort)
        assert len(rows) == len(by_id(rows)) == len(client.listed("users", "users"))
        name = sort.removeprefix("-")
        assert rows == sorted(rows, key=lambda row: (row[name], row["id"]), reverse=sort.startswith("-"))
        first = client.get("users", **{"sort": sort, "page[size]": 7})
        second = client.get(first["links"]["next"])
        assert first["links"]["prev"] is None
        assert client.get(second["links"]["prev"])["users"] == first["users"]


def test_talk_exports_end_in_their_last_second(client: Client) -> None:
    page = client.get("channels/voice/stats/incremental/calls", start_time=0)
    assert "end_of_stream" not in page
    again = client.get(page["next_page"])
    assert (again["count"], again["end_time"]) == (1, page["end_time"])


def test_page_sizes_above_100_and_foreign_cursors_are_refused(client: Client) -> None:
    reply = client.ask("groups", **{"page[size]": 101})
    assert reply.status_code == 400
    assert reply.json() == {"error": "InvalidPaginationParameter", "description": "page[size] cannot be greater than 100"}
    foreign = client.get("users", **{"page[size]": 2})["meta"]["after_cursor"]
    reply = client.ask("users", **{"page[size]": 2, "sort": "updated_at", "page[after]": foreign})
    assert (reply.status_code, reply.json()["description"]) == (400, "page[after] is not valid")
    assert client.ask("users", page=101).status_code == 400


def test_a_client_may_build_a_list_cursor_itself(client: Client) -> None:
    rows = client.listed("tickets", "tickets", sort="updated_at")
    since = client.server.account.tickets.updated[rows[50]["id"]]
    value = base64.b64encode(b"d" + struct.pack("<q", since) + b"i" + struct.pack("<q", 0)).decode()
    cursor = base64.b64encode(json.dumps({"o": "updated_at,id", "v": value}).encode()).decode()
    page = client.get("tickets", **{"sort": "updated_at", "page[size]": 10, "page[after]": cursor})
    assert page["tickets"] == rows[50:60]


def test_ticket_events_have_the_audits_ids_and_the_comments_text(client: Client) -> None:
    ticket = next(row["id"] for row in client.listed("tickets", "tickets") if not row["id"] % 3)
    audits = client.listed(f"tickets/{ticket}/audits", "audits")
    comments = by_id(client.listed(f"tickets/{ticket}/comments", "comments"))
    events = client.exported(
        "incremental/ticket_events", "ticket_events", include="comment_events", support_type_scope="all", per_page=1_000
    )
    mine = [event for event in events if event["ticket_id"] == ticket]
    assert [event["id"] for event in mine] == [audit["id"] for audit in audits]
    told = {child["id"]: child for event in mine for child in event["child_events"] if "body" in child}
    assert told.keys() == comments.keys()
    assert all(told[key]["body"] == comments[key]["body"] for key in told)


def test_audits_hold_every_json_type(client: Client) -> None:
    values = {
        type(event[name])
        for audit in client.server.app.rows("audits")
        for event in audit["events"]
        for name in ("value", "previous_value")
        if name in event
    }
    assert values == {str, int, float, bool, list, dict, type(None)}


def test_long_threads_page_and_archived_ones_come_whole(client: Client) -> None:
    account = client.server.account
    page = client.get("tickets/50/audits", **{"page[size]": 100})
    if account.tickets.state[50] == State.LIVE:
        assert page["meta"]["has_more"]
        account.changes.archive_ticket(50)
        page = client.get("tickets/50/audits", **{"page[size]": 100})
    assert len(page["audits"]) > 100
    assert not page["meta"]["has_more"]


def test_deleted_users_and_organizations_stay_in_exports(client: Client) -> None:
    users = client.exported("incremental/users/cursor", "users", include="identities")
    gone = [row for row in users if not row["active"]]
    assert gone
    assert all(row["email"] is None for row in gone)
    assert not by_id(gone).keys() & by_id(client.listed("users", "users")).keys()
    ended = [row for row in client.exported("incremental/organizations", "organizations") if row["deleted_at"]]
    assert all(row["name"].startswith(f"{row['id']}_deleted_") for row in ended)


def test_deleted_groups_show_only_when_asked_for(client: Client) -> None:
    assert not any(row["deleted"] for row in client.listed("groups", "groups"))
    assert any(row["deleted"] for row in client.listed("groups", "groups", exclude_deleted="false"))
    assert None in {row["updated_at"] for row in client.listed("group_memberships", "group_memberships")}


def test_plans_and_roles_refuse_in_every_shape() -> None:
    with serve(Account(tickets=50), Options(limit=0, plan="team")) as server:
        client = Client(server)
        replies = {
            path: client.ask(path) for path in ("audit_logs", "custom_roles", "business_hours/schedules", "routing/attributes")
        }
        assert [reply.status_code for reply in replies.values()] == [403, 403, 404, 403]
        assert isinstance(replies["audit_logs"].json()["error"], str)
        assert isinstance(replies["custom_roles"].json()["error"], dict)
        assert replies["routing/attributes"].content == b""
        server.options.role = "agent"
        assert client.ask("incremental/tickets/cursor", start_time=0).status_code == 403
        assert client.ask("tickets").status_code == 200


def test_exports_can_be_closed_in_mid_run_and_lists_go_on(client: Client) -> None:
    client.server.options.refuse_exports_after = 1
    assert client.ask("incremental/tickets/cursor", start_time=0).status_code == 200
    assert client.ask("incremental/tickets/cursor", start_time=0).status_code == 403
    assert client.ask("tickets", sort="updated_at", **{"page[size]": 100}).status_code == 200


def test_large_export_pages_time_out_where_set(client: Client) -> None:
    client.server.options.slow_per_page = 250
    assert client.ask("incremental/tickets/cursor", start_time=0).status_code == 504
    assert client.ask("incremental/tickets/cursor", start_time=0, per_page=250).status_code == 200


def test_export_buckets_run_out_on_their_own() -> None:
    with serve(Account(tickets=50), Options(bucket_limits={"incremental-exports": 2})) as server:
        client = Client(server)
        first = client.ask("incremental/tickets/cursor", start_time=0)
        assert first.headers["zendesk-ratelimit-incremental-exports"].startswith("total=2; remaining=1; resets=")
        assert (first.headers["x-rate-limit"], first.headers["x-rate-limit-remaining"]) == ("700", "699")
        client.ask("incremental/organizations", start_time=0)
        refused = client.ask("incremental/ticket_events", start_time=0)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert "incremental export" in refused.json()["description"]
        assert client.ask("incremental/users/cursor", start_time=0).status_code == 200
        assert not [name for name in client.ask("tags").headers if name.lower().startswith("zendesk-ratelimit")]


def test_a_refresh_ends_the_old_pair(client: Client) -> None:
    server = client.server
    old = server.credentials
    given = {key: old[key] for key in ("client_id", "client_secret", "refresh_token")} | {"grant_type": "refresh_token"}
    reply = requests.post(f"{server.url}/oauth/tokens", json=given, timeout=30)
    assert reply.status_code == 201
    assert client.ask("tags").json()["error"] == "invalid_token"
    client.session.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
    assert client.get("oauth/tokens/current.json")["token"]["expires_at"]
    assert requests.post(f"{server.url}/oauth/tokens", json=given, timeout=30).status_code == 400
    assert server.credentials["refresh_token"] == reply.json()["refresh_token"]
    server.app.change("expire_tokens")
    assert client.ask("tags").status_code == 401


def test_api_tokens_and_client_credentials_log_in(client: Client) -> None:
    server, mine = client.server, client.server.credentials
    basic = (f"{mine['email']}/token", mine["api_token"])
    assert requests.get(f"{server.url}/api/v2/tags", auth=basic, timeout=30).status_code == 200
    refused = requests.get(f"{server.url}/api/v2/tags", auth=("x", "y"), timeout=30)
    assert (refused.status_code, refused.json()) == (401, {"error": "Couldn't authenticate you"})
    given = {"client_id": mine["client_id"], "client_secret": mine["client_secret"], "grant_type": "client_credentials"}
    token = requests.post(f"{server.url}/oauth/tokens", json=given, timeout=30).json()
    assert "refresh_token" not in token
    client.session.headers["Authorization"] = f"Bearer {token['access_token']}"
    assert client.ask("tags").status_code == 200


def test_the_same_seed_gives_the_same_account_and_the_same_day() -> None:
    one, other = Account(seed=5, tickets=120), Account(seed=5, tickets=120)
    with serve(one) as first, serve(other) as second:
        assert first.app.live(1, 60).keys() == second.app.live(1, 60).keys()
        for stream in ("users", "organizations", "audits", "zendesk_macros", "satisfaction_ratings", "ticket_events"):
            seen = {row["id"] for row in first.app.rows(stream)}
            assert seen == {row["id"] for row in second.app.rows(stream)}


def test_what_changes_while_it_is_read_comes_again() -> None:
    options = Options(limit=0, hold_back=0, min_age=0, churn=2, seconds_per_request=1)
    with serve(Account(tickets=100), options) as server:
        rows = Client(server).exported("incremental/tickets/cursor", "tickets", per_page=20, support_type_scope="all")
        assert len(rows) > len(by_id(rows)) == 100


def test_breaches_and_new_rows_of_small_streams_show(client: Client) -> None:
    changes = client.server.account.changes
    breach = changes.breach(7)["ticket_metric_events"][0]
    changes.wait(61)
    events = client.listed("incremental/ticket_metric_events", "ticket_metric_events", 1_000, start_time=0)
    assert events[-1]["id"] == breach
    macro = changes.add_row("macros", title="New")["macros"][0]
    changes.remove_row("macros", ids.SETTINGS + 10_001)
    assert macro in by_id(client.listed("macros", "macros"))
    assert ids.SETTINGS + 10_001 not in by_id(client.listed("macros", "macros"))
