"""What changes between two runs, or while the account is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.times import stamp
from sandbox.zendesk_support import ids
from tests.truth import assert_holds, assert_includes
from tests.zendesk_support.conftest import (
    EACH_WAY,
    HISTORY,
    Site,
    assert_audits,
    assert_complete,
    examples,
    live_tickets,
)
from tests.zendesk_support.truth import expected


def test_a_second_run_without_changes_sends_no_ticket_again() -> None:
    site = Site()
    site.run(*EACH_WAY)
    again = site.run(*EACH_WAY)
    assert again.counts()["tickets"] == again.counts()["users"] == 0
    assert_complete(site, *EACH_WAY)


@examples(2)
@given(seed=st.integers(0, 999), days=st.lists(st.integers(1, 25), min_size=1, max_size=3))
def test_days_at_the_help_desk(seed: int, days: list[int]) -> None:
    site = Site(30, seed=seed)
    site.run(*EACH_WAY)
    for number, size in enumerate(days):
        site.server.changes.live(number, size)
        site.later()
        site.run(*EACH_WAY)
    assert_complete(site, *EACH_WAY)


@pytest.mark.parametrize("mode", ["list", "per_ticket"])
def test_a_day_read_in_other_ways(mode: str) -> None:
    config = {"export_mode": "list"} if mode == "list" else {"audits_source": "per_ticket"}
    site = Site(30, config=config)
    streams = ["tickets", "users", "organizations", "audits", "ticket_comments"]
    site.run(*streams)
    for ticket in live_tickets(site)[:6]:
        site.changes.reply(ticket)
    site.changes.new_ticket()
    site.changes.delete_ticket(live_tickets(site)[7])
    site.changes.remove_row("users", ids.USERS + site.account.users.agents + 2)
    site.later()
    site.run(*streams)
    deleted = site.account.tickets
    gone = [
        (name, row["id"])
        for name in ("audits", "ticket_comments")
        for row in site.sent(name)
        if deleted.state[row["ticket_id"]]
    ]
    assert_complete(site, *streams, mode=mode, gone=gone)  # type: ignore[arg-type]


def test_the_last_minute_comes_with_the_next_run() -> None:
    site = Site()
    site.run("tickets", "audits")
    number = site.changes.new_ticket()["tickets"][0]
    site.run("tickets", "audits")
    assert number not in {row["id"] for row in site.sent("tickets")}
    site.later()
    site.run("tickets", "audits")
    assert_complete(site, "tickets", "audits")


def test_a_ticket_that_is_deleted_and_restored() -> None:
    site = Site()
    ticket = live_tickets(site)[0]
    for change in (site.changes.delete_ticket, site.changes.restore_ticket):
        site.run("tickets")
        change(ticket)
        site.later()
    site.run("tickets")
    statuses = [row["status"] for row in site.sent("tickets") if row["id"] == ticket]
    assert statuses[-2:] == ["deleted", "open"]
    assert_complete(site, "tickets")


# Redactions


@pytest.mark.parametrize("change", ["redact", "make_private"])
@pytest.mark.parametrize("streams", [HISTORY, ("ticket_comments",), ("audits",)], ids=str)
def test_comments_that_are_hidden_later_are_read_again(
    change: str, streams: tuple[str, ...]
) -> None:
    site = Site()
    site.run(*streams)
    ticket = live_tickets(site)[3]
    site.changes.do(change, ticket=ticket)
    site.later()
    site.run(*streams)
    for stream in streams:
        wanted = expected(site.server, stream)
        assert_holds(wanted, site.sent(stream), stream=stream)
    [first, *_] = site.account.audits.comments(ticket)
    texts = {row["id"]: row["body"] for row in site.sent("ticket_comments")}
    if "ticket_comments" in streams and change == "redact":
        assert set(texts[first["id"]]) == {"▇"}


def test_a_comment_that_is_hidden_in_the_second_in_which_it_was_written_is_read_again() -> None:
    site = Site()
    site.run(*HISTORY)
    at = "2026-06-02T01:00:00Z"
    [ticket] = site.changes.new_ticket(at=at)["tickets"]
    site.changes.redact(ticket, at=at)
    site.later(7_200)
    site.run(*HISTORY)
    for stream in HISTORY:
        assert_holds(expected(site.server, stream), site.sent(stream), stream=stream)


def test_only_the_tickets_with_a_redaction_are_read_again() -> None:
    site = Site()
    site.run(*HISTORY)
    assert not [name for name in site.requests() if name.startswith("tickets/")]
    site.changes.redact(live_tickets(site)[0])
    site.later()
    site.run(*HISTORY)
    below = [name for name in site.requests() if name.startswith("tickets/")]
    assert sorted(below) == ["tickets/{id}/audits", "tickets/{id}/comments"]


def test_a_hidden_comment_that_can_not_be_read_is_owed() -> None:
    site = Site()
    site.run(*HISTORY)
    site.changes.redact(live_tickets(site)[0])
    site.later()
    site.fault("status", status=403, path="*/tickets/*/*", body={"error": "Forbidden"})
    site.run(*HISTORY)
    assert all(site.state["bookmarks"][name]["owed"] for name in ("audits", "ticket_comments"))
    site.server.faults.clear()
    site.run(*HISTORY)
    assert_complete(site, "ticket_comments")
    assert_audits(site)
    assert "owed" not in site.state["bookmarks"]["audits"]


# Tickets that the event export does not show


def assert_read_one_by_one(site: Site, tickets: set[int]) -> None:
    """Fails unless the audits of these tickets were sent as each ticket shows them."""
    rows = expected(site.server, "audits", "per_ticket")
    wanted = [row for row in rows if row["ticket_id"] in tickets]
    assert_includes(wanted, site.sent("audits"), stream="audits")


def test_tickets_from_messaging_that_the_export_does_not_show() -> None:
    site = Site(60, messaging_events=False)
    run = site.run("tickets", "audits", "ticket_comments")
    readable = [row for row in expected(site.server, "tickets") if row["status"] != "deleted"]
    hidden = {row["id"] for row in readable if row["from_messaging_channel"]}
    assert f"it shows nothing of {len(hidden)} tickets that changed" in run.err
    assert_read_one_by_one(site, hidden)


def test_a_message_in_an_old_ticket_that_the_export_does_not_show() -> None:
    site = Site(60, messaging_events=False)
    site.run("tickets", "audits")
    rows = {row["id"]: row for row in expected(site.server, "tickets")}
    hidden = next(key for key in live_tickets(site) if rows[key]["from_messaging_channel"])
    site.later(86_400)
    site.changes.reply(hidden)
    site.later()
    site.run("tickets", "audits")
    assert_read_one_by_one(site, {hidden})


def test_a_message_that_came_between_the_walk_and_the_events() -> None:
    """The walk came too early to show its ticket, and the events reach beyond it."""
    site = Site(60, messaging_events=False)
    site.run("tickets", "audits")
    rows = {row["id"]: row for row in expected(site.server, "tickets")}
    keys = live_tickets(site)
    hidden = next(key for key in keys if rows[key]["from_messaging_channel"])
    shown = next(key for key in keys if not rows[key]["from_messaging_channel"])
    site.options.seconds_per_request = 3_000
    site.changes.reply(hidden, at=stamp(site.account.now() + 3_500))
    site.changes.reply(shown, at=stamp(site.account.now() + 5_000))
    site.run("tickets", "audits")
    site.options.seconds_per_request = 0
    site.run("tickets", "audits")
    exact = expected(site.server, "audits", "per_ticket")
    audits = {row["id"] for row in site.sent("audits")}
    assert {row["id"] for row in exact if row["ticket_id"] == hidden} <= audits


def test_events_are_read_again_where_their_tickets_could_not_be_compared() -> None:
    site = Site(60, messaging_events=False, config={"page_size": 20})
    site.fault("status", status=406, path="*/tickets/cursor*", query="&cursor=")
    site.run("tickets", "audits", code=3)
    site.server.faults.clear()
    site.run("tickets", "audits")
    exact = {row["id"] for row in expected(site.server, "audits", "per_ticket")}
    assert exact <= {row["id"] for row in site.sent("audits")}


def test_new_tickets_without_any_event_in_the_export_are_read_one_by_one() -> None:
    site = Site(30)
    body = {"ticket_events": [], "count": 0, "end_of_stream": True, "end_time": None}
    site.fault("status", status=200, path="*/incremental/ticket_events*", body=body)
    run = site.run("tickets", "audits")
    assert "it shows nothing of" in run.err
    kept = {row["id"] for row in expected(site.server, "tickets") if row["status"] != "deleted"}
    assert_read_one_by_one(site, kept)


def test_a_run_that_ends_before_the_comparison_leaves_it_to_the_next() -> None:
    site = Site(40, messaging_events=False, config={"page_size": 20})
    streams = ("tickets", "audits")
    whole = site.tap.run(catalog=site.catalog(*streams))
    states = [at for at, message in enumerate(whole.messages, 1) if message["type"] == "STATE"]
    for lines in states[3::4]:
        other = Site(40, messaging_events=False, config={"page_size": 20})
        other.run(*streams, lines=lines)
        other.run(*streams)
        assert_audits(other)


# While it is read


@pytest.mark.parametrize("stream", ["tickets", "users", "organizations"])
def test_what_changes_while_it_is_read_comes_again(stream: str) -> None:
    at_once: dict[str, Any] = {"hold_back": 0, "min_age": 0, "seconds_per_request": 100}
    site = Site(config={"page_size": 10}, churn={stream: 1}, **at_once)
    site.run(stream)
    site.options.churn = {}
    site.later()
    site.run(stream)
    assert_complete(site, stream)


def _rename(site: Site) -> Callable[[int], Any]:
    return lambda user: site.changes.update_row("users", user)


@pytest.mark.parametrize("ahead", [0, -7200])
@pytest.mark.parametrize("stream", ["tickets", "users"])
def test_a_second_change_in_the_second_in_which_an_export_ended(stream: str, ahead: int) -> None:
    """Where the last minute is not held back, a cursor may point into a second that still lasts.

    That is so by the vendor's clock, which may be behind ours.
    """
    site = Site(hold_back=0)
    site.account.ahead = ahead
    first, *_, last = live_tickets(site)
    change = {"tickets": site.changes.update_ticket, "users": _rename(site)}[stream]
    if stream == "users":
        first, *_, last = sorted(row["id"] for row in expected(site.server, "users"))[:-1]
    site.run(stream)
    change(last)
    site.run(stream)
    change(first)
    site.later()
    site.run(stream)
    assert_complete(site, stream)


def test_a_change_that_bears_an_old_time_is_sent_where_the_export_shows_it() -> None:
    site = Site()
    user = min(row["id"] for row in expected(site.server, "users"))
    site.run("users")
    _rename(site)(user)
    site.later()
    old = "2016-01-01T00:00:00Z"
    site.fault("value", field="updated_at", value=old, path="*/users/cursor*")
    site.run("users")
    assert [row["updated_at"] for row in site.sent("users") if row["id"] == user][1:] == [old]


def test_an_event_that_does_not_say_when_it_was() -> None:
    site = Site()
    child = {"id": 2, "event_type": "Change", "status": "open"}
    event = {"id": 1, "ticket_id": 3, "updater_id": 4, "child_events": [child]}
    body = {"ticket_events": [event], "end_of_stream": True}
    site.fault("status", status=200, path="*/ticket_events*", body=body)
    site.run(*HISTORY)
    assert {1} <= {row["id"] for row in site.sent("audits")}


def test_the_cursor_of_the_next_page_may_stand_in_its_address_alone() -> None:
    site = Site()
    site.run("tickets")
    cursor = site.state["bookmarks"]["tickets"]["cursor"]
    path = "incremental/tickets/cursor"
    address = f"{site.server.url}/api/v2/{path}?{urlencode({'cursor': cursor})}"
    body = {"tickets": [], "after_url": address, "end_of_stream": False}
    site.fault("status", status=200, path=f"*/{path}*", query="start_time", body=body)
    site.server.log.reset()
    site.run("tickets", state=None)
    asked = [dict(parse_qsl(entry.query)).get("cursor") for entry in site.server.log.entries]
    assert asked == [None, cursor]


@pytest.mark.parametrize(("vanishing", "code"), [(2, 0), (99, 3)])
def test_a_numbered_list_that_gets_shorter_while_it_is_read(vanishing: int, code: int) -> None:
    site = Site()
    for _ in range(250):
        site.changes.add_row("sla_policies")
    before = {row["id"] for row in expected(site.server, "sla_policies")}
    site.options.vanishing = vanishing
    run = site.run("sla_policies", code=code, activate_version=True)
    site.options.vanishing = 0
    kept = {row["id"] for row in expected(site.server, "sla_policies")}
    gone = [("sla_policies", key) for key in before - kept]
    if not code:
        assert_complete(site, "sla_policies", gone=gone)
    messages = [message["type"] for message in run.messages]
    assert messages.count("ACTIVATE_VERSION") == (not code)


@pytest.mark.parametrize("cursor", ["null", "same"])
def test_an_empty_page_that_says_there_are_more_is_the_last(cursor: str) -> None:
    site = Site(empty_cursor=cursor)
    streams = ("tickets", "users", "organizations")
    site.fault("value", field="end_of_stream", value=False, path="*/incremental/*")
    run = site.run(*streams, start_date=stamp(site.account.now() - 3600))
    assert run.counts() == dict.fromkeys(streams, 0)
    assert {run.requests(stream) for stream in streams} == {1}


def test_no_start_time_is_later_than_the_exports_accept() -> None:
    """A bookmark may lie ahead, since events bear times to come."""
    site = Site()
    later = stamp(site.account.now() + 86_400)
    bookmarks = {"ticket_metric_events": {"time": later}, "ticket_skips": {"updated_at": later}}
    site.run(
        "ticket_metric_events",
        "ticket_skips",
        "satisfaction_ratings",
        state={"bookmarks": bookmarks},
    )
    asked = [dict(parse_qsl(entry.query)).get("start_time") for entry in site.server.log.entries]
    assert max(int(moment) for moment in asked if moment) <= site.account.now() - 60


def test_a_start_time_that_an_export_refuses_becomes_an_earlier_one() -> None:
    site = Site()
    site.run("organizations")
    site.server.log.reset()
    site.run("organizations")
    (entry, *_) = site.server.log.entries
    refused = dict(parse_qsl(entry.query))["start_time"]
    site.fault("status", status=400, path="*/incremental/*", query=f"start_time={refused}")
    site.run("organizations")
    assert_complete(site, "organizations")


def test_a_row_of_a_list_that_is_dated_in_the_future_hides_no_later_change() -> None:
    site = Site()
    first, second, *_ = site.account.table("ticket_fields").values()
    first["updated_at"] = "2030-01-01T00:00:00Z"
    site.account.version += 1
    site.run("ticket_fields")
    site.changes.update_row("ticket_fields", second["id"], title="New")
    site.later()
    site.run("ticket_fields")
    assert_complete(site, "ticket_fields")


def test_a_vendor_whose_clock_is_behind_ours() -> None:
    site = Site()
    site.run("tickets", "organizations")
    site.account.ahead = -600
    bookmarks = {"organizations": {"updated_at": stamp(site.account.now() + 500)}}
    site.run("organizations", state={"bookmarks": bookmarks})
    assert_complete(site, "organizations")
