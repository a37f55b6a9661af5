"""Lists and search of the Zendesk Chat sandbox, in both readings where the facts have two."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.zendesk_chat import ZendeskChatServer
from tests.sandbox.zendesk_chat.conftest import OLD, Client


def test_agents_come_from_since_id_on_inclusive(client: Client) -> None:
    every = client.json("agents")
    assert client.json("agents", since_id=every[2]["id"], limit=3) == every[2:5]


@pytest.mark.parametrize(("reading", "rows"), [("together", 10), ("each", 20)])
def test_the_limit_of_bans_counts_both_lists_or_each(
    server: ZendeskChatServer, client: Client, reading: Any, rows: int
) -> None:
    server.options.ban_limit = reading
    page = client.json("bans")
    assert set(page) == {"visitor", "ip_address"}
    assert sum(map(len, page.values())) == rows


def test_search_goes_page_by_page_to_the_last_readable_hit(
    server: ZendeskChatServer, client: Client
) -> None:
    server.options.search_hits = 80
    first = client.json(
        "chats/search",
        q="type:chat AND end_timestamp:[2024-01-01T00:00:00 TO 2026-12-01T00:00:00.5]",
    )
    second = client.json(first["next_url"])
    assert len(first["results"]) == len(second["results"]) == 40 < first["count"]
    assert first["results"][-1]["timestamp"] > second["results"][0]["timestamp"]
    assert client.get(second["next_url"]).status_code == 400


@pytest.mark.parametrize(
    "q",
    ["", "nonsense", "type:chat OR type:offline_msg", "timestamp:[2024-01-01T00:00:00+00:00 TO *]"],
)
def test_search_refuses_what_it_cannot_read(client: Client, q: str) -> None:
    assert client.get("chats/search", q=q).status_code == 400


def test_bulk_docs_are_an_object_or_an_array(server: ZendeskChatServer, client: Client) -> None:
    chat = client.json("chats")["chats"][0]["id"]
    as_object = client.json("chats", ids=f"{chat},nobody")
    assert (as_object["count"], as_object["docs"]["nobody"]) == (2, None)
    server.options.bulk_docs = "array"
    assert client.json("chats", ids=f"{chat},nobody")["docs"] == [as_object["docs"][chat], None]


def test_both_bases_serve_the_same_until_one_is_gone(
    server: ZendeskChatServer, client: Client
) -> None:
    assert client.json(server.url + OLD + "agents") == client.json("agents")
    server.options.bases = "new"
    assert client.get(server.url + OLD + "agents").status_code == 404
    server.options.bases = "old"
    assert client.get("agents").status_code == 404


def test_a_batch_of_changes_names_all_that_it_touched(server: ZendeskChatServer) -> None:
    before = {row["id"]: row for row in server.account.rows("chats")}
    touched = set(server.changes.live(seed=1, n=120)["chats"])
    after = {row["id"]: row for row in server.account.rows("chats")}
    assert {chat for chat, row in after.items() if before.get(chat) != row} == touched


def test_days_go_on_after_an_agent_was_removed(server: ZendeskChatServer) -> None:
    gone = server.account.rows("agents")[0]["id"]
    server.changes.remove("agents", gone)
    server.changes.live(seed=1, n=300)
    assert gone not in {row["id"] for row in server.account.rows("agents")}
