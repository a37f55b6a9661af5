"""Plans, roles and credentials that do not allow everything; log-in and the token's rotation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.zendesk_support import Account, Options, serve
from tests.command import CommandLine
from tests.truth import assert_holds, assert_includes
from tests.zendesk_support.conftest import ALL, START, Site, assert_complete
from tests.zendesk_support.truth import expected

OAUTH = ("client_id", "client_secret", "refresh_token", "subdomain")


def test_incremental_mode_fails_where_exports_are_refused() -> None:
    site = Site(10, refused_exports=["*"], config={"export_mode": "incremental"})
    streams = ("tickets", "audits", "organizations", "ticket_metric_events", "zendesk_groups")
    run = site.run(*streams, code=3)
    assert {name: count > 0 for name, count in run.counts().items()} == {
        **dict.fromkeys(streams, False),
        "zendesk_groups": True,
    }


def test_talk_has_no_other_way() -> None:
    site = Site(10)
    site.fault("status", status=403, path="*/channels/voice/stats/*", body={"error": "Forbidden"})
    run = site.run("talk_calls", "talk_legs", code=3)
    assert run.counts() == {"talk_calls": 0, "talk_legs": 0}


@pytest.mark.parametrize("status", [402, 403, 404, 405, 410])
def test_articles_come_from_their_list_where_the_export_is_refused(status: int) -> None:
    site = Site(600)
    site.run("articles")
    site.fault("status", status=status, path="*/incremental/articles*")
    article = next(iter(site.account.table("articles")))
    site.changes.update_row("articles", article, title="New")
    site.run("articles")
    assert_complete(site, "articles")


def test_an_article_of_the_list_that_does_not_say_when_it_changed_is_sent_each_time() -> None:
    site = Site(600, config={"export_mode": "list"})
    site.run("articles")
    first = next(iter(site.account.table("articles")))
    assert first not in {row["id"] for row in site.run("articles").records("articles")}
    site.fault("value", field="updated_at", value=None, path="*/articles*")
    assert first in {row["id"] for row in site.run("articles").records("articles")}


@pytest.mark.parametrize("role", ["agent", "admin"])
def test_a_plan_without_some_features(role: str) -> None:
    site = Site(20, plan="team", limit=0, role=role)
    run = site.run(catalog=None)
    assert len(run.records("tickets")) >= 19
    assert site.sent("custom_roles") == []
    assert "custom_roles" in run.err


def test_a_stream_that_is_refused_and_selected_fails_the_run() -> None:
    site = Site(10, plan="team")
    run = site.run("tickets", "custom_roles", code=3)
    assert run.table()["custom_roles"][-1] != "done"
    assert_complete(site, "tickets")


# Parents that refuse


@pytest.mark.parametrize("status", [403, 422])
def test_side_conversations_that_every_ticket_refuses(status: int) -> None:
    site = Site(150)
    body = {"error": "Forbidden", "description": "no"}
    site.fault("status", status=status, path="*/side_conversations*", body=body)
    run = site.run("side_conversations", code=3)
    assert "cursor" not in site.state["bookmarks"].get("side_conversations", {})
    asked = [name for name in site.requests() if name.endswith("side_conversations")]
    assert len(asked) <= 100
    site.server.faults.clear()
    site.run("side_conversations")
    assert_complete(site, "side_conversations")
    assert run.code == 3


@pytest.mark.parametrize("status", [403, 404, 422])
def test_side_conversations_that_the_first_tickets_refuse(status: int) -> None:
    site = Site(150)
    order = [number for _, number in site.account.tickets.exported]
    body = {"error": "Forbidden", "description": "no"}
    for ticket in order[:60]:
        path = f"*/tickets/{ticket}/side_conversations*"
        site.fault("status", status=status, path=path, body=body)
    site.run("side_conversations")
    rows = expected(site.server, "side_conversations")
    readable = [row for row in rows if row["ticket_id"] not in order[:60]]
    assert readable
    assert_holds(readable, site.sent("side_conversations"), stream="side_conversations")


def test_a_quiet_account_whose_only_changed_ticket_refuses() -> None:
    site = Site(40)
    events = {"status": 403, "path": "*/side_conversations/events*", "body": {"error": "Forbidden"}}
    site.fault("status", **events)
    site.run("side_conversations")
    before = site.state["bookmarks"]["side_conversations"]["generated_timestamp"]
    ticket = site.account.tickets.listed[-1][1]
    site.changes.reply(ticket)
    site.later()
    body = {"error": "Forbidden"}
    path = f"*/tickets/{ticket}/side_conversations*"
    site.fault("status", status=403, path=path, body=body)
    run = site.run("side_conversations")
    after = site.state["bookmarks"]["side_conversations"]
    assert after["generated_timestamp"] > before
    assert list(after["owed"]) == [str(ticket)]
    assert "the children of 1 parent are refused" in run.err


def test_audits_that_may_not_be_seen_are_not_taken_for_read() -> None:
    site = Site(40, config={"audits_source": "per_ticket"})
    site.fault("status", status=403, path="*/audits*", body={"error": "Forbidden"})
    site.run("audits", "ticket_comments", code=3)
    assert not any(site.state["bookmarks"].get(name) for name in ("audits", "ticket_comments"))
    site.server.faults.clear()
    site.run("audits", "ticket_comments")
    assert_complete(site, "audits", "ticket_comments", mode="per_ticket")


def test_audits_of_which_one_page_of_tickets_refuses() -> None:
    site = Site(90, config={"audits_source": "per_ticket"})
    site.run("audits", lines=3)
    order = [number for _, number in site.account.tickets.exported]
    for ticket in order[:60]:
        path = f"*/tickets/{ticket}/audits*"
        site.fault("status", status=403, path=path, body={"error": "Forbidden"})
    site.run("audits")
    exact = expected(site.server, "audits", "per_ticket")
    readable = [row for row in exact if row["ticket_id"] not in order[:60]]
    assert_includes(readable, site.sent("audits"), stream="audits")


@pytest.mark.parametrize("status", [401, 403])
def test_a_child_that_refuses_says_nothing_of_the_credentials(status: int) -> None:
    site = Site(40)
    ticket = expected(site.server, "side_conversations")[0]["ticket_id"]
    path = f"*/tickets/{ticket}/side_conversations*"
    site.fault("status", status=status, path=path, body={"error": "Forbidden"})
    site.run("tickets", "side_conversations")
    assert_complete(site, "tickets")


def test_metric_events_of_an_account_that_shows_none_of_any_ticket() -> None:
    """An empty object for each ticket does not mean that there are no events."""
    site = Site(40, config={"export_mode": "list"})
    path = "*/tickets/*/metric_events"
    site.fault("status", status=200, path=path, body={})
    run = site.run("ticket_metric_events", code=3)
    assert "shows no event of" in run.err
    assert not site.state["bookmarks"].get("ticket_metric_events", {}).keys() - {"shown"}
    site.server.faults.clear()
    site.run("ticket_metric_events")
    readable = {row["id"] for row in expected(site.server, "tickets") if row["status"] != "deleted"}
    events = expected(site.server, "ticket_metric_events")
    below = [row for row in events if row["ticket_id"] in readable]
    assert_holds(below, site.sent("ticket_metric_events"), stream="ticket_metric_events")
    site.fault("status", status=200, path=path, body={})
    site.changes.reply(next(iter(readable)))
    site.later()
    site.run("ticket_metric_events")


# Credentials


def test_wrong_credentials_end_the_run_with_one_line() -> None:
    site = Site(5)
    run = site.run(code=4, api_token="wrong")
    assert run.err.count("CRITICAL") == 1


def test_a_subdomain_that_is_nobodys() -> None:
    site = Site(5)
    site.fault("status", status=404, body="html", path="/api/*")
    run = site.run(catalog=None, code=1)
    assert run.err.count("CRITICAL") == 1


@pytest.mark.parametrize("status", [200, 201])
def test_a_rotating_token_that_dies_in_mid_run(status: Any, tmp_path: Path) -> None:
    account = Account(tickets=10)
    options = Options(
        limit=0, access_token_seconds=600, token_status=status, seconds_per_request=60
    )
    with serve(account, options) as server:
        known = server.credentials
        login = {name: known[name] for name in OAUTH}
        config = {**login, "base_url": server.url, "start_date": START}
        taps = CommandLine(tmp_path, "tap_zendesk_support", config)
        run = taps.run()
        assert run.code == 0, run.err
        kept = json.loads((tmp_path / "config.json").read_text())
        assert kept["refresh_token"] != known["refresh_token"]
        assert kept["refresh_token"] == server.credentials["refresh_token"]
        assert kept["refresh_token"] not in run.err
        assert set(run.counts()) == set(ALL)


def test_client_credentials() -> None:
    site = Site(5)
    known = site.server.credentials
    login: dict[str, Any] = {name: known[name] for name in ("client_id", "client_secret")}
    site.run("zendesk_groups", email=None, api_token=None, **login)
    assert_complete(site, "zendesk_groups")


def test_tokens_end_even_if_those_of_the_client_never_do() -> None:
    site = Site(5, access_token_seconds=10**8, seconds_per_request=400)
    known = site.server.credentials
    login: dict[str, Any] = {name: known[name] for name in ("client_id", "client_secret")}
    streams = ("zendesk_groups", "brands", "triggers", "views", "locales", "custom_roles")
    site.run(*streams, email=None, api_token=None, **login)
    asked = [entry.path for entry in site.server.log.entries]
    assert asked.count("/oauth/tokens") == 2
    assert_complete(site, *streams)
