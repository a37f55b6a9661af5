"""Conversations of tickets: the log of messaging tickets, side conversations and their events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.zendesk_support.conftest import Site, assert_complete
from tests.zendesk_support.truth import expected

SIDE = ("side_conversation_events", "side_conversations")
FORBIDDEN = {"error": "Forbidden", "description": "no"}
EVENTS = "*/side_conversations/events*"


def asked(site: Site, what: str) -> list[int]:
    """Returns the tickets that were asked for ``what``, in order."""
    paths = [entry.path.split("/") for entry in site.server.log.entries]
    return [int(path[4]) for path in paths if path[-1] == what and path[4].isdecimal()]


def reply_beside(site: Site) -> Any:
    """Answers a side conversation now, which changes it and makes an event."""
    conversation = list(site.account.table("side_conversations").values())[-1]
    site.changes.update_row("side_conversations", conversation["id"], state="closed")
    about = {"ticket_id": conversation["ticket_id"], "side_conversation_id": conversation["id"]}
    site.changes.add_row("side_conversation_events", id="later", type="update", **about)
    return conversation["ticket_id"]


# The log


def test_logs_come_with_the_tickets_and_cost_one_request_each() -> None:
    site = Site(60)
    site.changes.delete_ticket(expected(site.server, "conversation_log")[0]["ticket_id"])
    site.later()
    site.run("tickets", "conversation_log")
    assert_complete(site, "tickets", "conversation_log")
    tickets = {row["ticket_id"] for row in expected(site.server, "conversation_log")}
    assert sorted(asked(site, "conversation_log")) == sorted(tickets)
    assert len(site.requests()) == 1 + len(tickets)


def test_only_changed_tickets_are_asked_for_their_log_again() -> None:
    site = Site(60)
    site.run("conversation_log")
    ticket = asked(site, "conversation_log")[-1]
    site.changes.reply(ticket)
    site.later()
    site.server.log.reset()
    site.run("conversation_log")
    assert asked(site, "conversation_log") == [ticket]
    assert_complete(site, "conversation_log")


def test_a_log_that_is_longer_than_a_page() -> None:
    site = Site(60)
    site.run("tickets")
    ticket = expected(site.server, "conversation_log")[0]["ticket_id"]
    for _ in range(60):
        site.changes.reply(ticket)
    site.later()
    site.run("conversation_log")
    assert_complete(site, "conversation_log")
    assert asked(site, "conversation_log").count(ticket) == 2


def test_logs_keep_to_their_rate_limit() -> None:
    site = Site(60, limit=None, bucket_limits={"omnilog-index": 5})
    run = site.run("conversation_log")
    assert_complete(site, "conversation_log")
    assert " 429" not in run.err
    assert [entry.status for entry in site.server.log.entries if entry.status == 429] == []


def test_where_exports_are_refused_logs_come_with_the_listed_tickets() -> None:
    site = Site(60, refused_exports=["*"])
    site.run("conversation_log")
    assert_complete(site, "conversation_log", mode="list")


# Side conversations


def test_events_tell_which_tickets_have_side_conversations() -> None:
    site = Site(120, max_page=7)
    site.run(*SIDE)
    assert_complete(site, *SIDE)
    tickets = {row["ticket_id"] for row in expected(site.server, "side_conversations")}
    assert sorted(asked(site, "side_conversations")) == sorted(tickets)
    site.server.log.reset()
    ticket = reply_beside(site)
    site.later()
    site.run(*SIDE)
    assert_complete(site, *SIDE)
    assert asked(site, "side_conversations") == [ticket]


@pytest.mark.parametrize(("seconds", "min_age"), [(0, 60), (30, 60), (200, 300)])
def test_a_page_of_events_that_ends_in_the_last_minutes_is_the_last(
    seconds: int, min_age: int
) -> None:
    """Its end may be the vendor's clock, or an event from which no page may begin yet."""
    site = Site(60, min_age=min_age)
    ticket = reply_beside(site)
    site.later(30)
    events = list(site.account.table("side_conversation_events").values())
    end = int(site.clock.now().timestamp()) - seconds
    page = {"events": events, "count": len(events), "end_time": end, "next_page": "later"}
    site.fault("status", status=200, path=EVENTS, body=page, nth=1)
    site.run(*SIDE)
    assert_complete(site, *SIDE)
    assert ticket in asked(site, "side_conversations")


