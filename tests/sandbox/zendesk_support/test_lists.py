"""Lists of the Zendesk Support sandbox: their pages, and what their rows hold."""

from __future__ import annotations

import base64
import json
import struct

import pytest

from sandbox.zendesk_support import Account, Options, ids, serve
from sandbox.zendesk_support.population import State
from tests.sandbox.zendesk_support.conftest import Client, by_id


@pytest.mark.parametrize(
    ("path", "key"),
    [("users", "users"), ("tags", "tags"), ("macros", "macros"), ("groups", "groups")],
)
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
        assert rows == sorted(
            rows, key=lambda row: (row[name], row["id"]), reverse=sort.startswith("-")
        )
        first = client.get("users", **{"sort": sort, "page[size]": 7})
        second = client.get(first["links"]["next"])
        assert first["links"]["prev"] is None
        assert client.get(second["links"]["prev"])["users"] == first["users"]


def test_page_sizes_above_100_and_foreign_cursors_are_refused(client: Client) -> None:
    reply = client.ask("groups", **{"page[size]": 101})
    assert reply.status_code == 400
    assert reply.json() == {
        "error": "InvalidPaginationParameter",
        "description": "page[size] cannot be greater than 100",
    }
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
        client.server.changes.archive_ticket(50)
        page = client.get("tickets/50/audits", **{"page[size]": 100})
    assert len(page["audits"]) > 100
    assert not page["meta"]["has_more"]


def test_deleted_groups_show_only_when_asked_for(client: Client) -> None:
    assert not any(row["deleted"] for row in client.listed("groups", "groups"))
    assert any(row["deleted"] for row in client.listed("groups", "groups", exclude_deleted="false"))
    assert None in {
        row["updated_at"] for row in client.listed("group_memberships", "group_memberships")
    }


def test_breaches_and_new_rows_of_small_streams_show(client: Client) -> None:
    changes = client.server.changes
    breach = changes.breach(7)["ticket_metric_events"][0]
    changes.wait(61)
    events = client.listed(
        "incremental/ticket_metric_events", "ticket_metric_events", 1_000, start_time=0
    )
    assert events[-1]["id"] == breach
    macro = changes.add_row("macros", title="New")["macros"][0]
    changes.remove_row("macros", ids.SETTINGS + 10_001)
    assert macro in by_id(client.listed("macros", "macros"))
    assert ids.SETTINGS + 10_001 not in by_id(client.listed("macros", "macros"))
