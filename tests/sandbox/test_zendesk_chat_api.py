"""The Zendesk Chat sandbox says what the sheet says of the API, in both readings where the sheet has two."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from sandbox.zendesk_chat import Account, Options, ZendeskChatServer, serve
from sandbox.zendesk_chat.expansion import parse, select
from sandbox.zendesk_chat.series import Order

NEW, OLD = "/api/v2/chat/", "/api/v2/"
MONDAY = datetime(2026, 6, 8, 12, tzinfo=timezone.utc)


class Client:
    """Reads one server with its static token."""

    def __init__(self, server: ZendeskChatServer) -> None:
        self._url = server.url
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {server.access_token}"

    def get(self, path: str, **query: Any) -> requests.Response:
        return self._session.get(path if path.startswith("http") else self._url + NEW + path, params=query, timeout=10)

    def json(self, path: str, **query: Any) -> Any:
        reply = self.get(path, **query)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def export(self, resource: str, limit: int = 1000, **query: Any) -> Iterator[dict[str, Any]]:
        """Follows next_page as it is, until a page isn't full."""
        page = self.json(f"incremental/{resource}", limit=limit, fields=f"{resource}(*)", **query)
        while page["count"] == limit:
            yield page
            page = self.json(page["next_page"])
        yield page

    def rows(self, resource: str, limit: int = 1000) -> list[dict[str, Any]]:
        return [row for page in self.export(resource, limit) for row in page[resource]]


@pytest.fixture
def server() -> Iterator[ZendeskChatServer]:
    with serve(Account(seed=3, chats=300, agents=7, bans=40, clock=lambda: MONDAY), Options(limit=0)) as server:
        yield server


@pytest.fixture
def client(server: ZendeskChatServer) -> Client:
    return Client(server)


def test_the_same_seed_gives_the_same_account() -> None:
    one, other = Account(seed=5, chats=50), Account(seed=5, chats=50)
    for stream in ("chats", "agents", "bans", "agent_timeline", "agent_events", "department_events", "conversions", "account"):
        assert one.rows(stream) == other.rows(stream)
    assert Account(seed=6, chats=50).rows("chats") != one.rows("chats")


@pytest.mark.parametrize("end_time", ["int", "float"])
@pytest.mark.parametrize("burst", [0, 250])
def test_an_export_followed_by_next_page_gives_every_row_once_in_order(end_time: Any, burst: int) -> None:
    account = Account(chats=300, burst=burst)
    with serve(account, Options(limit=0, end_time=end_time)) as server:
        assert Client(server).rows("chats", limit=40) == account.rows("chats")


def test_where_start_id_is_included_each_page_begins_with_the_last_row_of_the_one_before(server: ZendeskChatServer) -> None:
    server.options.start_id_included = True
    pages = [page["chats"] for page in Client(server).export("chats", limit=100)]
    assert all(before[-1] == after[0] for before, after in pairwise(pages))


@pytest.mark.parametrize("resource", ["conversions", "department_events", "agent_events"])
def test_the_other_exports_of_seconds_go_on_by_id_too(server: ZendeskChatServer, client: Client, resource: str) -> None:
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
def test_start_time_is_more_than_five_minutes_ago(client: Client, seconds: int, status: int) -> None:
    start = int((MONDAY - timedelta(seconds=seconds)).timestamp())
    assert client.get("incremental/chats", start_time=start).status_code == status
    assert client.get("incremental/agent_timeline", start_time=start * 10**6).status_code == status


@pytest.mark.parametrize(
    ("path", "most"), [("incremental/chats", 1000), ("incremental/agent_timeline", 1000), ("agents", 100), ("bans", 1000)]
)
def test_a_page_has_a_largest_size(client: Client, path: str, most: int) -> None:
    assert client.get(path, limit=most).status_code == 200
    assert client.get(path, limit=most + 1).status_code == 400


def test_without_fields_chats_are_bare_ids(client: Client) -> None:
    assert {tuple(row) for row in client.json("incremental/chats")["chats"]} == {("id",)}


def test_fields_choose_keys_and_keys_of_nested_objects() -> None:
    row = {"id": "1", "rating": None, "visitor": {"id": "v", "name": "Ada"}, "count": {"total": 2}, "tags": ["vip"]}
    choose = parse("chats(id,visitor(name),tags,count)")["chats"]
    assert choose is not None
    assert select(row, choose, False) == {"id": "1", "visitor": {"name": "Ada"}, "tags": ["vip"], "count": {"total": 2}}
    bare = parse("chats(visitor)")["chats"]
    assert bare is not None
    assert select(row, bare, False) == {"visitor": {"id": "v"}}
    assert select(row, bare, True) == {"visitor": {"id": "v", "name": "Ada"}}


