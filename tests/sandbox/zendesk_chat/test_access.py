"""Who may read what in the Zendesk Chat sandbox, how often, and with which token."""

from __future__ import annotations

import requests

from sandbox.zendesk_chat import Account, ZendeskChatServer
from tests.sandbox.zendesk_chat.conftest import NEW, Client


def test_the_same_seed_gives_the_same_account() -> None:
    one, other = Account(seed=5, chats=50), Account(seed=5, chats=50)
    for stream in (
        "chats",
        "agents",
        "bans",
        "agent_timeline",
        "agent_events",
        "department_events",
        "conversions",
        "account",
    ):
        assert one.rows(stream) == other.rows(stream)
    assert Account(seed=6, chats=50).rows("chats") != one.rows("chats")


def test_what_plan_and_role_refuse(server: ZendeskChatServer, client: Client) -> None:
    server.options.integrated = True
    assert client.get("account").status_code == 403
    server.options.plan = "professional"
    assert [
        client.get(path).status_code for path in ("skills", "roles", "routing_settings/account")
    ] == [404] * 3
    server.options.role = "agent"
    assert [client.get(path).status_code for path in ("bans", "incremental/chats", "agents")] == [
        403,
        403,
        200,
    ]
    server.options.plan = "lite"
    assert client.get("agents").status_code == 403


def _grant(
    server: ZendeskChatServer, path: str = "/oauth2/chat/token", **form: str
) -> requests.Response:
    tokens = server.account.tokens
    client = {"client_id": tokens.client_id, "client_secret": tokens.client_secret}
    return requests.post(server.url + path, data=client | form, timeout=10)


def _agents(server: ZendeskChatServer, token: str) -> int:
    return requests.get(
        server.url + NEW + "agents", headers={"Authorization": f"Bearer {token}"}, timeout=10
    ).status_code


def test_a_refresh_token_is_good_once_and_brings_the_next(server: ZendeskChatServer) -> None:
    first = server.account.tokens.refresh_token
    issued = _grant(server, grant_type="refresh_token", refresh_token=first).json()
    assert _agents(server, issued["access_token"]) == 200
    again = _grant(server, grant_type="refresh_token", refresh_token=first)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert (
        _grant(
            server, grant_type="refresh_token", refresh_token=issued["refresh_token"]
        ).status_code
        == 200
    )


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
    server.changes.expire_tokens()
    static = server.credentials["access_token"]
    assert [_agents(server, token), _agents(server, static)] == [401, 200]
    server.changes.expire_tokens(static=True)
    assert _agents(server, static) == 401


def test_a_full_window_says_when_to_come_back(server: ZendeskChatServer, client: Client) -> None:
    server.options.update({"limit": 2, "rate_headers": True})
    replies = [client.get("agents") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert 1 <= int(replies[2].headers["Retry-After"]) <= 60
    assert replies[1].headers["X-Rate-Limit-Remaining"] == "0"
