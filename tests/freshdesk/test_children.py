"""Children that cannot be read are owed, and cost no sibling and no other stream a row."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.freshdesk.conftest import Helpdesk, sent
from tests.freshdesk.truth import expected
from tests.truth import Row, assert_holds

OF_TICKETS = ("tickets", "conversations")


def children_of(rows: list[Row], tickets: list[int]) -> list[Row]:
    return [row for row in rows if row["ticket_id"] in tickets]


@pytest.mark.parametrize("status", [403, 500, 422, 302, 401])
def test_a_ticket_whose_conversations_cannot_be_read_is_asked_again_in_the_next_run(
    status: int,
) -> None:
    desk = Helpdesk(tickets=20, config={"retry_seconds": 1})
    first = desk.run(*OF_TICKETS)
    rows = expected(desk.server, "conversations")
    broken = sorted({row["ticket_id"] for row in rows})[2:5]
    for ticket in broken:
        desk.changes.reply(ticket)
        desk.changes.reply(ticket)
    desk.changes.reply(max(row["ticket_id"] for row in rows))
    for ticket in broken:
        desk.fault("status", status=status, path=f"/api/v2/tickets/{ticket}/conversations")
    second = desk.run(*OF_TICKETS, state=first.state)
    refused = status in (403, 401)
    assert second.code == (0 if refused else 3), second.err
    desk.assert_held(first, second, streams=["tickets"])
    now = expected(desk.server, "conversations")
    missing = children_of(now, broken)
    others = [row for row in now if row not in missing]
    held = [row for row in sent("conversations", first, second) if row["ticket_id"] not in broken]
    assert_holds(others, held, stream="conversations")
    assert second.state is not None
    assert second.state["bookmarks"]["conversations"]["owed"].keys() == set(map(str, broken))
    desk.server.faults.clear()
    third = desk.run(*OF_TICKETS, state=second.state)
    assert third.code == 0, third.err
    desk.assert_held(first, second, third, streams=OF_TICKETS)
    assert third.state is not None
    assert "owed" not in third.state["bookmarks"]["conversations"]


def test_tickets_that_refuse_once_in_the_very_first_run_come_with_the_second() -> None:
    desk = Helpdesk(tickets=10)
    refusing = sorted({row["ticket_id"] for row in desk.account.rows("conversations")})[:3]
    for ticket in refusing:
        path = f"/api/v2/tickets/{ticket}/conversations"
        desk.fault("status", status=403, path=path, next=1)
    first = desk.run(*OF_TICKETS)
    assert first.code == 0, first.err
    assert "the children of 3 parents are refused (HTTP 403)" in first.err
    second = desk.run(*OF_TICKETS, state=first.state)
    assert second.code == 0, second.err
    desk.assert_held(first, second, streams=OF_TICKETS)


@pytest.mark.parametrize("change", ["reply", "delete"])
def test_the_only_ticket_that_changed_may_refuse_its_conversations(change: str) -> None:
    desk = Helpdesk(tickets=20)
    first = desk.run(*OF_TICKETS)
    threads = {row["ticket_id"] for row in desk.account.rows("conversations")}
    ticket = next(number for number in desk.live_tickets() if number in threads)
    if change == "reply":
        desk.changes.reply(ticket)
    else:
        desk.changes.move_ticket(ticket, "deleted")
    desk.fault("status", status=403, path=f"/api/v2/tickets/{ticket}/conversations")
    second = desk.run(*OF_TICKETS, state=first.state)
    assert second.code == 0, second.err
    assert first.state is not None
    assert second.state is not None
    before = first.state["bookmarks"]["conversations"]
    after = second.state["bookmarks"]["conversations"]
    moved = "live" if change == "reply" else "deleted"
    assert after[moved] > before.get(moved, "")
    assert after["owed"].keys() == {str(ticket)}


@pytest.mark.parametrize("status", [404, 410])
def test_a_ticket_that_is_gone_owes_nothing(status: int) -> None:
    desk = Helpdesk(tickets=30)
    rows = expected(desk.server, "conversations")
    gone = min(row["ticket_id"] for row in rows)
    desk.fault("status", status=status, path=f"/api/v2/tickets/{gone}/conversations")
    run = desk.run(*OF_TICKETS)
    assert run.code == 0, run.err
    kept = [row for row in rows if row["ticket_id"] != gone]
    assert_holds(kept, run.records("conversations"), stream="conversations")
    assert run.state is not None
    assert "owed" not in run.state["bookmarks"]["conversations"]


def test_a_firewall_that_blocks_most_conversations_loses_none() -> None:
    desk = Helpdesk(tickets=30)
    tickets = [row["id"] for row in desk.account.rows("tickets")][4:]
    for ticket in tickets:
        path = f"/api/v2/tickets/{ticket}/conversations"
        desk.fault("status", status=403, body="html", path=path)
    first = desk.run(*OF_TICKETS)
    assert first.code == 3, first.err
    desk.server.faults.clear()
    second = desk.run(*OF_TICKETS, state=first.state)
    assert second.code == 0, second.err
    desk.assert_held(first, second, streams=OF_TICKETS)


@pytest.mark.parametrize("tickets", [15, 120])
def test_conversations_that_every_ticket_refuses_are_refused_and_come_later(tickets: int) -> None:
    desk = Helpdesk(tickets=tickets)
    desk.fault("status", status=403, path="*/conversations")
    first = desk.run(*OF_TICKETS)
    assert first.code == 3, first.err
    assert "refused:" in first.table()["conversations"]
    assert desk.server.log.statuses[403] <= 100
    desk.assert_held(first, streams=["tickets"])
    desk.server.faults.clear()
    second = desk.run(*OF_TICKETS, state=first.state)
    assert second.code == 0, second.err
    desk.assert_held(first, second, streams=OF_TICKETS)


def test_conversations_that_no_ticket_has_are_no_sign_that_there_are_none() -> None:
    desk = Helpdesk(tickets=160)
    desk.fault("status", status=404, path="*/conversations")
    first = desk.run(*OF_TICKETS)
    assert first.code == 3, first.err
    assert "refused: HTTP 404 for the children of" in first.err
    desk.assert_held(first, streams=["tickets"])
    desk.server.faults.clear()
    second = desk.run(*OF_TICKETS, state=first.state)
    assert second.code == 0, second.err
    desk.assert_held(first, second, streams=OF_TICKETS)


def test_a_few_tickets_without_conversations_are_taken_for_gone_but_not_in_silence() -> None:
    desk = Helpdesk(tickets=15)
    desk.fault("status", status=404, path="*/conversations")
    first = desk.run(*OF_TICKETS)
    assert first.code == 0, first.err
    assert "conversations: HTTP 404 for the children of" in first.err
    desk.server.faults.clear()
    second = desk.run(*OF_TICKETS, state=first.state, refreshed=["conversations"])
    assert "HTTP 404" not in second.err
    desk.assert_held(first, second, streams=OF_TICKETS)


@pytest.mark.parametrize("gone", [1, None])
def test_a_list_that_no_parent_has_empties_no_table(gone: int | None) -> None:
    desk = Helpdesk(tickets=20, config={"activate_version": True})
    desk.fault("status", status=404, path="*/responses", next=gone)
    run = desk.run("canned_response_folders", "canned_responses")
    assert run.code == (3 if gone is None else 0), run.err
    activated = {m["stream"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"}
    assert ("canned_responses" in activated) == (gone is not None)
    assert "canned_response_folders" in activated


@settings(max_examples=5, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    chance=st.floats(0.05, 0.6),
    statuses=st.lists(st.sampled_from([403, 500]), min_size=1, max_size=2),
)
def test_children_that_fail_at_random_come_in_later_runs(
    seed: int, chance: float, statuses: list[int]
) -> None:
    desk = Helpdesk(tickets=20, config={"retry_seconds": 1})
    runs = [desk.run(*OF_TICKETS)]
    for ticket in desk.live_tickets()[:15]:
        desk.server.changes.reply(ticket)
    for status in set(statuses):
        desk.fault("status", status=status, path="*/conversations", chance=chance, seed=seed)
    runs.append(desk.run(*OF_TICKETS, state=runs[-1].state))
    desk.server.faults.clear()
    runs.append(desk.run(*OF_TICKETS, state=runs[-1].state))
    assert runs[-1].code == 0, runs[-1].err
    desk.assert_held(*runs, streams=OF_TICKETS)


def test_a_ticket_purged_between_two_pages_of_its_conversations_fails_nothing() -> None:
    desk = Helpdesk(tickets=20)
    thread = desk.live_tickets()[3]
    for _ in range(120):
        desk.server.changes.reply(thread)
    struck = desk.fault("status", status=404, path="*/conversations", query="page=2", next=1)
    run = desk.run(*OF_TICKETS)
    assert struck.struck == 1
    assert run.code == 0, run.err


def test_a_folder_whose_articles_fail_costs_only_them_and_no_row_is_taken_for_deleted() -> None:
    desk = Helpdesk(tickets=20, config={"retry_seconds": 5, "activate_version": True})
    folder = desk.account.rows("solution_folders")[1]["id"]
    desk.fault("status", status=500, path=f"/api/v2/solutions/folders/{folder}/articles")
    run = desk.run("solution_categories", "solution_folders", "solution_articles")
    assert run.code == 3, run.err
    rows = [row for row in expected(desk.server, "solution_articles") if row["folder_id"] != folder]
    assert_holds(rows, run.records("solution_articles"), stream="solution_articles")
    activated = {m["stream"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"}
    assert activated == {"solution_categories", "solution_folders"}


@pytest.mark.parametrize("status", [500, 403])
@pytest.mark.parametrize(
    "streams",
    [
        ("solution_folders", "solution_folder_translations", "solution_articles"),
        ("solution_folder_translations", "solution_articles"),
        ("solution_article_translations", "solution_articles"),
    ],
)
def test_nothing_below_a_folder_list_that_failed_is_taken_for_complete(
    streams: tuple[str, ...], status: int
) -> None:
    desk = Helpdesk(tickets=20, config={"retry_seconds": 5, "activate_version": True})
    folder = desk.account.rows("solution_folders")[0]["id"]
    struck = desk.fault("status", status=status, path=f"*/solutions/folders/{folder}/subfolders")
    run = desk.run(*streams)
    assert struck.struck
    assert "ACTIVATE_VERSION" not in {message["type"] for message in run.messages}


def test_nothing_below_a_folder_without_an_id_is_taken_for_complete() -> None:
    desk = Helpdesk(tickets=20, config={"activate_version": True})
    streams = ("solution_articles", "solution_folder_translations")
    desk.fault("value", path="*/solutions/categories/*/folders", field="id", value=None)
    run = desk.run(*streams)
    assert run.code == 3, run.err
    assert "ACTIVATE_VERSION" not in {message["type"] for message in run.messages}
    assert "above it came without an id" in run.err


def test_the_conversations_of_tickets_that_came_without_an_id_arrive_later() -> None:
    desk = Helpdesk(tickets=20)
    desk.fault("value", path="/api/v2/tickets", field="id", value=None, next=1)
    first = desk.run("conversations")
    assert first.code == 3, first.err
    second = desk.run("conversations", state=first.state)
    assert second.code == 0, second.err
    desk.assert_held(first, second, streams=["conversations"])


def test_a_childs_reply_never_replaces_its_parents_id() -> None:
    desk = Helpdesk(tickets=20)
    desk.fault("value", path="*/responses", field="folder_id", value=None)
    desk.fault("value", path="*/subfolders", field="parent_folder_id", value=None)
    desk.fault("value", path="*/articles/de", field="folder_id", value=None)
    streams = ("canned_responses", "solution_folders", "solution_article_translations")
    run = desk.run(*streams)
    assert run.code == 0, run.err
    desk.assert_held(run, streams=streams)
