"""A row of the made-up account follows from its own history and from its children."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.freshdesk import Account
from sandbox.freshdesk.changes import Changes
from sandbox.freshdesk.ids import AGENTS
from sandbox.freshdesk.tickets import State
from sandbox.times import parse, stamp

Row = dict[str, Any]
OPEN, PENDING, RESOLVED, CLOSED = 2, 3, 4, 5


@pytest.fixture(scope="module")
def account() -> Account:
    """An account in which a good many things have happened since it was built."""
    made = Account(seed=3, tickets=300)
    changes = Changes(made)
    for number, ticket in enumerate(made.tickets.ids_in(State.LIVE)[:60]):
        changes.reply(ticket)
        changes.update_ticket(ticket, status=(CLOSED, OPEN, PENDING, RESOLVED)[number % 4])
        changes.note(ticket)
    for ticket in made.tickets.ids_in(State.LIVE)[60:80]:
        changes.rate(ticket)
    return made


def threads(account: Account) -> dict[int, list[Row]]:
    rows = account.rows("conversations", trash=True)
    found: dict[int, list[Row]] = {row["id"]: [] for row in account.rows("tickets")}
    for row in rows:
        found[row["ticket_id"]].append(row)
    return found


def times(rows: list[Row], *, incoming: bool) -> list[str]:
    """When the public answers came that went in one direction."""
    public = [row for row in rows if not row["private"] and row["source"] != 6]
    return [row["created_at"] for row in public if row["incoming"] == incoming]


def test_the_times_of_replies_are_those_of_the_conversations(account: Account) -> None:
    for ticket, thread in threads(account).items():
        stats = account.views.stats(ticket)
        agent, requester = times(thread, incoming=False), times(thread, incoming=True)
        assert stats["first_responded_at"] == min(agent, default=None)
        assert stats["agent_responded_at"] == max(agent, default=None)
        assert stats["requester_responded_at"] == max(requester, default=None)


def test_the_times_of_the_status_follow_from_it(account: Account) -> None:
    for row in account.rows("tickets"):
        stats, at = account.views.stats(row["id"]), row["updated_at"]
        assert row["created_at"] <= stats["status_updated_at"] <= at
        solved = stats["status_updated_at"] if row["status"] in (RESOLVED, CLOSED) else None
        assert stats["resolved_at"] == solved
        assert (stats["closed_at"] is not None) == (row["status"] == CLOSED)
        assert (stats["pending_since"] is not None) == (row["status"] == PENDING)
        assert (stats["reopened_at"] or at) <= at


def test_a_ticket_last_changed_no_earlier_than_its_conversations(account: Account) -> None:
    rows = {row["id"]: row for row in account.rows("tickets")}
    for ticket, thread in threads(account).items():
        for message in thread:
            assert rows[ticket]["created_at"] <= message["created_at"] <= rows[ticket]["updated_at"]
            assert message["created_at"] <= message["updated_at"]


def test_a_ticket_is_escalated_if_something_came_after_it_was_due(account: Account) -> None:
    for row in account.rows("tickets"):
        stats = account.views.stats(row["id"])
        for due, done, flag in (
            ("due_by", "resolved_at", "is_escalated"),
            ("fr_due_by", "first_responded_at", "fr_escalated"),
            ("nr_due_by", "agent_responded_at", "nr_escalated"),
        ):
            is_late = bool(row[due] and stats[done] and stats[done] > row[due])
            assert row[flag] == is_late


def test_who_wrote_a_conversation_follows_from_the_ticket(account: Account) -> None:
    rows = {row["id"]: row for row in account.rows("tickets")}
    for ticket, thread in threads(account).items():
        for message in thread:
            if message["incoming"]:
                assert message["user_id"] == rows[ticket]["requester_id"]
            elif rows[ticket]["responder_id"]:
                assert message["user_id"] == rows[ticket]["responder_id"]
            else:
                assert message["user_id"] > AGENTS


def test_a_rating_has_its_conversation_and_its_contact(account: Account) -> None:
    by_ticket = threads(account)
    archived = account.rows("archived_conversations")
    for rating in account.rows("satisfaction_ratings"):
        thread = by_ticket.get(rating["ticket_id"]) or [
            row for row in archived if row["ticket_id"] == rating["ticket_id"]
        ]
        traces = [row["created_at"] for row in thread if row["source"] == 6]
        assert rating["created_at"] in traces
        contact = account.contacts.row(rating["user_id"])
        assert contact["csat_rating"] is not None
        assert contact["updated_at"] >= rating["created_at"]


def test_counts_are_those_of_the_rows(account: Account) -> None:
    tables = account.settings
    for stream, key, child, count in (
        ("solution_folders", "folder_id", "solution_articles", "articles_count"),
        ("solution_folders", "parent_folder_id", "solution_folders", "sub_folders_count"),
        ("discussion_forums", "forum_id", "discussion_topics", "topics_count"),
        ("discussion_forums", "forum_id", "discussion_comments", "comments_count"),
        ("discussion_topics", "topic_id", "discussion_comments", "replies"),
        ("canned_response_folders", "folder_id", "canned_responses", "responses_count"),
    ):
        for row in tables[stream]:
            children = [other for other in tables[child] if other[key] == row["id"]]
            assert row[count] == len(children), (stream, row["id"])
            if stream == "discussion_topics":
                assert all(row["updated_at"] >= other["created_at"] for other in children)
    for group in tables["groups"]:
        members = [row["id"] for row in tables["agents"] if group["id"] in row["group_ids"]]
        assert group["agent_ids"] == sorted(members)
    for row in account.rows("tickets"):
        related = account.views.single_only(row["id"], 1).get("associated_tickets_list", [])
        assert (row["associated_tickets_count"] or 0) == len(related)


def test_the_contacts_of_a_company_that_is_deleted_have_none() -> None:
    account = Account(seed=1, tickets=100)
    company = account.rows("companies")[0]["id"]
    changed = Changes(account).delete_company(company, at=stamp(parse("2026-06-02")))
    assert changed["contacts"]
    for contact in changed["contacts"]:
        row = account.contacts.row(contact)
        assert row["company_id"] is None
        assert row["updated_at"] == "2026-06-02T00:00:00Z"


def test_the_same_seed_and_size_give_the_same_rows() -> None:
    for stream in ("tickets", "conversations", "contacts", "time_entries", "agents"):
        assert Account(seed=5, tickets=40).rows(stream) == Account(seed=5, tickets=40).rows(stream)


def test_an_account_without_tickets_has_its_settings_and_may_grow() -> None:
    account = Account(tickets=0)
    assert (account.rows("tickets"), len(account.rows("agents"))) == ([], 3)
    [ticket] = Changes(account).new_ticket()["tickets"]
    assert [row["id"] for row in account.rows("tickets")] == [ticket]
