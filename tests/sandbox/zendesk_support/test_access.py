"""Who may read what in the Zendesk Support sandbox, how often, and with which token."""

from __future__ import annotations

import requests

from sandbox.zendesk_support import Account, Options, serve
from sandbox.zendesk_support.account import EPOCH
from tests.sandbox.zendesk_support.conftest import Client


def test_plans_and_roles_refuse_in_every_shape() -> None:
    with serve(Account(tickets=50), Options(limit=0, plan="team")) as server:
        client = Client(server)
        replies = {
            path: client.ask(path)
            for path in (
                "audit_logs",
                "custom_roles",
                "business_hours/schedules",
                "routing/attributes",
            )
        }
        assert [reply.status_code for reply in replies.values()] == [403, 403, 404, 403]
        assert isinstance(replies["audit_logs"].json()["error"], str)
        assert isinstance(replies["custom_roles"].json()["error"], dict)
        assert replies["routing/attributes"].content == b""
        server.app.options.role = "agent"
        assert client.ask("incremental/tickets/cursor", start_time=0).status_code == 403
        assert client.ask("tickets").status_code == 200


def test_exports_can_be_closed_in_mid_run_and_lists_go_on(client: Client) -> None:
    client.server.app.options.refuse_exports_after = 1
    assert client.ask("incremental/tickets/cursor", start_time=0).status_code == 200
    assert client.ask("incremental/tickets/cursor", start_time=0).status_code == 403
    assert client.ask("tickets", sort="updated_at", **{"page[size]": 100}).status_code == 200


def test_large_export_pages_time_out_where_set(client: Client) -> None:
    client.server.app.options.slow_per_page = 250
    assert client.ask("incremental/tickets/cursor", start_time=0).status_code == 504
    assert client.ask("incremental/tickets/cursor", start_time=0, per_page=250).status_code == 200


def test_export_buckets_run_out_on_their_own() -> None:
    with serve(Account(tickets=50), Options(bucket_limits={"incremental-exports": 2})) as server:
        client = Client(server)
        first = client.ask("incremental/tickets/cursor", start_time=0)
        assert first.headers["zendesk-ratelimit-incremental-exports"].startswith(
            "total=2; remaining=1; resets="
        )
        assert (first.headers["x-rate-limit"], first.headers["x-rate-limit-remaining"]) == (
            "700",
            "699",
        )
        client.ask("incremental/organizations", start_time=0)
        refused = client.ask("incremental/ticket_events", start_time=0)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert "incremental export" in refused.json()["description"]
        assert client.ask("incremental/users/cursor", start_time=0).status_code == 200
        assert not [
            name
            for name in client.ask("tags").headers
            if name.lower().startswith("zendesk-ratelimit")
        ]


def test_a_refresh_ends_the_old_pair(client: Client) -> None:
    server = client.server
    old = server.credentials
    given = {key: old[key] for key in ("client_id", "client_secret", "refresh_token")} | {
        "grant_type": "refresh_token"
    }
    reply = requests.post(f"{server.url}/oauth/tokens", json=given, timeout=30)
    assert reply.status_code == 201
    assert client.ask("tags").json()["error"] == "invalid_token"
    client.session.headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
    assert client.get("oauth/tokens/current.json")["token"]["expires_at"]
    assert requests.post(f"{server.url}/oauth/tokens", json=given, timeout=30).status_code == 400
    assert server.credentials["refresh_token"] == reply.json()["refresh_token"]
    server.changes.expire_tokens()
    assert client.ask("tags").status_code == 401


def test_api_tokens_and_client_credentials_log_in(client: Client) -> None:
    server, mine = client.server, client.server.credentials
    basic = (f"{mine['email']}/token", mine["api_token"])
    assert requests.get(f"{server.url}/api/v2/tags", auth=basic, timeout=30).status_code == 200
    refused = requests.get(f"{server.url}/api/v2/tags", auth=("x", "y"), timeout=30)
    assert (refused.status_code, refused.json()) == (401, {"error": "Couldn't authenticate you"})
    given = {
        "client_id": mine["client_id"],
        "client_secret": mine["client_secret"],
        "grant_type": "client_credentials",
    }
    token = requests.post(f"{server.url}/oauth/tokens", json=given, timeout=30).json()
    assert "refresh_token" not in token
    client.session.headers["Authorization"] = f"Bearer {token['access_token']}"
    assert client.ask("tags").status_code == 200


def test_the_same_seed_gives_the_same_account_and_the_same_day() -> None:
    one, other = (Account(seed=5, tickets=120, clock=lambda: EPOCH) for _ in range(2))
    with serve(one) as first, serve(other) as second:
        assert first.changes.live(1, 60).keys() == second.changes.live(1, 60).keys()
        for stream in (
            "users",
            "organizations",
            "audits",
            "zendesk_macros",
            "satisfaction_ratings",
            "ticket_events",
        ):
            seen = {row["id"] for row in first.app.rows(stream)}
            assert seen == {row["id"] for row in second.app.rows(stream)}