@pytest.mark.parametrize("fields", ["chats(", "chats)", "chats()", "(id)", "chats(id,,rating)", "chats(id;rating)", "chats(id)x"])
def test_fields_that_make_no_sense_are_refused(client: Client, fields: str) -> None:
    assert client.get("incremental/chats", fields=fields).status_code == 400


@pytest.mark.parametrize(
    ("change", "field"), [("rate", "rating"), ("comment", "comment"), ("tag", "tags"), ("link_ticket", "zendesk_ticket_id")]
)
def test_a_late_change_brings_a_chat_to_the_end_of_the_export(
    server: ZendeskChatServer, client: Client, change: str, field: str
) -> None:
    before = next(row for row in client.rows("chats") if row["type"] == "chat" and row["rating"] is None and not row["deleted"])
    server.app.change(change, chat=before["id"])
    after = client.rows("chats")[-1]
    assert after["id"] == before["id"]
    assert after["update_timestamp"] == "2026-06-08T12:00:00Z"
    assert after[field] != before[field]


def test_a_deleted_chat_is_in_the_export_only(server: ZendeskChatServer, client: Client) -> None:
    chat = client.json("chats")["chats"][0]["id"]
    server.account.changes.delete_chat(chat)
    assert client.rows("chats")[-1]["deleted"] is True
    assert client.get(f"chats/{chat}").status_code == 404
    assert client.json("chats", ids=chat)["docs"] == {chat: None}
    assert client.json("chats/search", q="type:chat AND timestamp:[* TO *]")["results"][0]["id"] != chat


def test_a_chat_that_is_open_is_nowhere_until_it_ends(server: ZendeskChatServer, client: Client) -> None:
    [chat] = server.account.changes.new_chat(still_open=True)["chats"]
    assert chat not in {row["id"] for row in client.rows("chats")}
    server.account.changes.end_chat(chat)
    assert client.rows("chats")[-1]["id"] == chat


def test_offline_messages_lack_what_only_chats_have(client: Client) -> None:
    kinds: dict[str, set[str]] = {"chat": set(), "offline_msg": set()}
    for row in client.rows("chats"):
        kinds[row["type"]] |= set(row)
    assert kinds["offline_msg"] - kinds["chat"] == {"message"}
    assert {"end_timestamp", "history", "agent_ids", "engagements", "rating"} <= kinds["chat"] - kinds["offline_msg"]


def test_with_churn_one_chat_moves_between_two_pages(server: ZendeskChatServer, client: Client) -> None:
    server.options.churn = 2
    rows = [row for page in client.export("chats", limit=100) for row in page["chats"]]
    known = {row["id"]: row for row in server.account.rows("chats")}
    assert {row["id"] for row in rows} == set(known)
    assert len(rows) > len(known)


def test_a_bulk_change_puts_many_chats_into_one_second(server: ZendeskChatServer, client: Client) -> None:
    server.account.changes.tag_many(120)
    assert len({row["update_timestamp"] for row in client.rows("chats")[-120:]}) == 1


def test_agents_come_from_since_id_on_inclusive(client: Client) -> None:
    every = client.json("agents")
    assert client.json("agents", since_id=every[2]["id"], limit=3) == every[2:5]
    assert client.json("agents", max_id=every[2]["id"], limit=2) == every[1:3]


@pytest.mark.parametrize(("reading", "rows"), [("together", 10), ("each", 20)])
def test_the_limit_of_bans_counts_both_lists_or_each(server: ZendeskChatServer, client: Client, reading: Any, rows: int) -> None:
    server.options.ban_limit = reading
    page = client.json("bans")
    assert set(page) == {"visitor", "ip_address"}
    assert sum(map(len, page.values())) == rows


def test_search_goes_page_by_page_to_the_last_readable_hit(server: ZendeskChatServer, client: Client) -> None:
    server.options.search_hits = 80
    first = client.json("chats/search", q="type:chat AND end_timestamp:[2024-01-01T00:00:00 TO 2026-12-01T00:00:00.5]")
    second = client.json(first["next_url"])
    assert len(first["results"]) == len(second["results"]) == 40 < first["count"]
    assert first["results"][-1]["timestamp"] > second["results"][0]["timestamp"]
    assert client.get(second["next_url"]).status_code == 400


@pytest.mark.parametrize("q", ["", "nonsense", "type:chat OR type:offline_msg", "timestamp:[2024-01-01T00:00:00+00:00 TO *]"])
def test_search_refuses_what_it_cannot_read(client: Client, q: str) -> None:
    assert client.get("chats/search", q=q).status_code == 400


