"""Exports of the Zendesk Chat sandbox, in both readings where the facts have two."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.table import Order
from sandbox.zendesk_chat import Account, Options, ZendeskChatServer, serve
from sandbox.zendesk_chat.exports import parse, select
from tests.sandbox.zendesk_chat.conftest import MONDAY, Client


@pytest.mark.parametrize("end_time", ["int", "float"])
@pytest.mark.parametrize("burst", [0, 250])
def test_an_export_followed_by_next_page_gives_every_row_once_in_order(
    end_time: Any, burst: int
) -> None:
    account = Account(chats=300, burst=burst)
    with serve(account, Options(limit=0, end_time=end_time)) as server:
        assert Client(server).rows("chats", limit=40) == account.rows("chats")


def test_where_start_id_is_included_each_page_begins_with_the_last_row_of_the_one_before(
    server: ZendeskChatServer,
) -> None:
    server.options.start_id_included = True
    pages = [page["chats"] for page in Client(server).export("chats", limit=100)]
    assert all(before[-1] == after[0] for before, after in pairwise(pages))


@pytest.mark.parametrize("resource", ["conversions", "department_events", "agent_events"])
def test_the_other_exports_of_seconds_go_on_by_id_too(
    server: ZendeskChatServer, client: Client, resource: str
) -> None:
    assert client.rows(resource, limit=4) == server.account.rows(resource)


def test_the_timeline_counts_microseconds_and_repeats_its_border_row(client: Client) -> None:
    first, second = list(client.export("agent_timeline", limit=20))[:2]
    assert first["end_time"] > 10**15
    assert "end_id" not in first
    assert second["agent_timeline"][0] == first["agent_timeline"][-1]


def test_the_end_of_an_export_leads_to_itself(client: Client) -> None:
    last = list(client.export("chats"))[-1]
    after = client.json(last["next_page"])
    assert (after["count"], after["chats"]) == (0, [])
    assert after["next_page"] == last["next_page"]


@pytest.mark.parametrize(("seconds", "status"), [(301, 200), (300, 400), (0, 400), (-3_600, 400)])
def test_start_time_is_more_than_five_minutes_ago(
    client: Client, seconds: int, status: int
) -> None:
    start = int((MONDAY - timedelta(seconds=seconds)).timestamp())
    assert client.get("incremental/chats", start_time=start).status_code == status
    assert client.get("incremental/agent_timeline", start_time=start * 10**6).status_code == status


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("incremental/chats", 1000),
        ("incremental/agent_timeline", 1000),
        ("agents", 100),
        ("bans", 1000),
    ],
)
def test_a_page_has_a_largest_size(client: Client, path: str, most: int) -> None:
    assert client.get(path, limit=most).status_code == 200
    assert client.get(path, limit=most + 1).status_code == 400


def test_without_fields_chats_are_bare_ids(client: Client) -> None:
    assert {tuple(row) for row in client.json("incremental/chats")["chats"]} == {("id",)}


def test_fields_choose_keys_and_keys_of_nested_objects() -> None:
    row = {
        "id": "1",
        "rating": None,
        "visitor": {"id": "v", "name": "Ada"},
        "count": {"total": 2},
        "tags": ["vip"],
    }
    choose = parse("chats(id,visitor(name),tags,count)")["chats"]
    assert choose is not None
    assert select(row, choose, False) == {
        "id": "1",
        "visitor": {"name": "Ada"},
        "tags": ["vip"],
        "count": {"total": 2},
    }
    bare = parse("chats(visitor)")["chats"]
    assert bare is not None
    assert select(row, bare, False) == {"visitor": {"id": "v"}}
    assert select(row, bare, True) == {"visitor": {"id": "v", "name": "Ada"}}


@pytest.mark.parametrize(
    "fields",
    ["chats(", "chats)", "chats()", "(id)", "chats(id,,rating)", "chats(id;rating)", "chats(id)x"],
)
def test_fields_that_make_no_sense_are_refused(client: Client, fields: str) -> None:
    assert client.get("incremental/chats", fields=fields).status_code == 400


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("rate", "rating"),
        ("comment", "comment"),
        ("tag", "tags"),
        ("link_ticket", "zendesk_ticket_id"),
    ],
)
def test_a_late_change_brings_a_chat_to_the_end_of_the_export(
    server: ZendeskChatServer, client: Client, change: str, field: str
) -> None:
    before = next(
        row
        for row in client.rows("chats")
        if row["type"] == "chat" and row["rating"] is None and not row["deleted"]
    )
    server.changes.do(change, chat=before["id"])
    after = client.rows("chats")[-1]
    assert after["id"] == before["id"]
    assert after["update_timestamp"] == "2026-06-08T12:00:00Z"
    assert after[field] != before[field]


def test_a_deleted_chat_is_in_the_export_only(server: ZendeskChatServer, client: Client) -> None:
    chat = client.json("chats")["chats"][0]["id"]
    server.changes.delete_chat(chat)
    assert client.rows("chats")[-1]["deleted"] is True
    assert client.json("chats", ids=chat)["docs"] == {chat: None}
    assert (
        client.json("chats/search", q="type:chat AND timestamp:[* TO *]")["results"][0]["id"]
        != chat
    )


def test_a_chat_that_is_open_is_nowhere_until_it_ends(
    server: ZendeskChatServer, client: Client
) -> None:
    [chat] = server.changes.new_chat(still_open=True)["chats"]
    assert chat not in {row["id"] for row in client.rows("chats")}
    server.changes.end_chat(chat)
    assert client.rows("chats")[-1]["id"] == chat


def test_offline_messages_lack_what_only_chats_have(client: Client) -> None:
    kinds: dict[str, set[str]] = {"chat": set(), "offline_msg": set()}
    for row in client.rows("chats"):
        kinds[row["type"]] |= set(row)
    assert kinds["offline_msg"] - kinds["chat"] == {"message"}
    assert {"end_timestamp", "history", "agent_ids", "engagements", "rating"} <= kinds[
        "chat"
    ] - kinds["offline_msg"]


def test_with_churn_one_chat_moves_between_two_pages(
    server: ZendeskChatServer, client: Client
) -> None:
    server.options.churn = 2
    rows = [row for page in client.export("chats", limit=100) for row in page["chats"]]
    known = {row["id"]: row for row in server.account.rows("chats")}
    assert {row["id"] for row in rows} == set(known)
    assert len(rows) > len(known)


def test_a_bulk_change_puts_many_chats_into_one_second(
    server: ZendeskChatServer, client: Client
) -> None:
    for row in client.rows("chats")[:120]:
        server.changes.tag(row["id"], "2026-07-01T00:00:00Z", "bulk")
    assert len({row["update_timestamp"] for row in client.rows("chats")[-120:]}) == 1


@given(
    keys=st.sets(st.tuples(st.integers(0, 3), st.text("ab", min_size=1, max_size=3)), max_size=12),
    limit=st.integers(1, 5),
    included=st.booleans(),
)
def test_a_walk_by_time_and_id_meets_every_key(
    keys: set[tuple[int, str]], limit: int, included: bool
) -> None:
    order, met, start = Order(keys), [], (0, "")
    while page := order[(place := order.place(start, included)) : place + limit]:
        met += page
        if start == page[-1] or len(page) < limit:
            break
        start = page[-1]
    if limit > 1 or not included:
        assert sorted(set(met)) == order