def test_side_conversations_alone_follow_the_events_too() -> None:
    site = Site(120)
    run = site.run("side_conversations")
    assert_complete(site, "side_conversations")
    assert run.counts() == {"side_conversations": len(site.sent("side_conversations"))}
    assert "incremental/tickets/cursor" not in site.requests()


def test_a_bookmark_that_is_ahead_of_the_events_stays() -> None:
    site = Site(120, max_page=7)
    site.run("side_conversations")
    before = site.state["bookmarks"]["side_conversations"]
    site.run(*SIDE, lines=25)
    bookmarks = site.state["bookmarks"]
    assert bookmarks["side_conversations"] == before
    assert bookmarks["side_conversation_events"]["created_at"] < before["created_at"]
    site.run(*SIDE)
    assert_complete(site, *SIDE)


def test_without_the_events_each_changed_ticket_is_asked() -> None:
    site = Site(60)
    site.fault("status", status=403, path=EVENTS, body=FORBIDDEN)
    run = site.run(*SIDE, code=3)
    assert "each changed ticket is asked" in run.err
    assert_complete(site, "side_conversations")
    assert site.sent("side_conversation_events") == []
    site.server.faults.clear()
    reply_beside(site)
    site.later()
    site.run(*SIDE)
    assert_complete(site, *SIDE)


@pytest.mark.parametrize("start", ["2015-01-01T00:00:00Z", "2026-05-30T12:00:00Z"])
def test_a_crowded_second_of_events_is_a_failure(start: str) -> None:
    """There is no other way to read it, and what can't be read is no success."""
    site = Site(20, config={"start_date": start, "lookback_seconds": 0})
    for number in range(130):
        about: dict[str, Any] = {"ticket_id": 3, "created_at": "2026-05-30T12:00:00Z"}
        site.changes.add_row("side_conversation_events", id=f"crowd {number}", **about)
    run = site.run("side_conversation_events", code=3)
    assert "there is no other way to read them" in run.err


def test_events_that_do_not_name_their_ticket() -> None:
    site = Site(60)
    site.fault("value", field="ticket_id", value=None, path=EVENTS)
    site.run("side_conversations")
    assert_complete(site, "side_conversations")
    assert set(asked(site, "side_conversations")) >= {1, 2, 4, 5}


def test_an_event_whose_ticket_an_earlier_one_of_the_conversation_named() -> None:
    site = Site(60)
    site.run("side_conversations")
    site.server.log.reset()
    ticket = reply_beside(site)
    row = site.account.table("side_conversation_events")
    last = next(key for key in row if row[key]["id"] == "later")
    earlier = {**row[last], "id": "earlier"}
    row[last] = {**row[last], "ticket_id": None}
    site.account.table("side_conversation_events")[0] = earlier
    rows = sorted(row.items(), key=lambda item: item[1]["id"])
    row.clear()
    row.update(rows)
    site.later()
    site.run("side_conversations")
    assert asked(site, "side_conversations") == [ticket]


@pytest.mark.parametrize("hours", [1, 48])
def test_a_state_from_before_there_were_events_goes_on_where_it_ended(hours: int) -> None:
    site = Site(60)
    site.run("side_conversations")
    moment = int(site.clock.now().timestamp()) - hours * 3600
    site.server.log.reset()
    ticket = reply_beside(site)
    site.later()
    site.run(
        "side_conversations",
        state={
            "bookmarks": {"side_conversations": {"generated_timestamp": moment, "cursor": "kept"}}
        },
    )
    assert asked(site, "side_conversations") == [ticket]
    assert_complete(site, "side_conversations")