def test_bulk_docs_are_an_object_or_an_array(server: ZendeskChatServer, client: Client) -> None:
    chat = client.json("chats")["chats"][0]["id"]
    as_object = client.json("chats", ids=f"{chat},nobody")
    assert (as_object["count"], as_object["docs"]["nobody"]) == (2, None)
    server.options.bulk_docs = "array"
    assert client.json("chats", ids=f"{chat},nobody")["docs"] == [as_object["docs"][chat], None]


def test_both_bases_serve_the_same_until_one_is_gone(server: ZendeskChatServer, client: Client) -> None:
    assert client.json(server.url + OLD + "agents") == client.json("agents")
    server.options.bases = "new"
    assert client.get(server.url + OLD + "agents").status_code == 404
    server.options.bases = "old"
    assert client.get("agents").status_code == 404


def test_what_plan_and_role_refuse(server: ZendeskChatServer, client: Client) -> None:
    server.options.integrated = True
    assert client.get("account").status_code == 403
    server.options.plan = "professional"
    assert [client.get(path).status_code for path in ("skills", "roles", "routing_settings/account")] == [404] * 3
    server.options.role = "agent"
    assert [client.get(path).status_code for path in ("bans", "incremental/chats", "agents")] == [403, 403, 200]
    server.options.plan = "lite"
    assert client.get("agents").status_code == 403


def _grant(server: ZendeskChatServer, path: str = "/oauth2/chat/token", **form: str) -> requests.Response:
    tokens = server.app.tokens
    client = {"client_id": tokens.client_id, "client_secret": tokens.client_secret}
    return requests.post(server.url + path, data=client | form, timeout=10)


def _agents(server: ZendeskChatServer, token: str) -> int:
    return requests.get(server.url + NEW + "agents", headers={"Authorization": f"Bearer {token}"}, timeout=10).status_code


def test_a_refresh_token_is_good_once_and_brings_the_next(server: ZendeskChatServer) -> None:
    first = server.app.tokens.refresh_token
    issued = _grant(server, grant_type="refresh_token", refresh_token=first).json()
    assert _agents(server, issued["access_token"]) == 200
    again = _grant(server, grant_type="refresh_token", refresh_token=first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert _grant(server, grant_type="refresh_token", refresh_token=issued["refresh_token"]).status_code == 200


def test_client_credentials_are_for_confidential_clients(server: ZendeskChatServer) -> None:
    issued = _grant(server, "/oauth2/token", grant_type="client_credentials").json()
    assert _agents(server, issued["access_token"]) == 200
    assert "refresh_token" not in issued
    server.options.confidential = False
    refused = _grant(server, grant_type="client_credentials")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_a_granted_token_ends_after_its_requests(server: ZendeskChatServer) -> None:
    server.options.token_requests = 2
    token = _grant(server, grant_type="client_credentials").json()["access_token"]
    assert [_agents(server, token) for _ in range(3)] == [200, 200, 401]


def test_tokens_can_end_at_any_time(server: ZendeskChatServer) -> None:
    token = _grant(server, grant_type="client_credentials").json()["access_token"]
    server.app.change("expire_tokens")
    assert [_agents(server, token), _agents(server, server.access_token)] == [401, 200]
    server.app.change("expire_tokens", static=True)
    assert _agents(server, server.access_token) == 401


def test_a_full_window_says_when_to_come_back(server: ZendeskChatServer, client: Client) -> None:
    server.options.update({"limit": 2, "rate_headers": True})
    replies = [client.get("agents") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert 1 <= int(replies[2].headers["Retry-After"]) <= 60
    assert replies[1].headers["X-Rate-Limit-Remaining"] == "0"


def test_a_batch_of_changes_names_all_that_it_touched(server: ZendeskChatServer) -> None:
    before = {row["id"]: row for row in server.account.rows("chats")}
    touched = set(server.app.live(seed=1, n=120)["chats"])
    after = {row["id"]: row for row in server.account.rows("chats")}
    assert {chat for chat, row in after.items() if before.get(chat) != row} == touched


@given(
    keys=st.sets(st.tuples(st.integers(0, 3), st.text("ab", min_size=1, max_size=3)), max_size=12),
    limit=st.integers(1, 5),
    included=st.booleans(),
)
def test_a_walk_by_time_and_id_meets_every_key(keys: set[tuple[int, str]], limit: int, included: bool) -> None:
    order, met, start = Order(keys), [], (0, "")
    while page := order.keys[(place := order.place(start, included)) : place + limit]:
        met += page
        if start == page[-1] or len(page) < limit:
            break
        start = page[-1]
    if limit > 1 or not included:
        assert sorted(set(met)) == order.keys
